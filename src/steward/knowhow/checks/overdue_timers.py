"""Find timers that wait, and have not started their work for twice as long as they should."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.timers import PLUGIN as TIMERS
from steward.knowhow.facts.timers import Timer
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.knowhow.unit_operations import why_refused
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "overdue_timers"
_SLACK = timedelta(hours=3)
"""A timer may wait for other units, and for a random time."""
_WORKING = frozenset({"active", "activating", "reloading", "deactivating"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each overdue timer; while its work is being done it waits for that."""
    timers = snapshot.of(TIMERS)
    if timers is None:
        return ()
    found: list[Finding] = []
    for name, timer in timers.timers.items():
        last = timer.last_at or timer.active_since
        if last is not None and _is_overdue(timer, last, snapshot) and not _is_working(snapshot, timer):
            found.append(_finding(snapshot, name, timer, last))
    return tuple(found)


def _is_overdue(timer: Timer, last: datetime, snapshot: Snapshot) -> bool:
    if timer.active_state != "active" or timer.period_seconds is None:
        return False
    return snapshot.read_at(TIMERS.name) - last > 2 * timedelta(seconds=timer.period_seconds) + _SLACK


def _is_working(snapshot: Snapshot, timer: Timer) -> bool:
    units = snapshot.of(UNITS)
    unit = None if units is None else units.find(timer.unit)
    return unit is not None and unit.active_state in _WORKING


def _finding(snapshot: Snapshot, name: str, timer: Timer, last: datetime) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.TIMER, name, "systemctl", fact=TIMERS.name)
    units = snapshot.of(UNITS)
    unit = None if units is None else units.find(timer.unit)
    period = timedelta(seconds=timer.period_seconds or 0)
    for_long = age(snapshot.read_at(TIMERS.name) - last)
    return this.finding(
        f"{name} on {snapshot.machine.name} has not started {timer.unit} for {for_long} and should every {age(period)}",
        Severity.WARNING,
        (
            this.seen("starts", timer.unit),
            this.seen("started_last", timer.last_at.isoformat() if timer.last_at else "not since the machine started"),
            this.seen("period_seconds", int(period.total_seconds())),
            this.seen("makes_up_for_missed_runs", timer.is_persistent),
        ),
        if_nothing="Its work stays undone: a backup, a renewal or a cleaning that nobody misses until it is needed.",
        fix="run_overdue_timer" if unit is not None and not why_refused(unit) else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Timers that wait although their last run is twice as long ago as it should be.",
    needs=(TIMERS.name,),
    run=run,
)
