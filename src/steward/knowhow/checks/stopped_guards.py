"""Find programs that lock out whoever guesses passwords, and that should run and do not."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stopped_guards"
_GUARDS = ("fail2ban.service", "crowdsec.service", "sshguard.service", "denyhosts.service")


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each guard that starts with the machine and is off; a failed one is told elsewhere."""
    units = snapshot.of(UNITS)
    if units is None:
        return ()
    guards = [one for name in _GUARDS if (one := units.find(name)) is not None]
    return tuple(
        _finding(snapshot, one) for one in guards if one.file_state == "enabled" and one.active_state == "inactive"
    )


def _finding(snapshot: Snapshot, one: Unit) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, one.name, "systemctl")
    return this.finding(
        f"{one.name} on {snapshot.machine.name} is to start with the machine and does not run",
        Severity.WARNING,
        (this.seen("active_state", one.active_state), this.seen("file_state", one.file_state)),
        if_nothing="Whoever guesses passwords here is not locked out until it is started, or the machine is.",
        fix="start_stopped_unit",
    )


PLUGIN = Check(
    name=_NAME,
    summary="fail2ban, CrowdSec and their like that are enabled and do not run.",
    needs=(UNITS.name,),
    run=run,
)
