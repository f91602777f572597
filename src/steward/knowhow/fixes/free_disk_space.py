"""Cure a full disk with the least that suffices: downloaded packages first, old journal only when still needed."""

from __future__ import annotations

from steward.knowhow.disk_space import Cleanable, cleanable, excess_bytes, fullness
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.journal import PLUGIN as JOURNAL
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.lib.shell import quote
from steward.lib.text import size, visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep

MEGABYTE = 1024**2
_KEPT_MEGABYTES = 8
"""Of the archived journal so much always stays, so that what filled the disk can still be seen."""


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one or two steps that bring the disk out of trouble.

    Raises:
        InvalidInput: it is not full any more, or all that Steward can clean is not enough.
    """
    disk = _full_disk(finding, snapshot)
    known, needed = cleanable(snapshot, disk), excess_bytes(disk)
    steps: list[WorkflowStep] = []
    if known.packages:
        step = WorkflowStep(id="packages", command="packages.clean_cache", input={"machine": snapshot.machine.id})
        steps.append(step)
    still_needed = needed - known.packages
    if still_needed > 0:
        keep = _keep_megabytes(snapshot, known, still_needed)
        if keep is None:
            raise _too_little(snapshot, disk, known, needed)
        steps.append(
            WorkflowStep(
                id="journal",
                command="journal.vacuum",
                input={"machine": snapshot.machine.id, "keep_megabytes": keep},
                needs=("packages",) if known.packages else (),
            )
        )
    place = visible_line(disk.mount_point)
    return Workflow(
        name="free-disk-space",
        title=f"Free at least {size(needed)} on {place} of {snapshot.machine.name}",
        goal=f"{place} is less than {80 if disk.used_percent < 90 else 90} % full",
        steps=tuple(steps),
        finding=finding.id,
    )


def _full_disk(finding: Finding, snapshot: Snapshot) -> Filesystem:
    filesystems = snapshot.of(FILESYSTEMS)
    disk = None if filesystems is None else filesystems.filesystems.get(finding.resource.name)
    place = visible_line(finding.resource.name)
    if disk is None:
        raise InvalidInput(f"{place} is not mounted", where=snapshot.machine.name)
    if fullness(disk.used_percent, disk.available_bytes) is None:
        why = f"{disk.used_percent:.0f} % are used"
        raise InvalidInput(f"{place} is not full any more", where=snapshot.machine.name, why=why)
    return disk


def _keep_megabytes(snapshot: Snapshot, known: Cleanable, still_needed: int) -> int | None:
    """Return how much journal can stay while enough goes, or None when even the least would be too much."""
    journal = snapshot.of(JOURNAL)
    if journal is None or known.journal - still_needed < _KEPT_MEGABYTES * MEGABYTE:
        return None
    keep = (journal.total_bytes - still_needed) // MEGABYTE
    return keep if journal.removed_by(keep * MEGABYTE) else None


def _too_little(snapshot: Snapshot, disk: Filesystem, known: Cleanable, needed: int) -> InvalidInput:
    place = visible_line(disk.mount_point)
    why = (
        f"{size(needed)} must go, and there are only {size(known.packages)} of downloaded packages and"
        f" {size(known.journal)} of archived journal on it"
    )
    look = f"look with `du -xh --max-depth=2 {quote(place)} | sort -h | tail -n 20` there"
    return InvalidInput(
        f"cleaning does not free enough on {place}", where=snapshot.machine.name, why=why, next_step=look
    )


PLUGIN = Fix(
    name="free_disk_space",
    summary="Remove downloaded packages, and old journal when that is not enough, from a full disk.",
    needs=(FILESYSTEMS.name, PACKAGES.name, JOURNAL.name),
    propose=propose,
)
