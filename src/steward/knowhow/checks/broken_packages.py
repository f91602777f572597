"""Find packages that are half installed, or a package manager that was ended in the middle of its work."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "broken_packages"
_MOST_NAMED = 20


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; while somebody installs packages there is none."""
    states = snapshot.of(STATES)
    if states is None or states.is_working or not (states.broken_count or states.is_interrupted):
        return ()
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "packages", "dpkg", fact=STATES.name)
    first = visible_line(next(iter(states.broken), ""))
    others = f" and {plural(states.broken_count - 1, 'other')}" if states.broken_count > 1 else ""
    says = f"{first}{others} half installed" if states.broken_count else "the package manager was ended in its work"
    broken = [f"{name}: {state}" for name, state in states.broken.items()][:_MOST_NAMED]
    return (
        this.finding(
            f"packages on {snapshot.machine.name}: {says}",
            Severity.WARNING,
            (
                this.seen("half_installed", states.broken_count),
                this.seen("is_interrupted", states.is_interrupted),
                *(this.seen("package", one) for one in broken),
            ),
            if_nothing="Nothing can be installed or updated until it is finished, security updates included, and the"
            " programs concerned may not start.",
            fix="finish_packages" if states.manager == "apt" else None,
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Packages that are half installed, or a package manager that was ended in the middle of its work.",
    needs=(STATES.name,),
    run=run,
)
