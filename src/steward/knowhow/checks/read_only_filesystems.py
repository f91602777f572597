"""Find filesystems that should be writable and are not: the kernel protects a disk with errors in this way."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "read_only_filesystems"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem that became read-only."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    return tuple(_finding(snapshot, one) for one in filesystems.filesystems.values() if _became_read_only(one))


def _became_read_only(one: Filesystem) -> bool:
    """Somebody wanted it writable: fstab says so, or the kernel itself notes that it gave up writing.

    Images and immutable systems are read-only by intent and have neither sign.
    """
    if not one.is_read_only:
        return False
    if {"emergency_ro", "shutdown"} & set(one.options.split(",")):
        return True
    return one.expected_options is not None and "ro" not in one.expected_options.split(",")


def _finding(snapshot: Snapshot, one: Filesystem) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "/proc/self/mountinfo")
    return this.finding(
        f"{visible_line(one.mount_point)} on {snapshot.machine.name} has become read-only",
        Severity.DOWN,
        (
            this.seen("options", one.options),
            this.seen("expected_options", one.expected_options or ""),
            this.seen("source", one.source),
        ),
        if_nothing="Nothing can be written here. The kernel does this when a disk has errors: look at the kernel's"
        " messages and the disk's health, and make sure of the backup before anything else.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems that are read-only although fstab wants them writable.",
    needs=(FILESYSTEMS.name,),
    run=run,
)
