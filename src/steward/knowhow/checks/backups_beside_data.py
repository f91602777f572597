"""Find backups that lie on the same disk as what they are to save."""

from __future__ import annotations

from steward.knowhow.backup_findings import backup_case, backup_evidence, filesystem_of, is_below
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem, Filesystems
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "backups_beside_data"
_PASSING = ("/mnt", "/media", "/run/media")


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each job all of whose repositories lie beside something it copies."""
    backups, filesystems = snapshot.of(BACKUPS), snapshot.of(FILESYSTEMS)
    if backups is None or filesystems is None:
        return ()
    found = ((name, one, _beside(filesystems, one)) for name, one in backups.jobs.items())
    return tuple(_finding(snapshot, name, one, source) for name, one, source in found if source)


def _beside(filesystems: Filesystems, one: BackupJob) -> str:
    """Return a source whose disk also holds every repository, or an empty text."""
    if not one.repositories or not all(path.startswith("/") for path in one.repositories):
        return ""
    targets = {_disk_of_repository(filesystems, path) for path in one.repositories}
    return next(
        (path for path in one.sources if targets == {_disk(filesystem_of(filesystems, path))} and "" not in targets), ""
    )


def _disk_of_repository(filesystems: Filesystems, path: str) -> str:
    """Return the disk; nothing for a folder where a disk may be mounted just while the job runs."""
    one = filesystem_of(filesystems, path)
    may_be_away = one is not None and one.mount_point == "/" and any(is_below(path, place) for place in _PASSING)
    return "" if may_be_away else _disk(one)


def _disk(one: Filesystem | None) -> str:
    """Return what fails as a whole: of ZFS the pool, else the device."""
    if one is None:
        return ""
    return f"pool {one.source.partition('/')[0]}" if one.type == "zfs" else one.source


def _finding(snapshot: Snapshot, name: str, one: BackupJob, source: str) -> Finding:
    this = backup_case(_NAME, snapshot, name)
    return this.finding(
        f"{visible_line(name)} on {snapshot.machine.name} keeps the backup of {visible_line(source)} on the same disk",
        Severity.WATCH,
        backup_evidence(this, one),
        if_nothing="It helps against mistakes; when the disk fails, data and backup are gone together, unless this"
        " folder is copied elsewhere in turn.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Backup jobs whose only repositories lie on the filesystem or pool of what they copy.",
    needs=(BACKUPS.name, FILESYSTEMS.name),
    run=run,
)
