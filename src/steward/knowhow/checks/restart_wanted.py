"""Find machines whose distribution asks for a restart, usually to use a new kernel."""

from __future__ import annotations

from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.knowhow.findings import case
from steward.knowhow.machine_restart import restart_fix
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "restart_wanted"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    packages = snapshot.of(PACKAGES)
    if packages is None or not packages.is_restart_wanted:
        return ()
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "packages", "/run/reboot-required")
    return (
        this.finding(
            f"{snapshot.machine.name} wants to be restarted to use what was installed",
            Severity.WATCH,
            (this.seen("is_restart_wanted", packages.is_restart_wanted),),
            if_nothing="It goes on with the old kernel or libraries, their known security holes included.",
            fix=restart_fix(snapshot),
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines whose distribution asks for a restart.",
    needs=(PACKAGES.name,),
    run=run,
)
