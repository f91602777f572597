"""Remove old archived files of the journal."""

from __future__ import annotations

from steward.knowhow.disk_space import less_is_used
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.journal import PLUGIN as JOURNAL
from steward.knowhow.facts.journal import Journal
from steward.lib.record import record
from steward.lib.text import plural, size
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

MEGABYTE = 1024**2
_MOST_MEGABYTES = 999_999


@record
class VacuumJournal:
    """Remove the oldest archived files of the journal until all of it takes no more than so much. They are gone."""

    machine: str
    """Machine, by name or id."""
    keep_megabytes: int
    """Megabytes of journal to keep, at least 1; files in use are never removed. Old systemd keeps those besides."""


def build(command: VacuumJournal, snapshot: Snapshot) -> Blueprint:
    """Work out which files go; what has nothing to remove is refused."""
    where, keep = snapshot.machine.name, command.keep_megabytes
    journal = snapshot.of(JOURNAL)
    if not 1 <= keep <= _MOST_MEGABYTES:
        raise InvalidInput(f"`keep_megabytes` is {keep}", where=where, why=f"it must be from 1 to {_MOST_MEGABYTES}")
    if journal is None or not journal.folder:
        why = snapshot.unread.get(JOURNAL.name, "it keeps none on disk")
        raise InvalidInput("there is no journal to clean", where=where, why=why)
    removed = journal.removed_by(keep * MEGABYTE)
    if not removed:
        why = (
            f"it takes {size(journal.total_bytes)}, {size(journal.archived_bytes)} of it archived,"
            f" and {keep} MB are to be kept"
        )
        raise InvalidInput("nothing of the journal would be removed", where=where, why=why)
    gone = sum(file.bytes for file in removed)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.JOURNAL, "journal"),
        action=Action(argv=("/usr/bin/journalctl", f"--vacuum-size={keep}M"), timeout_seconds=120),
        says=f"Remove up to {size(gone)} of old journal, keep {keep} MB",
        effects=(
            f"removes up to {plural(len(removed), 'archived file')}, {size(gone)}, from {journal.folder}",
            f"log entries older than {removed[-1].until:%Y-%m-%d %H:%M} UTC are lost;"
            f" the oldest file now ends at {removed[0].until:%Y-%m-%d %H:%M} UTC",
            f"keeps {size(journal.total_bytes - gone)} of journal",
        ),
        preconditions=_preconditions(snapshot, journal, keep),
        verify=(
            _bytes(
                snapshot, "archived_bytes", Comparison.LESS, journal.archived_bytes, "the archived journal is smaller"
            ),
            *less_is_used(snapshot, journal.mount_point, journal.source, gone),
        ),
        undo=Undo(says=f"Removed log entries cannot be brought back: {size(gone)} are lost", is_possible=False),
        risk=Risk.DESTRUCTIVE,
        bytes_touched=gone,
    )


def _preconditions(snapshot: Snapshot, journal: Journal, keep: int) -> tuple[Probe, ...]:
    """There is still something to remove, and hardly more than what was shown."""
    most = journal.archived_bytes + journal.archived_bytes // 10 + 16 * MEGABYTE
    return (
        _bytes(snapshot, "total_bytes", Comparison.MORE, keep * MEGABYTE, f"the journal takes more than {keep} MB"),
        _bytes(snapshot, "archived_bytes", Comparison.LESS, most, f"its archived part takes less than {size(most)}"),
    )


def _bytes(snapshot: Snapshot, value: str, comparison: Comparison, expected: int, says: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=JOURNAL.name,
        path=(value,),
        comparison=comparison,
        expected=expected,
    )


PLUGIN = Operation[VacuumJournal](
    name="journal.vacuum",
    input=VacuumJournal,
    risk=Risk.DESTRUCTIVE,
    needs=(JOURNAL.name, FILESYSTEMS.name),
    build=build,
    sudoers=("/usr/bin/journalctl ^--vacuum-size=[0-9]{1,6}M$",),
    examples=(
        Example(line="journal vacuum m1 200", does="Keep the newest 200 MB of journal on m1."),
        Example(line="journal vacuum nas 1000", does="Keep the newest 1000 MB of journal on nas."),
    ),
)
