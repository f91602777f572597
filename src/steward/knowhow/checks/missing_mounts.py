"""Find filesystems that should be mounted and are not: a disk that is gone, or that came too late at boot."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.findings import case
from steward.knowhow.mount_operations import why_refused
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "missing_mounts"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each line of fstab that is not fulfilled."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    return tuple(_finding(snapshot, place, options) for place, options in sorted(filesystems.not_mounted.items()))


def _finding(snapshot: Snapshot, place: str, options: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, place, "/etc/fstab")
    may_be_away = "nofail" in options.split(",")
    return this.finding(
        f"{visible_line(place)} on {snapshot.machine.name} should be mounted and is not",
        Severity.WARNING if may_be_away else Severity.DOWN,
        (this.seen("is_mounted", value=False), this.seen("expected_options", options)),
        if_nothing="Its files cannot be reached. Programs that write there, such as a backup, write into the empty"
        " folder on the disk below and fill that.",
        fix="mount_filesystem" if _is_mountable(snapshot, place) else None,
    )


def _is_mountable(snapshot: Snapshot, place: str) -> bool:
    """Tell whether a typed command may mount it."""
    mounts = snapshot.of(MOUNTS)
    one = None if mounts is None else mounts.declared.get(place)
    return mounts is not None and one is not None and not one.is_mounted and not why_refused(mounts, place)


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems that fstab wants mounted at boot and that are not; a warning where `nofail` allows it.",
    needs=(FILESYSTEMS.name,),
    run=run,
)
