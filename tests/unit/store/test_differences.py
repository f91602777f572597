"""The change feed: only what differs, told once, and who did it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from steward.model.command import Outcome
from steward.model.difference import Author, Difference, compared
from steward.model.ids import MachineId
from steward.store import differences, steps
from steward.store.database import Database
from tests.databases import NOW
from tests.unit.store import cases

M = MachineId("mch-1")
HOUR = timedelta(hours=1)
CHANGED = Difference(
    machine=M, fact="os", subject="kernel", before="6.1", after="6.12", since=NOW - HOUR, at=NOW, author=Author.UNKNOWN
)


def test_only_what_differs_is_told():
    before = {"kernel": "6.1", "gone": "x", "same": "s"}
    after = {"kernel": "6.12", "new": "y", "same": "s"}
    assert compared(before, after) == (("gone", "x", ""), ("kernel", "6.1", "6.12"), ("new", "", "y"))
    assert compared(after, after) == ()


def test_the_state_before_comes_back_when_a_new_one_is_kept(database: Database):
    with database.write() as connection:
        assert differences.swap(connection, machine=M, fact="os", at=NOW, traits={"kernel": "6.1"}) is None
        known = differences.swap(connection, machine=M, fact="os", at=NOW + HOUR, traits={"kernel": "6.12"})
        again = differences.swap(connection, machine=M, fact="os", at=NOW + HOUR, traits={})
        other = differences.swap(connection, machine=MachineId("mch-2"), fact="os", at=NOW, traits={})
    assert known is not None
    assert (known.at, known.traits) == (NOW, {"kernel": "6.1"})
    assert again is not None
    assert again.traits == {"kernel": "6.12"}
    assert other is None


def test_changes_are_listed_newest_first_within_a_time_and_of_a_machine(database: Database):
    later = replace(CHANGED, at=NOW + HOUR, subject="hostname")
    other = replace(CHANGED, machine=MachineId("mch-2"), at=NOW + HOUR / 2)
    with database.write() as connection:
        differences.append(connection, (CHANGED, other, later))
        assert differences.listing(connection, since=NOW) == (later, other, CHANGED)
        assert differences.listing(connection, since=NOW, machine=M) == (later, CHANGED)
        assert differences.listing(connection, since=NOW + HOUR / 4, until=NOW + HOUR / 2) == (other,)
        differences.prune(connection, NOW + HOUR / 4)
        assert differences.listing(connection, since=NOW) == (later, other)
        differences.forget(connection, M)
        assert differences.listing(connection, since=NOW) == (other,)


def test_a_run_of_stewards_in_that_time_is_named(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        assert differences.run_between(connection, M, NOW - HOUR, NOW + HOUR) is None
        steps.intend(connection, cases.step())
        steps.finish(
            connection, "k-1", outcome=Outcome.OK, exit_code=0, output="", output_hash="", at=NOW + HOUR / 2, note=""
        )
        assert differences.run_between(connection, M, NOW + HOUR / 4, NOW + HOUR) == "run-1"
        assert differences.run_between(connection, M, NOW + HOUR, NOW + 2 * HOUR) is None
        assert differences.run_between(connection, M, NOW - HOUR, NOW - HOUR / 2) is None
        assert differences.run_between(connection, MachineId("mch-2"), NOW - HOUR, NOW + HOUR) is None
