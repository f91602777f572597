"""Arrivals: one row for each trigger it is meant for, the same thing once, masked and bounded, coalesced, paused."""

from __future__ import annotations

import pytest

from steward.app.plugins import load_trigger_kinds
from steward.core.arrivals import MOST_DATA, Arrivals, bounded
from steward.core.events import Events
from steward.core.storage import Storage
from steward.core.trigger_files import TriggerFiles
from steward.core.trigger_text import TriggerWords
from steward.lib.redact import Redactor
from steward.model.ids import PrincipalId
from steward.model.trigger import OccurrenceState, TriggerKind, TriggerState
from steward.store import events, occurrences, trigger_states
from steward.testing.stage import World

PUSH = {"event": "push", "payload": {"ref": "main"}}


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def arrivals(world: World, storage: Storage, redactor: Redactor) -> Arrivals:
    world.repository.edit("triggers/deploy.yaml", "kind: hook\nhook: git\nevents: [push]\n")
    world.repository.edit("triggers/tell.yaml", "kind: hook\nhook: git\ncoalesce: 60\n")
    world.repository.edit("triggers/off.yaml", "kind: hook\nhook: git\nenabled: false\n")
    world.repository.edit("triggers/other.yaml", "kind: hook\n")
    files = TriggerFiles(repository=world.repository, words=TriggerWords(kinds=load_trigger_kinds()))
    made = Events(clock=world.clock, redactor=redactor)
    return Arrivals(storage=storage, files=files, events=made, redactor=redactor, clock=world.clock)


async def push(arrivals: Arrivals, event_id: str, **data: object) -> list[str]:
    rows = await arrivals.arrived(TriggerKind.HOOK, "git", event_id, {**PUSH, **data})
    return sorted(row.trigger for row in rows if row.state is OccurrenceState.DUE)


async def test_what_arrives_is_kept_for_each_trigger_it_is_meant_for_and_once(arrivals: Arrivals, storage: Storage):
    assert await push(arrivals, "one") == ["deploy", "tell"]
    assert await push(arrivals, "one") == []
    assert await push(arrivals, "two", event="release") == []  # not a push; and within a minute of the one before
    told = [event.kind for event in await storage.read(events.after, 0)]
    assert told.count("trigger.arrived") == 3


async def test_events_close_together_are_one_and_later_ones_are_not(arrivals: Arrivals, world: World, storage: Storage):
    await push(arrivals, "one")
    world.clock.advance(30)
    assert await push(arrivals, "two") == ["deploy"]
    world.clock.advance(59)
    assert await push(arrivals, "three") == ["deploy", "tell"]
    skipped = [row for row in await storage.read(occurrences.listing) if row.state is OccurrenceState.SKIPPED]
    assert [row.reason[:9] for row in skipped] == ["one with "]
    assert await push(arrivals, "two") == []  # told again after the minute: still part of the first


async def test_a_paused_trigger_keeps_what_arrives_as_skipped_with_the_reason(
    arrivals: Arrivals, world: World, storage: Storage
):
    state = TriggerState(name="deploy", digest="", seen_until=world.clock.now(), memory={})
    await storage.write(trigger_states.put, state)
    await storage.write(trigger_states.pause, "deploy", by=PrincipalId("owner"), at=world.clock.now(), reason="holiday")
    assert await push(arrivals, "one") == ["tell"]
    row = (await storage.read(occurrences.listing, trigger="deploy"))[0]
    assert (row.state, row.reason) == (OccurrenceState.SKIPPED, "the trigger is paused by owner")


async def test_secrets_are_masked_and_what_came_from_outside_is_marked(
    arrivals: Arrivals, storage: Storage, redactor: Redactor
):
    redactor.add("git", "swordfish-and-more")
    await push(arrivals, "one", payload={"note": "the key is swordfish-and-more"})
    row = (await storage.read(occurrences.listing, trigger="deploy"))[0]
    assert "swordfish" not in str(row.event)
    assert row.event["taint"] == "outside"


def test_data_of_any_size_becomes_data_of_a_bounded_size():
    deep: object = "end"
    for _ in range(100):
        deep = {"in": deep}
    given = {f"field {number}": "x" * 10_000 for number in range(1_000)} | {"deep": deep, "list": list(range(10_000))}
    assert len(str(bounded(given))) < 2 * MOST_DATA
    assert len(bounded({"list": list(range(10_000))})["list"]) == 100
    assert bounded({"a": [1, 2.5, None, True, "x"]}) == {"a": [1, 2.5, None, True, "x"]}
