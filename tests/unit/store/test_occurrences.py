"""Occurrences: the same one twice is one row, one of two takes it, a run is linked only under a claim that holds."""

from __future__ import annotations

import threading
from datetime import timedelta

from steward.model.ids import PrincipalId, RunId
from steward.model.trigger import Occurrence, OccurrenceState, TriggerState, occurrence_id
from steward.store import occurrences, trigger_states
from steward.store.database import Connection, Database
from tests.databases import NOW

MINUTE = timedelta(minutes=1)


def made(number: int = 0, trigger: str = "nightly", **given: object) -> Occurrence:
    due = NOW + number * MINUTE
    given = {"event": {"a": [1]}, **given}
    return Occurrence(id=occurrence_id(trigger, due.isoformat()), trigger=trigger, due=due, **given)


def state_of(database: Database, occurrence: Occurrence) -> OccurrenceState:
    with database.read() as connection:
        found = occurrences.get(connection, occurrence.id)
    assert found is not None
    return found.state


def test_what_is_written_comes_back_and_the_same_again_changes_nothing(database: Database):
    one, two = made(0), made(1)
    with database.write() as connection:
        assert occurrences.add(connection, [one]) == (one,)
        assert occurrences.add(connection, [one, two, two]) == (two,)
        assert occurrences.get(connection, one.id) == one
        assert occurrences.listing(connection, trigger="nightly") == (two, one)
        assert occurrences.open_ones(connection) == (one, two)


def test_of_two_workers_that_claim_one_occurrence_one_has_it(database: Database):
    with database.write() as connection:
        occurrences.add(connection, [made()])
    won: list[str] = []
    both = threading.Barrier(2)

    def claim(by: str) -> None:
        both.wait()
        with database.write() as connection:
            if occurrences.claim(connection, made().id, by=by, at=NOW):
                won.append(by)

    threads = [threading.Thread(target=claim, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_run_is_linked_only_by_whoever_holds_the_claim(database: Database):
    with database.write() as connection:
        occurrences.add(connection, [made()])
        assert occurrences.claim(connection, made().id, by="one", at=NOW)
        assert occurrences.release(connection, made().id, by="one", reason="taken over")
        assert occurrences.claim(connection, made().id, by="two", at=NOW + MINUTE)
        late = occurrences.begin(connection, made().id, by="one", run=RunId("run-1"), at=NOW, is_asked=False)
        right = occurrences.begin(connection, made().id, by="two", run=RunId("run-2"), at=NOW, is_asked=False)
        assert (late, right) == (False, True)
        found = occurrences.of_run(connection, RunId("run-2"))
    assert found is not None
    assert (found.state, found.claimed, found.reason) == (OccurrenceState.STARTED, NOW, "")


def test_an_ending_is_written_once_and_only_from_the_state_that_was_read(database: Database):
    with database.write() as connection:
        occurrences.add(connection, [made()])
        read = occurrences.open_ones(connection)[0]
        occurrences.claim(connection, read.id, by="one", at=NOW)
        assert not occurrences.move(connection, read, to=OccurrenceState.MISSED, at=NOW, reason="too late")
        read = occurrences.open_ones(connection)[0]
        assert occurrences.move(connection, read, to=OccurrenceState.ENDED, at=NOW, reason="proven", result="verified")
        found = occurrences.get(connection, read.id)
    assert found is not None
    assert (found.state, found.reason, found.result, found.event) == (
        OccurrenceState.ENDED,
        "proven",
        "verified",
        {"a": [1]},
    )


def test_it_is_told_once_that_an_occurrence_is_late(database: Database):
    with database.write() as connection:
        occurrences.add(connection, [made()])
        assert occurrences.tell_late(connection, made().id)
        assert not occurrences.tell_late(connection, made().id)


def test_pruning_keeps_the_newest_of_each_trigger_and_whatever_is_not_settled(database: Database):
    ended = {"state": OccurrenceState.ENDED, "ended": NOW, "reason": "done"}
    rows = [made(0), *(made(n, **ended) for n in range(1, 5)), *(made(n, "other", **ended) for n in range(2))]
    with database.write() as connection:
        occurrences.add(connection, rows)
        assert occurrences.prune(connection, keep=2, before=NOW + 10 * MINUTE, most=9) == 2
        kept = {each.id for each in occurrences.listing(connection)}
    assert kept == {made(0).id, made(3).id, made(4).id, made(0, "other").id, made(1, "other").id}


def test_pruning_leaves_so_many_of_each_trigger_however_new_they_are(database: Database):
    ended = {"state": OccurrenceState.ENDED, "ended": NOW, "reason": "done"}
    with database.write() as connection:
        occurrences.add(connection, [made(0), *(made(n, **ended) for n in range(1, 6))])
        assert occurrences.prune(connection, keep=1, before=NOW - 10 * MINUTE, most=3) == 2
        assert {each.id for each in occurrences.listing(connection)} == {made(n).id for n in (0, 3, 4, 5)}


def test_times_ahead_that_came_to_nothing_are_forgotten_and_others_are_not(database: Database):
    missed = {"state": OccurrenceState.MISSED, "ended": NOW, "reason": "missed"}
    skipped = {"state": OccurrenceState.SKIPPED, "ended": NOW, "reason": "paused"}
    begun = {"state": OccurrenceState.STARTED, "run": "run-1"}
    with database.write() as connection:
        kept = [made(-1, event={}, **missed), made(2, **missed), made(3, event={}, **begun)]
        times = [made(1, event={}, **missed), made(4, event={}, **skipped), made(5, event={})]
        occurrences.add(connection, [*kept, *times])
        assert occurrences.forget_ahead(connection, "nightly", after=NOW) == 3
        assert {each.id for each in occurrences.listing(connection)} == {each.id for each in kept}


def test_what_is_kept_of_a_trigger_is_paused_and_troubled_once(database: Database):
    state = TriggerState(name="nightly", digest="d", seen_until=NOW, memory={"cursor": 3})

    def twice(connection: Connection) -> None:
        trigger_states.put(connection, state)
        assert trigger_states.get(connection, "nightly") == state
        owner = PrincipalId("owner")
        assert trigger_states.pause(connection, "nightly", by=owner, at=NOW, reason="holiday")
        assert not trigger_states.pause(connection, "nightly", by=owner, at=NOW, reason="again")
        assert trigger_states.resume(connection, "nightly")
        assert not trigger_states.resume(connection, "nightly")
        assert trigger_states.trouble(connection, "nightly", why="late", at=NOW)
        assert not trigger_states.trouble(connection, "nightly", why="late again", at=NOW + MINUTE)
        assert trigger_states.listing(connection)["nightly"].troubled == NOW
        assert trigger_states.of(connection, ["nightly", "other"]) == trigger_states.listing(connection)
        assert trigger_states.of(connection, ["other"]) == trigger_states.of(connection, []) == {}
        assert trigger_states.recover(connection, "nightly")
        assert not trigger_states.recover(connection, "nightly")
        assert trigger_states.get(connection, "nightly") == state
        assert trigger_states.forget(connection, "nightly")
        assert not trigger_states.pause(connection, "nightly", by=owner, at=NOW, reason="gone")

    with database.write() as connection:
        twice(connection)
