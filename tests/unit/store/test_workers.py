"""Who works on a store: places are taken with a rising epoch, and who lost one is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from steward.model.run import RunState
from steward.store import plans, runs, workers
from steward.store.database import Database
from steward.store.workers import Worker
from tests.databases import NOW
from tests.unit.store import cases

LATER = NOW + timedelta(seconds=1)


def worker(name: str = "shed-1", installation: str = "1f0c93aa") -> Worker:
    return Worker(
        id=f"{name}@{installation}", name=name, role="worker", version="1.0", boot="boot-1", since=NOW, at=NOW
    )


def test_a_worker_that_joins_and_beats_is_listed_with_what_it_said(database: Database):
    with database.write() as connection:
        epoch = workers.join(connection, worker())
        assert workers.beat(connection, worker().id, epoch=epoch, runs=3, at=LATER)
        assert workers.listing(connection) == (replace(worker(), epoch=1, runs=3, at=LATER),)
        assert workers.get(connection, worker().id) == replace(worker(), epoch=1, runs=3, at=LATER)


def test_whoever_takes_a_place_has_it_and_the_one_before_is_refused(database: Database):
    with database.write() as connection:
        first = workers.join(connection, worker())
        second = workers.join(connection, worker())
        assert second > first
        assert not workers.beat(connection, worker().id, epoch=first, runs=0, at=LATER)
        assert not workers.is_current(connection, worker().id, first)
        assert workers.is_current(connection, worker().id, second)
        workers.leave(connection, worker().id, first)
        assert workers.get(connection, worker().id) is not None


def test_a_worker_whose_runs_were_adopted_is_refused_until_it_joins_again(database: Database):
    with database.write() as connection:
        epoch = workers.join(connection, worker())
        silent = workers.get(connection, worker().id)
        assert silent is not None
        workers.adopt(connection, silent, by="shed-2")
        assert not workers.beat(connection, worker().id, epoch=epoch, runs=1, at=LATER)
        assert workers.join(connection, worker()) > epoch + 1
        assert [one.adopted_by for one in workers.listing(connection)] == [""]


def test_only_the_silence_that_was_seen_is_adopted(database: Database):
    with database.write() as connection:
        workers.join(connection, worker())
        seen = workers.get(connection, worker().id)
        assert seen is not None
        epoch = workers.join(connection, worker())
        workers.adopt(connection, seen, by="shed-2")
        assert workers.is_current(connection, worker().id, epoch)


def test_a_worker_that_left_or_was_not_heard_of_for_long_is_gone(database: Database):
    with database.write() as connection:
        epoch = workers.join(connection, worker())
        workers.join(connection, worker("shed-2"))
        workers.leave(connection, worker().id, epoch)
        assert [one.name for one in workers.listing(connection)] == ["shed-2"]
        workers.forget(connection, NOW)
        assert [one.name for one in workers.listing(connection)] == ["shed-2"]
        workers.forget(connection, LATER)
        assert workers.listing(connection) == ()


def test_a_worker_is_asked_to_drain_and_keeps_that_while_it_beats(database: Database):
    with database.write() as connection:
        epoch = workers.join(connection, worker())
        assert workers.drain(connection, worker().id)
        assert not workers.drain(connection, "nobody")
        workers.beat(connection, worker().id, epoch=epoch, runs=0, at=LATER)
        assert [one.is_draining for one in workers.listing(connection)] == [True]


def test_the_clock_is_the_databases_and_moves_within_a_transaction(database: Database):
    with database.write() as connection:
        first, second = workers.now(connection), workers.now(connection)
        while second == first:
            second = workers.now(connection)
        assert second > first
        assert first.tzinfo is UTC
        assert abs(datetime.now(UTC) - first) < timedelta(minutes=1)


def test_what_waits_is_counted_with_the_oldest_that_was_not_begun(database: Database):
    with database.write() as connection:
        assert workers.waiting(connection) == workers.Waiting(queued=0, open=0, oldest=None)
        plans.insert(connection, cases.plan(), fingerprint="f", shown="s")
        for number, (state, at) in enumerate(
            ((RunState.QUEUED, LATER), (RunState.QUEUED, NOW), (RunState.RUNNING, NOW), (RunState.VERIFIED, NOW))
        ):
            runs.insert(connection, replace(cases.run(number, state), plan="plan-1", created=at))
        assert workers.waiting(connection) == workers.Waiting(queued=2, open=3, oldest=NOW)
