"""What programs asked for, breakers, and what is under way, on each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.budget import KEPT, Asked, Breaker
from steward.model.grant import PROVEN_DAILY
from steward.model.run import RunState
from steward.store import budgets, grants, runs, steps, trust
from steward.store.approvals import consume, decide
from steward.store.database import Database
from tests.databases import NOW
from tests.unit.store import cases

MINUTE = timedelta(minutes=1)


def asked(number: int, requester: str = "token-1") -> Asked:
    at = NOW + number * MINUTE
    return Asked(requester=requester, what=f"w{number}", result="ask", is_refused=False, at=at)


def test_the_last_requests_of_each_requester_are_kept(database: Database):
    with database.write() as connection:
        budgets.note(connection, asked(99, "token-2"))
        for number in range(KEPT + 3):
            kept = budgets.note(connection, asked(number))
        assert kept == tuple(asked(number) for number in range(3, KEPT + 3))
        assert budgets.note(connection, asked(100, "token-2")) == (asked(99, "token-2"), asked(100, "token-2"))
        assert budgets.forget(connection, before=NOW + 50 * MINUTE) == KEPT


def test_a_breaker_is_lifted_once_and_trips_again(database: Database):
    tripped = Breaker(subject="find-1", since=NOW, why="a loop")
    with database.write() as connection:
        budgets.trip(connection, tripped)
        assert budgets.breakers(connection) == (budgets.breaker(connection, "find-1"),) == (tripped,)
        assert budgets.lift(connection, "find-1", at=NOW)
        assert not budgets.lift(connection, "find-1", at=NOW)
        assert budgets.breakers(connection) == ()
        again = replace(tripped, since=NOW + MINUTE, until=NOW + 2 * MINUTE)
        budgets.trip(connection, again)
        assert budgets.breaker(connection, "find-1") == again
        assert not budgets.lift(connection, "find-1", at=NOW + 2 * MINUTE), "it is over by itself"
        assert budgets.breaker(connection, "nobody") is None


def test_what_has_begun_and_what_is_about_to_is_told(database: Database):
    with database.write() as connection:
        cases.propose(connection, 1)
        assert budgets.under_way(connection) == ()
        assert budgets.is_being_cured(connection, "fnd-1")
        assert not budgets.is_being_cured(connection, "fnd-2")
        runs.move(connection, "run-1", to=RunState.QUEUED, at=NOW)
        assert [each.steps for each in budgets.under_way(connection)] == [()]
        steps.intend(connection, cases.step())
        steps.intend(connection, cases.step("k-2", is_undo=True))
        assert [each.steps for each in budgets.under_way(connection)] == [("s1",)]
        assert [each.run for each in budgets.begun_since(connection, NOW - MINUTE)] == ["run-1"]
        assert budgets.begun_since(connection, NOW) == ()
        assert budgets.remedies_since(connection, "fnd-1", NOW - MINUTE) == ("run-1",)
        assert budgets.remedies_since(connection, "fnd-1", NOW) == ()
        assert budgets.remedies_since(connection, "fnd-2", NOW - MINUTE) == ()
        assert budgets.count_asks(connection, NOW - MINUTE) == 1


@pytest.mark.parametrize("is_approved", [True, False])
def test_experience_tells_what_a_person_allowed(database: Database, is_approved: bool):
    with database.write() as connection:
        approval = cases.propose(connection, 1)
        assert trust.since(connection, NOW) == ()
        assert [each.run.id for each in trust.since(connection, NOW, only_ended=False)] == ["run-1"]
        if is_approved:
            given = {"by": "owner", "strength": approval.least, "channel": "cli", "at": NOW}
            assert decide(connection, approval.id, to=type(approval.state)("approved"), **given)
            assert consume(connection, approval.id, at=NOW)
        for state in (RunState.QUEUED, RunState.RUNNING, RunState.VERIFYING, RunState.VERIFIED):
            assert runs.move(connection, "run-1", to=state, at=NOW)
        (each,) = trust.since(connection, NOW)
        assert (each.was_approved, each.run.state) == (is_approved, RunState.VERIFIED)
        assert trust.since(connection, NOW + MINUTE) == ()


def test_a_suspended_grant_covers_nothing_and_stays_so(database: Database):
    with database.write() as connection:
        grants.insert(connection, cases.grant())
        assert grants.suspend(connection, "grt-1", at=NOW, by="run-1")
        assert not grants.suspend(connection, "grt-1", at=NOW, by="run-2")
        assert grants.active(connection, NOW) == ()
        assert not grants.count_use(connection, "grt-1", run="r", at=NOW)
        assert grants.end_probation(connection, "grt-1") is None
        assert grants.listing(connection) == (replace(cases.grant(), suspended=NOW, suspended_by="run-1"),)


def test_probation_ends_once(database: Database):
    with database.write() as connection:
        grants.insert(connection, replace(cases.grant(), is_on_probation=True))
        confirmed = grants.end_probation(connection, "grt-1")
        assert confirmed is not None
        assert (confirmed.is_on_probation, confirmed.daily_maximum) == (False, PROVEN_DAILY)
        assert grants.get(connection, "grt-1") == confirmed
        assert grants.end_probation(connection, "grt-1") is None


def test_the_runs_of_a_grant_and_the_grants_of_a_run_are_told(database: Database):
    with database.write() as connection:
        grants.insert(connection, cases.grant(daily_maximum=9))
        grants.insert(connection, cases.grant("grt-2"))
        for run in ("run-2", "run-1", "run-2"):
            assert grants.count_use(connection, "grt-1", run=run, at=NOW)
        assert grants.count_use(connection, "grt-2", run="run-1", at=NOW)
        assert grants.uses_of(connection, "grt-1") == ("run-2", "run-1")
        assert [grant.id for grant in grants.of_run(connection, "run-1")] == ["grt-1", "grt-2"]
        assert grants.of_run(connection, "run-9") == ()
