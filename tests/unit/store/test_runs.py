from __future__ import annotations

from datetime import timedelta

import pytest

from steward.model.errors import StewardError
from steward.model.run import ENDED, RunState, may_become
from steward.store import plans, runs
from steward.store.database import Database
from tests.databases import NOW
from tests.unit.store import cases

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def planned(database: Database) -> Database:
    with database.write() as connection:
        plans.insert(connection, cases.plan(), fingerprint="f", shown="s")
    return database


def test_a_run_comes_back_as_it_was(planned: Database):
    with planned.write() as connection:
        runs.insert(connection, cases.run())
        runs.set_before(connection, "run-1", (cases.result(None), cases.result(False)))
        runs.set_after(connection, "run-1", [cases.result()])
    with planned.read() as connection:
        stored = runs.get(connection, "run-1")
        assert runs.get(connection, "run-9") is None
    assert stored.before == (cases.result(None), cases.result(False))
    assert stored.after == (cases.result(),)


@pytest.mark.parametrize("then", RunState)
def test_a_run_takes_the_arrows_of_the_diagram_and_no_other(planned: Database, then: RunState):
    with planned.write() as connection:
        for number, now in enumerate(RunState):
            plans.insert(connection, cases.plan(f"plan-{now}"), fingerprint="f", shown="s")
            run = cases.run(number, now)
            runs.insert(connection, type(run)(id=run.id, plan=f"plan-{now}", change="c", state=now, created=NOW))
            moved = runs.move(connection, run.id, to=then, at=LATER)
            assert moved is may_become(now, then), f"{now} -> {then}"
            assert runs.get(connection, run.id).state is (then if moved else now)


def test_times_and_reason_follow_the_state(planned: Database):
    with planned.write() as connection:
        runs.insert(connection, cases.run(1, RunState.QUEUED))
        assert runs.move(connection, "run-1", to=RunState.RUNNING, at=NOW)
        assert runs.move(connection, "run-1", to=RunState.UNKNOWN, at=LATER, reason="the link broke\0")
        lost = runs.get(connection, "run-1")
        assert runs.move(connection, "run-1", to=RunState.VERIFYING, at=LATER)
        found = runs.get(connection, "run-1")
        assert runs.move(connection, "run-1", to=RunState.VERIFIED, at=LATER + timedelta(1), reason="proven")
        ended = runs.get(connection, "run-1")
    assert (lost.started, lost.ended, lost.reason) == (NOW, LATER, "the link broke\0")
    assert (found.started, found.ended, found.reason) == (NOW, None, "the link broke\0")
    assert (ended.ended, ended.reason) == (LATER + timedelta(1), "proven")
    assert ended.state in ENDED


def test_a_listing_is_newest_first_by_state_and_bounded(planned: Database):
    with planned.write() as connection:
        for number, now in enumerate([RunState.QUEUED, RunState.RUNNING, RunState.QUEUED]):
            run = cases.run(1, now)
            values = {"id": f"run-{number}", "created": NOW + timedelta(seconds=number)}
            runs.insert(connection, type(run)(plan="plan-1", change="c", state=now, **values))
        queued = [run.id for run in runs.listing(connection, states=[RunState.QUEUED])]
        newest = [run.id for run in runs.listing(connection, limit=1)]
        none = runs.listing(connection, states=[])
    assert (queued, newest, none) == (["run-2", "run-0"], ["run-2"], ())


def test_a_run_that_goes_on_is_asked_to_end_once(planned: Database):
    with planned.write() as connection:
        runs.insert(connection, cases.run(1, RunState.WAITING))
        assert not runs.request_cancel(connection, "run-1", reason="no job exists yet")
        runs.move(connection, "run-1", to=RunState.QUEUED, at=NOW)
        assert runs.cancelled(connection) == frozenset()
        assert runs.request_cancel(connection, "run-1", reason="enough\0")
        assert not runs.request_cancel(connection, "run-1", reason="another reason")
        assert runs.cancelled(connection) == {"run-1"}
        assert runs.get(connection, "run-1").cancel_reason == "enough\0"
        runs.move(connection, "run-1", to=RunState.CANCELLED, at=LATER)
        assert runs.cancelled(connection) == frozenset()
        assert not runs.request_cancel(connection, "run-1", reason="too late")


def test_a_run_of_no_plan_is_refused_at_the_commit(database: Database):
    with pytest.raises(StewardError, match="refused"), database.write() as connection:
        runs.insert(connection, cases.run())
