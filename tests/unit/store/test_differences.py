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


def test_the_last_state_of_each_fact_of_a_machine_is_known(database: Database):
    with database.write() as connection:
        assert differences.known(connection, M) == {}
        differences.keep(connection, machine=M, fact="os", at=NOW, traits={"kernel": "6.1"})
        differences.keep(connection, machine=M, fact="units", at=NOW, traits={})
        differences.keep(connection, machine=MachineId("mch-2"), fact="os", at=NOW, traits={"kernel": "5.10"})
        differences.keep(connection, machine=M, fact="os", at=NOW + HOUR, traits={"kernel": "6.12"})
        known = differences.known(connection, M)
    assert {fact: (one.at, one.traits) for fact, one in known.items()} == {
        "os": (NOW + HOUR, {"kernel": "6.12"}),
        "units": (NOW, {}),
    }


def test_facts_that_are_as_they_were_keep_their_state_and_were_seen_later(database: Database):
    with database.write() as connection:
        for machine in (M, MachineId("mch-2")):
            differences.keep(connection, machine=machine, fact="os", at=NOW, traits={"kernel": "6.1"})
        differences.still(connection, machine=M, facts=["os", "never kept"], at=NOW + HOUR)
        differences.still(connection, machine=M, facts=[], at=NOW + 2 * HOUR)
        ours, theirs = (differences.known(connection, machine) for machine in (M, MachineId("mch-2")))
    assert {fact: (one.at, one.traits) for fact, one in ours.items()} == {"os": (NOW + HOUR, {"kernel": "6.1"})}
    assert theirs["os"].at == NOW


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
