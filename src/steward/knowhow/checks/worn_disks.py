"""Find disks without turning parts that are nearly worn out."""

from __future__ import annotations

from steward.knowhow.disk_findings import asked_disks, called, counted, disk_case
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import full_at

_NAME = "worn_disks"
_LEVELS = ((100, Severity.WARNING), (85, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each worn disk."""
    found: list[Finding] = []
    for key, one in asked_disks(snapshot).items():
        worn = counted(snapshot, key, one, "worn_percent")
        severity = next((level for least, level in _LEVELS if worn is not None and worn >= least), None)
        if worn is not None and severity is not None:
            found.append(_finding(snapshot, key, one, worn, severity))
    return tuple(found)


def _finding(snapshot: Snapshot, key: str, one: DiskHealth, worn: int, severity: Severity) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    evidence = [this.seen("worn_percent", worn)]
    evidence += [this.seen("power_on_hours", one.power_on_hours)] if one.power_on_hours is not None else []
    evidence += [this.seen("spare_percent", one.spare_percent)] if one.spare_percent is not None else []
    points = snapshot.past.of(HEALTH.name, f"{key} worn_percent")
    until = full_at(points, now=snapshot.at, level=100.0) if worn < 100 else None
    evidence += [this.seen("worn_out_at", until.date().isoformat())] if until is not None else []
    return this.finding(
        f"{called(snapshot, key, one)} has used {worn} % of the life its maker promised",
        severity,
        tuple(evidence),
        if_nothing="Many disks work on long after that, but nobody promises it; some refuse every write from one moment"
        " to the next. Have another one at hand.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="SSDs that have used 85 % (watch) or all (warning) of the life their maker promised.",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
