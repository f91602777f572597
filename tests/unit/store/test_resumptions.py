"""Runs that go on from others, on both databases: links are kept, and asking again is answered once."""

from __future__ import annotations

import pytest

from steward.model.ids import RunId
from steward.model.resumed import Asking, Resumption
from steward.store import plans, resumptions, runs
from steward.store.database import Database
from tests.databases import NOW
from tests.unit.store import cases

OLD, NEW, OTHER = RunId("run-1"), RunId("run-2"), RunId("run-3")


@pytest.fixture
def kept(database: Database) -> Database:
    with database.write() as connection:
        for number in (1, 2, 3):
            plans.insert(connection, cases.plan(f"plan-{number}"), fingerprint="f", shown="s")
            runs.insert(connection, cases.run(number))
    return database


def test_what_goes_on_from_a_run_is_found_with_it(kept: Database):
    links = [Resumption(run=OLD, successor=each, is_fork=each is OTHER, at=NOW) for each in (NEW, OTHER)]
    with kept.write() as connection:
        for each in links:
            resumptions.link(connection, each)
    with kept.read() as connection:
        assert resumptions.of_run(connection, OLD) == tuple(links)
        assert resumptions.of_run(connection, NEW) == ()


def test_asking_again_is_noted_once_and_answered_once(kept: Database):
    with kept.write() as connection:
        resumptions.ask(connection, OLD, at=NOW)
        resumptions.ask(connection, OLD, at=NOW)
        assert resumptions.unanswered(connection) == (Asking(run=OLD, at=NOW),)
        assert resumptions.answer(connection, OLD, successor=NEW)
        assert not resumptions.answer(connection, OLD, successor=OTHER)
        assert not resumptions.refuse(connection, OLD, why="late")
    with kept.read() as connection:
        assert resumptions.unanswered(connection) == ()
        assert resumptions.asking(connection, OLD) == Asking(run=OLD, at=NOW, successor=NEW)


def test_what_was_refused_is_neither_asked_nor_answered(kept: Database):
    with kept.write() as connection:
        resumptions.ask(connection, OLD, at=NOW)
        assert resumptions.refuse(connection, OLD, why="no \x00 word")
        assert not resumptions.answer(connection, OLD, successor=NEW)
        assert resumptions.unanswered(connection) == ()
        assert resumptions.asking(connection, OLD).refused == "no \x00 word"
        assert not resumptions.answer(connection, NEW, successor=OTHER)  # never to be asked


def test_more_of_a_reason_is_put_behind_it(kept: Database):
    with kept.write() as connection:
        runs.add_reason(connection, OLD, "first")
        runs.add_reason(connection, OLD, "second")
    with kept.read() as connection:
        assert runs.get(connection, OLD).reason == "first; second"
