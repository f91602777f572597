"""Find filesystems that run out of inodes: no new file can be made although there is room."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "full_inodes"
_LEVELS = ((99.0, Severity.DOWN), (95.0, Severity.WARNING), (85.0, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem short of inodes."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    found: list[Finding] = []
    for one in filesystems.filesystems.values():
        used = one.inodes_used_percent
        severity = next((level for percent, level in _LEVELS if used is not None and used >= percent), None)
        if used is not None and severity is not None and not one.is_read_only:
            found.append(_finding(snapshot, one, used, severity))
    return tuple(found)


def _finding(snapshot: Snapshot, one: Filesystem, used_percent: float, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "df")
    return this.finding(
        f"{visible_line(one.mount_point)} on {snapshot.machine.name} has used {used_percent:.0f} % of its inodes",
        severity,
        (this.seen("inodes_used_percent", used_percent), this.seen("available_bytes", one.available_bytes)),
        if_nothing="When none is left no file can be made here, although there is room: 'No space left on device'.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems that have used 85 % (watch), 95 % (warning) or 99 % (down) of their inodes.",
    needs=(FILESYSTEMS.name,),
    run=run,
)
