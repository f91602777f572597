"""The nouns whose tables do little: what is written comes back, and what is conditional holds."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.model.brake import Brake, BrakeState
from steward.model.change import ChangeState
from steward.model.errors import Bug, NeedsPerson
from steward.model.event import Event
from steward.model.observation import Observation
from steward.store import brakes, changes, events, facts, grants, identity, locks, observations, owner
from steward.store.database import Connection, Database
from tests.databases import NOW
from tests.unit.store import cases

LATER = NOW + timedelta(minutes=1)


def add(connection: Connection, kind: str, subject: str = "run-1") -> int:
    event = Event(seq=0, kind=kind, at=NOW, subject=subject, actor="owner", data={"text": "a\0b", "n": 1.5})
    return events.append(connection, event)


def test_events_come_in_order_after_a_number_and_by_subject(database: Database):
    with database.write() as connection:
        numbers = [add(connection, "run.started"), add(connection, "run.output", "run-2"), add(connection, "run.ended")]
        assert events.last(connection) == numbers[-1]
    with database.read() as connection:
        every = events.after(connection, 0)
        ours = events.after(connection, numbers[0], subject="run-1")
        first = events.after(connection, 0, limit=1)
    assert [event.seq for event in every] == numbers == sorted(numbers)
    assert [event.kind for event in ours] == ["run.ended"]
    assert first == every[:1]
    assert every[0].data == {"text": "a\0b", "n": 1.5}


def test_an_event_number_is_never_given_twice(database: Database):
    with database.write() as connection:
        assert events.last(connection) == 0
        last = [add(connection, "x") for _ in range(3)][-1]
        assert events.prune(connection, before=LATER) == 3
        assert add(connection, "y") > last


def test_a_reader_who_saw_an_event_is_never_shown_an_earlier_one_later(database: Database):
    seen: list[int] = []
    done = threading.Event()

    def follow():
        while True:
            is_last_look = done.is_set()
            with database.read() as connection:
                seen.extend(event.seq for event in events.after(connection, seen[-1] if seen else 0))
            if is_last_look:
                return

    def write():
        for _ in range(25):
            with database.write() as connection:
                add(connection, "x")

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write) for _ in range(4)]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    assert len(seen) == 100


def test_facts_are_replaced_by_newer_ones_only(database: Database):
    with database.write() as connection:
        assert facts.save(connection, machine="m1", at=LATER, values={"memory": {"total": 1}}, unread={"os": "no"})
        assert not facts.save(connection, machine="m1", at=NOW, values={}, unread={})
        assert facts.save(connection, machine="m2", at=NOW, values={}, unread={})
        kept = facts.latest(connection, "m1")
        assert [seen.machine for seen in facts.sightings(connection)] == ["m1", "m2"]
        assert facts.moments(connection) == {"m1": LATER, "m2": NOW}
        assert facts.sighting(connection, "m1") == facts.sightings(connection)[0]
        assert facts.sighting(connection, "m3") is None
        facts.forget(connection, "m1")
        assert facts.latest(connection, "m1") is None
    assert (kept.at, kept.values, kept.unread) == (LATER, {"memory": {"total": 1}}, {"os": "no"})


def test_when_machines_were_seen_is_told_without_their_facts(database: Database):
    with database.write() as connection:
        assert facts.save(connection, machine="m1", at=LATER, values={"memory": {"total": 1}}, unread={"os": "no"})
        assert facts.save(connection, machine="m2", at=NOW, values={}, unread={})
        seen = [(one.machine, one.at, one.unread) for one in facts.sightings(connection)]
    assert seen == [("m1", LATER, {"os": "no"}), ("m2", NOW, {})]


def test_observations_are_kept_newest_first_until_they_are_pruned(database: Database):
    values = [True, 3, 2.5, "a\0b"]
    seen = [
        Observation(resource="res-1", name="x", value=value, source="test", at=NOW + timedelta(minutes=minute))
        for minute, value in enumerate(values)
    ]
    with database.write() as connection:
        observations.append(connection, seen)
        observations.append(connection, [])
        observations.append(connection, [replace(seen[0], name="other")])
        assert observations.recent(connection, resource="res-1", name="x") == tuple(reversed(seen))
        assert observations.recent(connection, resource="res-1", name="x", limit=1) == (seen[-1],)
        assert observations.prune(connection, before=NOW + timedelta(minutes=2)) == 3
        assert observations.recent(connection, resource="res-1", name="x") == (seen[3], seen[2])


def test_a_change_is_closed_once(database: Database):
    with database.write() as connection:
        changes.insert(connection, cases.change())
        assert changes.get(connection, "chg-1") == cases.change()
        assert changes.close(connection, "chg-1", at=LATER, result="verified", commit="")
        assert not changes.close(connection, "chg-1", at=LATER, result="failed", commit="x")
        changes.set_commit(connection, "chg-1", "abc")
        closed = changes.get(connection, "chg-1")
        changes.insert(connection, replace(cases.change(2), opened=LATER))
        assert [change.id for change in changes.listing(connection)] == ["chg-2", "chg-1"]
        assert changes.get(connection, "chg-9") is None
    expected = replace(cases.change(), state=ChangeState.CLOSED, closed=LATER, result="verified", commit="abc")
    assert closed == expected


def test_changes_without_a_file_are_told_until_they_have_one(database: Database):
    with database.write() as connection:
        for number, result in enumerate(["verified", "failed", "denied", "expired", "open"], start=1):
            changes.insert(connection, cases.change(number))
            if result != "open":
                changes.close(connection, f"chg-{number}", at=NOW + timedelta(minutes=9 - number), result=result)
        assert [change.id for change in changes.undocumented(connection)] == ["chg-2", "chg-1"]
        changes.set_commit(connection, "chg-2", "abc")
        assert [change.id for change in changes.undocumented(connection)] == ["chg-1"]


def test_a_grant_is_in_force_from_its_beginning_to_its_end_unless_revoked(database: Database):
    grant = cases.grant()
    with database.write() as connection:
        grants.insert(connection, grant)
        assert grants.active(connection, NOW) == (grant,)
        assert grants.active(connection, grant.expires - timedelta(microseconds=1)) == (grant,)
        assert grants.active(connection, grant.expires) == ()
        assert grants.active(connection, NOW - timedelta(microseconds=1)) == ()
        assert grants.revoke(connection, "grt-1", at=LATER)
        assert not grants.revoke(connection, "grt-1", at=LATER)
        assert grants.active(connection, LATER) == ()
        assert grants.listing(connection) == (replace(grant, revoked=LATER),)


def test_a_grant_is_used_up_to_its_daily_maximum_and_again_the_next_day(database: Database):
    with database.write() as connection:
        grants.insert(connection, cases.grant(daily_maximum=2))
        uses = [grants.count_use(connection, "grt-1", run=f"run-{n}", at=NOW) for n in range(3)]
        assert uses == [True, True, False]
        assert grants.uses_since(connection, NOW - cases.HOUR) == {"grt-1": 2}
        assert not grants.count_use(connection, "grt-1", run="r", at=NOW + timedelta(hours=24, microseconds=-1))
        assert grants.count_use(connection, "grt-1", run="r", at=NOW + timedelta(hours=24))


def test_a_grant_that_is_not_in_force_cannot_be_used(database: Database):
    with database.write() as connection:
        grants.insert(connection, cases.grant())
        assert not grants.count_use(connection, "grt-9", run="r", at=NOW)
        assert not grants.count_use(connection, "grt-1", run="r", at=cases.grant().expires)
        grants.revoke(connection, "grt-1", at=NOW)
        assert not grants.count_use(connection, "grt-1", run="r", at=NOW)


def test_the_last_use_of_a_grant_goes_to_one_of_many(database: Database):
    with database.write() as connection:
        grants.insert(connection, cases.grant(daily_maximum=1))
    start, won = threading.Barrier(12), []

    def use(number: int):
        start.wait()
        with database.write() as connection:
            won.append(grants.count_use(connection, "grt-1", run=f"run-{number}", at=NOW))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(won) == 1


def test_a_new_store_has_no_brake_on_and_every_change_raises_the_epoch(database: Database):
    with database.write() as connection:
        assert brakes.get(connection) == BrakeState(brake=Brake.NONE, epoch=0)
        on = brakes.set(connection, brake=Brake.PAUSE, at=NOW, by="owner\0", reason="storm", until=LATER)
        off = brakes.set(connection, brake=Brake.NONE, at=LATER, by="owner", reason="")
    assert on == BrakeState(brake=Brake.PAUSE, epoch=1, since=NOW, by="owner\0", reason="storm", until=LATER)
    assert (off.brake, off.epoch, off.until) == (Brake.NONE, 2, None)


def test_a_brake_that_is_gone_is_an_error_and_not_no_brake(database: Database):
    with database.write() as connection:
        connection.execute(sa.delete(brakes.BRAKES))
    with database.read() as connection, pytest.raises(NeedsPerson):
        brakes.get(connection)


def test_a_brake_nobody_knows_is_an_error_and_not_no_brake(database: Database):
    with database.write() as connection:
        connection.execute(sa.update(brakes.BRAKES).values(brake="handbrake"))
    with database.read() as connection, pytest.raises(Bug, match="BrakeState cannot be read"):
        brakes.get(connection)


def test_locks_are_taken_all_or_none_and_given_back_together(database: Database):
    with database.write() as connection:
        assert locks.take(connection, ["a", "b", "a"], run="run-1", at=NOW)
        assert locks.take(connection, ["b", "c"], run="run-1", at=LATER)
        assert not locks.take(connection, ["d", "c"], run="run-2", at=NOW)
        assert locks.take(connection, ["d"], run="run-2", at=NOW)
        assert not locks.take(connection, ["d", "c", "e"], run="run-2", at=NOW)
        assert locks.take(connection, [], run="run-3", at=NOW)
        held = [(lock.key, lock.run) for lock in locks.holders(connection)]
        locks.release(connection, "run-1")
        assert [lock.key for lock in locks.holders(connection)] == ["d"]
        assert locks.take(connection, ["d", "c"], run="run-2", at=NOW)
    assert held == [("a", "run-1"), ("b", "run-1"), ("c", "run-1"), ("d", "run-2")]


def test_the_control_plane_keeps_its_id_and_every_start_is_a_new_epoch(database: Database):
    with database.write() as connection:
        first = identity.control_plane(connection)
        second = identity.next_epoch(connection)
    with database.read() as connection:
        assert identity.control_plane(connection) == second
    assert first.control_plane.startswith("cp-")
    assert (first.control_plane, first.epoch + 1) == (second.control_plane, second.epoch)


def test_a_store_without_identity_is_an_error(database: Database):
    with database.write() as connection:
        connection.execute(sa.delete(identity.IDENTITY))
        with pytest.raises(NeedsPerson):
            identity.next_epoch(connection)


def test_the_owners_hashes_are_kept_and_taken_away(database: Database):
    with database.write() as connection:
        assert (owner.get_hash(connection), owner.get_setup_code(connection)) == (None, None)
        owner.set_setup_code(connection, "c")
        owner.set_hash(connection, "h")
        assert (owner.get_hash(connection), owner.get_setup_code(connection)) == ("h", "c")
        owner.set_setup_code(connection, None)
        assert owner.get_setup_code(connection) is None


def test_wrong_guesses_are_counted_in_their_window(database: Database):
    with database.write() as connection:
        for minutes in (0, 1, 2):
            owner.count_failure(connection, NOW + timedelta(minutes=minutes))
        assert owner.failures_since(connection, LATER) == 2
        owner.forget_failures(connection, before=LATER + timedelta(seconds=1))
        assert owner.failures_since(connection, NOW) == 1
