"""Find jobs that were started long ago and have not ended: their timer cannot start them again meanwhile."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "hanging_jobs"
_LONG = timedelta(hours=24)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each job that works for a day and longer."""
    units = snapshot.of(UNITS)
    if units is None:
        return ()
    found: list[Finding] = []
    for unit in units.units.values():
        begun = unit.changed_at
        is_working = unit.type == "oneshot" and unit.active_state == "activating" and unit.sub_state.startswith("start")
        if is_working and begun is not None and snapshot.at - begun >= _LONG:
            found.append(_finding(snapshot, unit, snapshot.at - begun))
    return tuple(found)


def _finding(snapshot: Snapshot, unit: Unit, lasts: timedelta) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, unit.name, "systemctl")
    return this.finding(
        f"the job {unit.name} on {snapshot.machine.name} was started {age(lasts)} ago and has not ended",
        Severity.WARNING,
        (
            this.seen("sub_state", unit.sub_state),
            this.seen("running_hours", int(lasts.total_seconds() // 3600)),
            *(this.seen("started_by", timer) for timer in unit.triggered_by),
            *this.outside("description", [unit.description]),
        ),
        if_nothing="As long as it hangs it is not started again, so that every later run of it is left out too.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Jobs of systemd that were started 24 hours ago and have not ended.",
    needs=(UNITS.name,),
    run=run,
)
