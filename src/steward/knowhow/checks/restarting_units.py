"""Find services that end again and again and are restarted by systemd each time, so that they never look failed."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "restarting_units"
_OFTEN = 5
_SHORT = timedelta(minutes=10)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each service in a loop."""
    units = snapshot.of(UNITS)
    if units is None:
        return ()
    return tuple(_finding(snapshot, unit) for unit in units.units.values() if _is_looping(unit, snapshot))


def _is_looping(unit: Unit, snapshot: Snapshot) -> bool:
    restarts = unit.restart_count or 0
    if unit.sub_state == "auto-restart":
        return restarts >= 2 or unit.restart_count is None
    is_fresh = unit.changed_at is not None and snapshot.at - unit.changed_at < _SHORT
    return unit.active_state in {"active", "activating"} and restarts >= _OFTEN and is_fresh


def _finding(snapshot: Snapshot, unit: Unit) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, unit.name, "systemctl")
    times = "again and again" if unit.restart_count is None else f"restarted {unit.restart_count} times"
    return this.finding(
        f"{unit.name} on {snapshot.machine.name} keeps ending: {times}",
        Severity.DOWN,
        (
            this.seen("sub_state", unit.sub_state),
            this.seen("restart_count", unit.restart_count or 0),
            *([] if unit.exit_code is None else [this.seen("exit_code", unit.exit_code)]),
            *this.outside("description", [unit.description]),
            *this.outside("log_line", unit.log_lines),
        ),
        if_nothing="It works only between two crashes, if at all, and fills the journal with every round.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Services that systemd restarts again and again; a restart by hand would be one more of the same.",
    needs=(UNITS.name,),
    run=run,
)
