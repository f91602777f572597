"""The audit is looked through from its end, along an index whatever is asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.model.audit import Actor, AuditRow
from steward.store import audit, audit_search
from steward.store.audit_search import Wanted
from steward.store.database import Connection, Database
from tests.databases import NOW

KINDS = ("plan.proposed", "run.begun", "grant.added")
ACTORS = (
    (Actor(id="owner"),),
    (Actor(id="anna"), Actor(id="token-1", channel="api")),
    (Actor(id="steward", channel="internal"),),
)


def row(number: int) -> AuditRow:
    """The row of a number: kinds take turns of three, actors of five."""
    return AuditRow(
        seq=0,
        previous="",
        wall=NOW + timedelta(minutes=number),
        monotonic=float(number),
        boot="boot",
        actors=ACTORS[number % 5 % 3],
        kind=KINDS[number % 3],
        subject=f"thing-{number % 4}",
        fingerprint="",
        payload="null",
        hash="",
    )


@pytest.fixture
def filled(database: Database) -> Database:
    """Sixty rows."""
    with database.write() as connection:
        for number in range(1, 61):
            audit.append(connection, row(number))
    return database


def found(connection: Connection, limit: int = 100, **wanted) -> list[int]:
    return [each.seq for each in audit_search.find(connection, Wanted(**wanted), limit=limit)]


def test_rows_come_newest_first_and_page_by_page(filled: Database):
    with filled.read() as connection:
        assert found(connection, limit=3) == [60, 59, 58]
        assert found(connection, limit=3, before=58) == [57, 56, 55]
        assert found(connection, before=1) == []


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"kind": "run.begun"}, lambda each: each.kind == "run.begun"),
        ({"actor": "anna"}, lambda each: any(actor.id == "anna" for actor in each.actors)),
        (
            {"actor": "token-1", "kind": "grant.added"},
            lambda each: each.actors[-1].id == "token-1" and each.kind == "grant.added",
        ),
        ({"subject": "thing-2"}, lambda each: each.subject == "thing-2"),
        ({"kind": "nothing.like_it"}, lambda _each: False),
        ({"actor": "ann"}, lambda _each: False),
    ],
)
def test_a_filter_finds_what_a_plain_walk_over_all_rows_finds(filled: Database, wanted, fits):
    with filled.read() as connection:
        every = audit.rows(connection, limit=100)
        assert found(connection, **wanted) == [each.seq for each in reversed(every) if fits(each)]
        assert (
            found(connection, limit=2, before=40, **wanted)
            == [each.seq for each in reversed(every) if fits(each) and each.seq < 40][:2]
        )


def test_every_kind_and_everybody_who_acted_is_named_once(filled: Database):
    with filled.read() as connection:
        assert audit_search.kinds(connection) == tuple(sorted(KINDS))
        assert audit_search.ids_of(audit_search.actors(connection)) == ("anna", "owner", "steward", "token-1")


@pytest.mark.parametrize(("minutes", "last"), [(-5, 0), (1, 0), (2, 1), (30.5, 30), (60, 59), (999, 60)])
def test_a_moment_is_found_by_halving(filled: Database, minutes, last):
    with filled.read() as connection:
        assert audit_search.last_before(connection, NOW + timedelta(minutes=minutes)) == last


def test_one_row_is_read_whole_and_one_that_is_not_there_is_none(filled: Database):
    with filled.read() as connection:
        assert audit_search.get(connection, 7) == audit.rows(connection, after=6, limit=1)[0]
        assert audit_search.get(connection, 61) is None


@pytest.mark.parametrize(("wanted", "index"), [({"kind": "a"}, "audit_kind"), ({"subject": "a"}, "audit_subject")])
def test_a_filter_goes_along_its_index(database: Database, wanted, index):
    if database.path is None:
        pytest.skip("only SQLite tells its plan for an empty table")
    with database.read() as connection:
        query = audit_search._query(Wanted(**wanted), 10).compile(connection, compile_kwargs={"literal_binds": True})
        told = " ".join(str(line) for line in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")))
    assert index in told
    assert "TEMP B-TREE" not in told
