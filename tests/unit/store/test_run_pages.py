"""Pages of runs: every run once, in order, narrowed as asked, and the index leads there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.model.command import Command
from steward.model.run import Run, RunState
from steward.store import plans, runs
from steward.store.database import Database
from steward.store.run_pages import Wanted, page, query_of
from tests.databases import NOW
from tests.unit.store import cases

RUNS = 25


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as connection:
        for number in range(RUNS):
            command = Command(name="unit.restart" if number % 2 else "file.write", input={"machine": "mch-1"})
            target = replace(cases.plan().targets[0], machine=f"mch-{number % 3}")
            plan = replace(
                cases.plan(f"plan-{number}"),
                title=f"Größe 50% of_{number}",
                steps=(replace(cases.STEP, command=command),),
                targets=(target,),
            )
            plans.insert(connection, plan, fingerprint="f", shown="s")
            state = RunState.FAILED if number % 5 == 0 else RunState.VERIFIED
            at = NOW + timedelta(seconds=number // 4)  # several at the same moment
            run = Run(id=f"run-{number:03d}", plan=plan.id, change="c", state=state, created=at)
            runs.insert(connection, run)
    return database


def found(database: Database, *, limit: int = 100, **wanted: object) -> list[str]:
    with database.read() as connection:
        return [run.id for run, _ in page(connection, Wanted(**wanted), limit=limit)]


def pages(database: Database, **wanted: object) -> Iterator[list[str]]:
    before = None
    while ids := found(database, limit=7, before=before, **wanted):
        yield ids
        before = ids[-1]


def test_pages_hold_every_run_once_in_the_order_of_the_whole_list(filled: Database):
    whole = found(filled)
    assert len(whole) == RUNS
    assert [run for ids in pages(filled) for run in ids] == whole


def test_filtered_pages_hold_what_the_filter_lets_through_and_nothing_else(filled: Database):
    wanted = {"states": (RunState.VERIFIED,), "machine": "mch-1", "command": "unit.restart"}
    expected = {f"run-{n:03d}" for n in range(RUNS) if n % 5 and n % 3 == 1 and n % 2}
    assert len(expected) == 4
    assert {run for ids in pages(filled, **wanted) for run in ids} == expected


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("größe", RUNS),
        ("GRößE", RUNS),
        ("goal", 0),
        ("s1", 0),
        ("/", 0),
        ("OF_24", 1),
        ("0% of", RUNS),
        ("%", RUNS),
        ("__", 0),
        ("RUN-003", 1),
        ('"', 0),
    ],
)
def test_a_text_is_looked_for_in_the_title_and_the_id_and_nowhere_else(filled: Database, text: str, hits: int):
    assert len(found(filled, text=text)) == hits


def test_the_exact_commands_and_the_time_narrow_the_list(filled: Database):
    assert len(found(filled, commands=("unit.restart",))) == RUNS // 2
    assert found(filled, commands=("unit.restart", "unit.restart")) == []
    assert len(found(filled, since=NOW + timedelta(seconds=6))) == 1


@pytest.mark.parametrize(
    "wanted",
    [Wanted(), Wanted(states=(RunState.FAILED,)), Wanted(machine="mch-1"), Wanted(since=NOW), Wanted(text="of")],
)
def test_an_index_leads_to_every_page(filled: Database, wanted: Wanted):
    if filled.path is None:
        pytest.skip("the plan is told in SQLite's words")
    with filled.read() as connection:
        last = runs.get(connection, "run-012")
        query = query_of(wanted, last, limit=50)
        told = query.compile(dialect=filled.engine.dialect, compile_kwargs={"literal_binds": True})
        how = [row.detail for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {told}".replace(":", "\\:")))]
    assert any("USING INDEX runs_" in line for line in how), how
    assert not any(line == "USE TEMP B-TREE FOR ORDER BY" for line in how), how
