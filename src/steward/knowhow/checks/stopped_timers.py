"""Find timers that are enabled and yet off, so that their work is never done."""

from __future__ import annotations

from steward.knowhow.facts.timers import PLUGIN as TIMERS
from steward.knowhow.facts.timers import Timer
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.knowhow.unit_operations import why_refused
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stopped_timers"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a timer whose own conditions keep it off here is as it should be."""
    timers = snapshot.of(TIMERS)
    if timers is None:
        return ()
    return tuple(_finding(snapshot, name, timer) for name, timer in timers.timers.items() if _is_stopped(timer))


def _is_stopped(timer: Timer) -> bool:
    is_off = timer.file_state == "enabled" and timer.starts_at_boot and timer.active_state == "inactive"
    return is_off and timer.is_condition_met is not False


def _finding(snapshot: Snapshot, name: str, timer: Timer) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, name, "systemctl", fact=TIMERS.name)
    units = snapshot.of(UNITS)
    unit = None if units is None else units.find(name)
    return this.finding(
        f"{name} on {snapshot.machine.name} is enabled and yet off",
        Severity.WARNING,
        (
            this.seen("active_state", timer.active_state),
            this.seen("file_state", timer.file_state),
            this.seen("starts", timer.unit),
        ),
        if_nothing=f"{timer.unit or 'Its work'} is not started until somebody starts the timer or the machine anew.",
        fix="start_stopped_unit" if unit is not None and not why_refused(unit) else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Timers that are to start at boot and are off, unless their own conditions keep them off.",
    needs=(TIMERS.name,),
    run=run,
)
