"""Find filesystems of btrfs whose devices make errors; old ones that get no more are no alarm for ever."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.btrfs_findings import btrfs_case, called, every
from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.btrfs import Btrfs
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since

_NAME = "btrfs_errors"
_QUIET = timedelta(days=7)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem with errors that are new, not known to be old, or not mended."""
    found: list[Finding] = []
    for one in every(snapshot):
        count = sum((one.errors or {}).values())
        if one.uncorrectable_errors:
            found.append(_finding(snapshot, one, count, f"has {one.uncorrectable_errors} blocks no scrub can mend"))
        elif count and not _is_old(snapshot, one, count):
            found.append(_finding(snapshot, one, count, f"made {plural(count, 'error')}"))
    return tuple(found)


def _is_old(snapshot: Snapshot, one: Btrfs, count: int) -> bool:
    """Tell whether there were as many errors a week ago."""
    points = snapshot.past.of(BTRFS.name, f"{one.mount_point} errors")
    recent = since(points, snapshot.at - _QUIET)
    is_known = bool(points) and snapshot.at - points[0].at >= _QUIET
    return is_known and bool(recent) and min(point.low for point in recent) >= count


def _finding(snapshot: Snapshot, one: Btrfs, count: int, says: str) -> Finding:
    this = btrfs_case(_NAME, snapshot, one)
    kinds = [this.seen(f"{kind}_errors", number) for kind, number in (one.errors or {}).items() if number]
    return this.finding(
        f"{called(snapshot, one)} {says}",
        Severity.WARNING,
        (
            this.seen("errors", count),
            *kinds,
            this.seen("uncorrectable_errors", one.uncorrectable_errors),
            *(this.seen("device", name) for name in one.devices[:16]),
        ),
        if_nothing="What has a good copy was mended, what has none is lost. Errors that get more come from a disk, a"
        " cable or memory that fails; `btrfs device stats` tells which device.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems of btrfs with errors that are new within a week, or that a scrub could not mend.",
    needs=(BTRFS.name,),
    history=(BTRFS.name,),
    run=run,
)
