"""Find disks whose cable or plug damages what is sent: by new errors only, for the counter never goes back."""

from __future__ import annotations

from steward.knowhow.disk_findings import Growth, asked_disks, called, counted, disk_case, grown
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "disk_cable_errors"
_DAYS = 7
_LEVELS = ((100, Severity.WARNING), (3, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each disk with new errors."""
    found: list[Finding] = []
    for key, one in asked_disks(snapshot).items():
        count = counted(snapshot, key, one, "cable_errors")
        growth = None if count is None else grown(snapshot, key, "cable_errors", count, days=_DAYS)
        if count is None or growth is None:
            continue
        severity = next((level for least, level in _LEVELS if growth.count >= least), None)
        if severity is not None:
            found.append(_finding(snapshot, key, one, count, growth, severity))
    return tuple(found)


def _finding(snapshot: Snapshot, key: str, one: DiskHealth, count: int, growth: Growth, severity: Severity) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    days = max(1, (snapshot.at - growth.begin).days)
    return this.finding(
        f"{called(snapshot, key, one)} had {plural(growth.count, 'damaged transfer')} within {plural(days, 'day')}",
        severity,
        (
            this.seen("cable_errors", count),
            this.seen(f"cable_errors_more_since_{growth.begin:%Y-%m-%d}", growth.count),
        ),
        if_nothing="What is damaged is sent again, so that the disk is slow at times; a bad cable can end in a disk"
        " that is thrown out of its array. Plug the cable in anew, or replace it; the disk itself is not to blame.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks with 3 (watch) or 100 (warning) more damaged transfers than 7 days ago; old ones do not count.",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
