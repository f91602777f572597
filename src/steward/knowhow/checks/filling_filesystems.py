"""Find filesystems that will be full soon if they go on growing as they do."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.filling import Filling, filling
from steward.knowhow.findings import case
from steward.lib.text import age, size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.resource import ResourceKind

_NAME = "filling_filesystems"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem that fills up, and one for all datasets of a ZFS pool."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    soonest: dict[str, tuple[Filesystem, Filling]] = {}
    for place, one in filesystems.filesystems.items():
        room = one.used_bytes + one.available_bytes
        points = snapshot.past.of(FILESYSTEMS.name, f"{place} used_bytes")
        judged = None if one.is_read_only else filling(points, now=snapshot.at, level=room)
        key = "zfs " + one.source.partition("/")[0] if one.type == "zfs" else place
        if judged is not None and (key not in soonest or judged.full_at < soonest[key][1].full_at):
            soonest[key] = (one, judged)
    return tuple(_finding(snapshot, one, judged) for one, judged in soonest.values())


def _finding(snapshot: Snapshot, one: Filesystem, judged: Filling) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "df")
    return this.finding(
        f"{visible_line(one.mount_point)} on {snapshot.machine.name} grows by {size(judged.growth_per_day)} a day"
        f" and is full in {age(judged.full_at - snapshot.at)}",
        judged.severity,
        (
            this.seen("full_at", judged.full_at.isoformat(timespec="minutes")),
            this.seen("growth_bytes_per_day", round(judged.growth_per_day)),
            this.seen("used_percent", one.used_percent),
            this.seen("available_bytes", one.available_bytes),
            this.seen("measured_since", judged.known_since.isoformat(timespec="minutes")),
        ),
        if_nothing="If it goes on like this, programs that write here fail on that day. Look at what grows now, while"
        " there is room.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems that will be full within 14 days (watch) or 3 days (warning), by how they grew lately.",
    needs=(FILESYSTEMS.name,),
    history=(FILESYSTEMS.name,),
    run=run,
)
