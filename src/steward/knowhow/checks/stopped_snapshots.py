"""Find datasets whose scheduled snapshots have stopped."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.snapshots import PLUGIN as SNAPSHOTS
from steward.knowhow.facts.snapshots import SnapshotSeries
from steward.knowhow.findings import case
from steward.lib.text import age, plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stopped_snapshots"
_TIMES = 2
_GRACE = timedelta(hours=6)
_GIVEN_UP = timedelta(days=30)
"""What is older was left on purpose: a dataset that is not in the schedule any more keeps its old snapshots."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each maker, however many datasets it left alone."""
    snapshots = snapshot.of(SNAPSHOTS)
    if snapshots is None:
        return ()
    late: dict[str, list[tuple[str, SnapshotSeries]]] = {}
    for name, one in snapshots.series.items():
        if one.usual_seconds is None:
            continue
        usual, old = timedelta(seconds=one.usual_seconds), snapshot.at - one.newest_at
        if usual * _TIMES + _GRACE < old < max(_GIVEN_UP, usual * 5):
            late.setdefault(one.maker, []).append((name, one))
    return tuple(_finding(snapshot, maker, found) for maker, found in late.items())


def _finding(snapshot: Snapshot, maker: str, late: list[tuple[str, SnapshotSeries]]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.BACKUP, f"snapshots of {maker}", "zfs", fact=SNAPSHOTS.name)
    name, worst = min(late, key=lambda found: found[1].newest_at)
    others = f" and {plural(len(late) - 1, 'other dataset')}" if len(late) > 1 else ""
    return this.finding(
        f"{visible_line(maker)} has made no snapshot of {visible_line(name)}{others} on {snapshot.machine.name} for"
        f" {age(snapshot.at - worst.newest_at)}",
        Severity.WARNING,
        (
            this.seen("newest_at", worst.newest_at.isoformat()),
            this.seen("usual_seconds", worst.usual_seconds or 0),
            *this.outside("dataset", [dataset for dataset, _ in late[:8]]),
        ),
        if_nothing="What is deleted or changed by mistake since then cannot be fetched back from a snapshot.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Snapshots of sanoid, zfs-auto-snapshot, zrepl, pyznap or Timeshift that are twice as old as usual.",
    needs=(SNAPSHOTS.name,),
    run=run,
)
