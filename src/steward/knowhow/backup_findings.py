"""What the checks of backups share: which filesystem a path lies on, and the evidence of a job."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.filesystems import Filesystem, Filesystems
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.observation import Observation
from steward.model.resource import ResourceKind


def backup_case(check: str, snapshot: Snapshot, name: str) -> Case:
    """Open a case about a job."""
    return case(check, snapshot, ResourceKind.BACKUP, name, "systemctl", fact=BACKUPS.name)


def backup_evidence(this: Case, one: BackupJob) -> tuple[Observation, ...]:
    """Return program, how it came out, since when nothing went well, what it copies and where to."""
    return (
        *([this.seen("program", visible_line(one.program))] if one.program else []),
        *([this.seen("started_at", one.started_at.isoformat())] if one.started_at else []),
        this.seen("succeeded_at", one.succeeded_at.isoformat() if one.succeeded_at else "not known"),
        *this.outside("result", [one.says]),
        *this.outside("source", one.sources[:5]),
        *this.outside("repository", one.repositories[:3]),
    )


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or lies in it."""
    return folder == "/" or path.rstrip("/") == folder.rstrip("/") or path.startswith(folder.rstrip("/") + "/")


def filesystem_of(filesystems: Filesystems, path: str) -> Filesystem | None:
    """Return the filesystem a path lies on, by the longest mount point."""
    return max(_holding(filesystems, path), key=lambda place: len(place[0]), default=("", None))[1]


def _holding(filesystems: Filesystems, path: str) -> Iterable[tuple[str, Filesystem]]:
    for one in filesystems.filesystems.values():
        for place in (one.mount_point, *one.also_mounted_at):
            if is_below(path, place):
                yield place, one
