"""When a disk is full, what on it may be cleaned, and the proof that it was."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.journal import PLUGIN as JOURNAL
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.lib.record import record
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.probe import Comparison, Probe

GIGABYTE = 1024**3
_LEVELS = (
    (97.0, 20 * GIGABYTE, Severity.DOWN),
    (90.0, 100 * GIGABYTE, Severity.WARNING),
    (80.0, 400 * GIGABYTE, Severity.WATCH),
)
"""Used at least this share, and less than that many bytes left: 3 % of a 20 TB disk are no reason to wake anybody."""
TOLERATED_PERCENT = 90.0
"""What cleaning must get below: from here on a disk fills up unnoticed within a bad night."""


@record
class Cleanable:
    """What may be removed from one filesystem, in bytes."""

    packages: int
    """Downloaded packages; they can be downloaded again."""
    journal: int
    """Archived journal files; they are gone for good."""


def fullness(used_percent: float, available_bytes: int) -> Severity | None:
    """Judge how full a filesystem is, or None when there is room enough."""
    for percent, room, severity in _LEVELS:
        if used_percent >= percent and available_bytes < room:
            return severity
    return None


def cleanable(snapshot: Snapshot, filesystem: Filesystem) -> Cleanable:
    """Return what Steward knows how to clean on this very filesystem; what could not be read counts as nothing."""
    packages, journal = snapshot.of(PACKAGES), snapshot.of(JOURNAL)
    has_packages = packages is not None and filesystem.holds(packages.mount_point, packages.source)
    has_journal = journal is not None and filesystem.holds(journal.mount_point, journal.source)
    return Cleanable(
        packages=packages.cache_bytes if packages is not None and has_packages else 0,
        journal=journal.archived_bytes if journal is not None and has_journal else 0,
    )


def excess_bytes(filesystem: Filesystem) -> int:
    """Return how much must go until the present trouble is over, with one percent to spare."""
    goal = 80.0 if filesystem.used_percent < TOLERATED_PERCENT else TOLERATED_PERCENT
    usable = filesystem.used_bytes + filesystem.available_bytes
    return max(0, round(filesystem.used_bytes - usable * (goal - 1) / 100))


def less_is_used(snapshot: Snapshot, mount_point: str, source: str, bytes_removed: int) -> tuple[Probe, ...]:
    """Return the proof that a filesystem got emptier, where the removed bytes are enough to be seen in its percent.

    On a large disk other programs write more in the meantime than a small cleaning frees; there is no proof there.
    """
    filesystems = snapshot.of(FILESYSTEMS)
    disk = None if filesystems is None else filesystems.holding(mount_point, source)
    if disk is None or bytes_removed * 200 < disk.used_bytes + disk.available_bytes:
        return ()
    return (
        Probe(
            machine=snapshot.machine.id,
            says=f"{disk.mount_point} is less than {disk.used_percent} % full",
            fact=FILESYSTEMS.name,
            path=("filesystems", disk.mount_point, "used_percent"),
            comparison=Comparison.LESS,
            expected=disk.used_percent,
        ),
    )
