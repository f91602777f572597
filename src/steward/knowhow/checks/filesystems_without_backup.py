"""Find filesystems with data that no backup job of their machine copies, where all jobs are known in full."""

from __future__ import annotations

from steward.knowhow.backup_findings import is_below
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.findings import case
from steward.lib.text import size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "filesystems_without_backup"
_TYPES = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs"})
_SYSTEM = ("/boot", "/usr", "/var/lib/docker", "/var/lib/containers", "/var/log", "/var/cache", "/tmp", "/snap")  # noqa: S108
_LEAST_BYTES = 1024**3


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such filesystem; the root, which can be installed anew, is not asked for."""
    backups, filesystems = snapshot.of(BACKUPS), snapshot.of(FILESYSTEMS)
    if backups is None or filesystems is None:
        return ()
    jobs = backups.jobs.values()
    if not jobs or not all(one.sources for one in jobs):
        return ()
    copied = tuple(path for one in jobs for path in one.sources)
    kept = tuple(path for one in jobs for path in one.repositories if path.startswith("/"))
    return tuple(
        _finding(snapshot, one, copied)
        for one in filesystems.filesystems.values()
        if _has_data(one) and not any(_touches(one, path) for path in (*copied, *kept))
    )


def _has_data(one: Filesystem) -> bool:
    is_system = one.mount_point == "/" or any(is_below(one.mount_point, folder) for folder in _SYSTEM)
    return one.type in _TYPES and not is_system and not one.is_read_only and one.used_bytes >= _LEAST_BYTES


def _touches(one: Filesystem, path: str) -> bool:
    """Tell whether a folder lies on a filesystem or holds it; part of it counts, for a person chose that part."""
    places = (one.mount_point, *one.also_mounted_at)
    return any(is_below(place, path) or is_below(path, place) for place in places)


def _finding(snapshot: Snapshot, one: Filesystem, copied: tuple[str, ...]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "df", fact=BACKUPS.name)
    return this.finding(
        f"No backup job of {snapshot.machine.name} copies {visible_line(one.mount_point)}, {size(one.used_bytes)} used",
        Severity.WATCH,
        (
            this.seen("used_bytes", one.used_bytes),
            this.seen("source", one.source),
            *this.outside("copied", copied[:8]),
        ),
        if_nothing="What lies there is gone when its disk fails, unless another machine copies it.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems with more than 1 GB that no backup job copies, on machines whose jobs are all known in full.",
    needs=(BACKUPS.name, FILESYSTEMS.name),
    run=run,
)
