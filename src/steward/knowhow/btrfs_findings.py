"""What the checks of btrfs share: the case they open, and how people call a filesystem."""

from __future__ import annotations

from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.btrfs import Btrfs
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.resource import ResourceKind


def every(snapshot: Snapshot) -> tuple[Btrfs, ...]:
    """Return all filesystems of btrfs; none where they were not read."""
    found = snapshot.of(BTRFS)
    return () if found is None else tuple(found.filesystems.values())


def btrfs_case(check: str, snapshot: Snapshot, one: Btrfs) -> Case:
    """Open a case about a filesystem, by where it is mounted."""
    return case(check, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "/sys/fs/btrfs", fact=BTRFS.name)


def called(snapshot: Snapshot, one: Btrfs) -> str:
    """Return how people call it."""
    return f"btrfs at {visible_line(one.mount_point)} on {snapshot.machine.name}"
