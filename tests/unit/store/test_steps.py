from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.command import Outcome
from steward.store import steps
from steward.store.database import Connection, Database
from tests.databases import NOW
from tests.unit.store import cases


@pytest.fixture
def proposed(database: Database) -> Database:
    with database.write() as connection:
        cases.propose(connection)
    return database


def finish(connection: Connection, outcome: Outcome, key: str = "k-1", **changes: object) -> bool:
    given = {"exit_code": 0, "output": "done", "output_hash": "h", "at": NOW, "note": ""} | changes
    return steps.finish(connection, key, outcome=outcome, **given)


def test_what_an_overtaken_worker_says_late_is_void(proposed: Database):
    with proposed.write() as connection:
        steps.intend(connection, cases.step())
        first = steps.get(connection, "k-1")
        assert steps.take(connection, first)
        assert not steps.take(connection, first)
        assert not finish(connection, Outcome.FAILED, attempt=1)
        assert finish(connection, Outcome.UNKNOWN, attempt=2)
        assert not finish(connection, Outcome.FAILED, attempt=1)
        assert not steps.take(connection, replace(first, attempt=2))
        assert steps.take(connection, steps.get(connection, "k-1"))
        assert not finish(connection, Outcome.OK, attempt=2)
        assert finish(connection, Outcome.OK, attempt=3)
        assert steps.get(connection, "k-1").outcome is Outcome.OK


def test_an_intent_is_written_once(proposed: Database):
    with proposed.write() as connection:
        assert steps.intend(connection, cases.step())
        assert not steps.intend(connection, cases.step())
        assert not steps.intend(connection, cases.step(run_id="run-2", note="another run, the same key"))
        assert steps.get(connection, "k-1") == cases.step()
        assert steps.get(connection, "k-9") is None


def test_a_result_is_kept_with_whatever_the_machine_printed(proposed: Database):
    with proposed.write() as connection:
        steps.intend(connection, cases.step())
        assert finish(connection, Outcome.FAILED, exit_code=2**40, output="\x1b[0m\0\udcff", note="n")
        kept = steps.get(connection, "k-1")
    assert (kept.outcome, kept.exit_code, kept.output) == (Outcome.FAILED, 2**40, "\x1b[0m\0\udcff")
    assert (kept.output_hash, kept.ended_at, kept.note) == ("h", NOW, "n")


@pytest.mark.parametrize("final", [Outcome.OK, Outcome.FAILED])
def test_a_known_result_is_never_told_again(proposed: Database, final: Outcome):
    with proposed.write() as connection:
        steps.intend(connection, cases.step())
        assert finish(connection, final)
        assert not any(finish(connection, other, output="other") for other in Outcome)
        assert steps.get(connection, "k-1").outcome is final
        assert steps.get(connection, "k-1").output == "done"


def test_an_unknown_result_can_be_reconciled(proposed: Database):
    with proposed.write() as connection:
        steps.intend(connection, cases.step())
        assert finish(connection, Outcome.UNKNOWN, exit_code=None)
        assert finish(connection, Outcome.UNKNOWN, note="asked again")
        assert finish(connection, Outcome.OK)
        assert steps.get(connection, "k-1").outcome is Outcome.OK


def test_a_result_without_an_intent_is_refused(proposed: Database):
    with proposed.write() as connection:
        assert not finish(connection, Outcome.OK, "never-intended")


def test_steps_come_in_the_order_they_were_begun(proposed: Database):
    with proposed.write() as connection:
        cases.propose(connection, 2)
        for key in ("z", "a", "m"):
            steps.intend(connection, cases.step(key))
        steps.intend(connection, cases.step("other", "run-2"))
        steps.intend(connection, cases.step("u", is_undo=True))
        assert [record.key for record in steps.of_run(connection, "run-1")] == ["z", "a", "m", "u"]
        assert steps.of_run(connection, "run-1")[-1].is_undo


def test_actions_are_counted_from_the_moment_on(proposed: Database):
    with proposed.write() as connection:
        for minutes in range(4):
            steps.intend(connection, cases.step(f"k-{minutes}", intent_at=NOW + timedelta(minutes=minutes)))
        assert steps.count_since(connection, NOW) == 4
        assert steps.count_since(connection, NOW + timedelta(minutes=2)) == 2
        assert steps.count_since(connection, NOW + timedelta(hours=1)) == 0
