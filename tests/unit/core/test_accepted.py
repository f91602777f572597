from __future__ import annotations

from dataclasses import replace

from steward.core.accepted import Accepted
from steward.core.workspace import WorkspaceFiles
from steward.model.ids import MachineId
from steward.model.machine import Autonomy, Machine
from steward.model.policy import Limits, Rules
from steward.testing.places import MemoryRepository
from tests.unit.core.hall import OWNER, Hall

MACHINE = Machine(id=MachineId("machine-1"), name="nas", address="10.0.0.2", autonomy=Autonomy.ASK)
RULES = Rules(version="1", rules=(), approvers={}, limits=Limits())


def read(hall: Hall) -> Accepted:
    """Open the record as one more process does."""
    return Accepted(database=hall.storage.database, clock=hall.clock, audit=hall.audit)


def test_a_record_that_stayed_as_it_was_is_the_same_object(hall: Hall):
    accepted = read(hall)
    accepted.begin([MACHINE], RULES)
    before = accepted.record()
    accepted.load()
    assert before is not None
    assert accepted.record() is before


def test_what_another_process_accepts_is_seen_at_the_next_reading(hall: Hall):
    accepted = read(hall)
    accepted.begin([MACHINE], RULES)
    read(hall).keep_machine(replace(MACHINE, autonomy=Autonomy.WATCH), OWNER)
    accepted.load()
    record = accepted.record()
    assert record is not None
    assert record.machines[MACHINE.id].autonomy is Autonomy.WATCH


def test_the_inventory_in_force_follows_the_record_and_the_text(hall: Hall):
    accepted = read(hall)
    files = WorkspaceFiles(repository=MemoryRepository(), accepted=accepted)
    files.create("the owner")
    accepted.begin([], RULES)
    files.add_machine(MACHINE, OWNER)
    autonomy = [files.require("nas").autonomy]
    for level in (Autonomy.ASK, Autonomy.WATCH):
        accepted.keep_machine(replace(MACHINE, autonomy=level), OWNER)
        autonomy.append(files.require("nas").autonomy)
    files.change_machine(MACHINE.id, OWNER, address="10.0.0.3")
    assert autonomy == [Autonomy.WATCH, Autonomy.ASK, Autonomy.WATCH]
    assert files.require("nas").address == "10.0.0.3"
    assert files.inventory() is files.inventory()
