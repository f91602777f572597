"""Find filesystems that run out of room."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.disk_space import cleanable, excess_bytes, fullness
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.findings import case
from steward.lib.text import size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "full_filesystems"
_IF_NOTHING = {
    Severity.DOWN: "Programs that write here fail, or are about to: databases stop, logs and mails are lost.",
    Severity.WARNING: "It fills up; then programs that write here fail.",
    Severity.WATCH: "Nothing breaks soon; it is worth knowing what grows here.",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each full filesystem, and one for all datasets of a full ZFS pool."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    judged = (
        (one, severity)
        for one in _one_of_each_pool(filesystems.filesystems.values())
        if not one.is_read_only and (severity := fullness(one.used_percent, one.available_bytes)) is not None
    )
    return tuple(_finding(snapshot, one, severity) for one, severity in judged)


def _one_of_each_pool(filesystems: Iterable[Filesystem]) -> list[Filesystem]:
    """Keep the largest dataset of each ZFS pool: they share their room, so that they are full together."""
    chosen: dict[str, Filesystem] = {}
    for one in filesystems:
        key = "zfs " + one.source.partition("/")[0] if one.type == "zfs" else one.mount_point
        if key not in chosen or chosen[key].used_bytes < one.used_bytes:
            chosen[key] = one
    return list(chosen.values())


def _finding(snapshot: Snapshot, one: Filesystem, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "df")
    known = cleanable(snapshot, one)
    evidence = [
        this.seen("used_percent", one.used_percent),
        this.seen("available_bytes", one.available_bytes),
        this.seen("size_bytes", one.size_bytes),
        this.seen("source", one.source),
    ]
    evidence += [this.seen("also_mounted_at", place) for place in one.also_mounted_at[:5]]
    evidence += [this.seen("package_cache_bytes", known.packages)] if known.packages else []
    evidence += [this.seen("archived_journal_bytes", known.journal)] if known.journal else []
    others = f" (with {visible_line(', '.join(one.also_mounted_at[:2]))})" if one.also_mounted_at else ""
    return this.finding(
        f"{visible_line(one.mount_point)}{others} on {snapshot.machine.name} is {one.used_percent:.0f} % full,"
        f" {size(one.available_bytes)} left",
        severity,
        tuple(evidence),
        if_nothing=_IF_NOTHING[severity],
        fix="free_disk_space" if known.packages + known.journal >= excess_bytes(one) else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems from 80 % (watch), 90 % (warning) and 97 % (down), unless the rest is large in itself.",
    needs=(FILESYSTEMS.name,),
    run=run,
)
