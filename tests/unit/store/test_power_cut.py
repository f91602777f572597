"""What is left of the files after the power went away: every acknowledged commit, none of the others, no half."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from steward.model.audit import AuditRow, actors_of, verify_chain
from steward.model.event import Event
from steward.model.principal import STEWARD
from steward.store import audit, blobs, events, steps
from steward.store.database import Connection, Database
from steward.store.dialect import Sqlite, has_fixed_wal, sqlite
from tests.databases import NOW
from tests.unit.store import cases

COMMITS = 24


def work(connection: Connection, number: int) -> None:
    """What one action writes: its intent, its audit row, its event."""
    steps.intend(connection, cases.step(f"k-{number}", note="x" * (number * 97 % 5000)))
    row = AuditRow(
        seq=0,
        previous="",
        wall=NOW,
        monotonic=number / 3,
        boot="b",
        actors=actors_of(STEWARD),
        kind="step.intended",
        subject=f"k-{number}",
        fingerprint="",
        payload="{}",
        hash="",
    )
    audit.append(connection, row)
    events.append(connection, Event(seq=0, kind="x", at=NOW, subject=f"k-{number}", actor="steward", data={}))


def count(path: Path) -> int:
    """Open what is left, check that it is whole in every sense, and count what was done."""
    left = Database(f"sqlite:///{path}")
    with left.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        rows = audit.rows(connection, limit=1000)
        head = audit.head(connection)
        assert verify_chain(rows, head, (), lambda _: False) == ()
        intents = [record.key for record in steps.of_run(connection, "run-1")]
        told = [event.subject for event in events.after(connection, 0)]
    assert intents == told == [row.subject for row in rows] == [f"k-{number}" for number in range(head.seq)]
    with left.write() as connection:  # and it can be worked with
        work(connection, head.seq)
    left.close()
    return head.seq


@pytest.mark.skipif(not has_fixed_wal(sqlite.sqlite_version_info), reason="this SQLite writes no WAL")
@pytest.mark.parametrize("rest", ["cut off", "zeros", "garbage"])
def test_any_part_of_the_wal_leaves_exactly_the_commits_that_were_on_disk(
    sqlite_database: Database, tmp_path: Path, rest: str
):
    with sqlite_database.write() as connection:
        cases.propose(connection)
    with sqlite_database.engine.connect() as connection:  # the WAL begins with the first commit of this test
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("PRAGMA wal_autocheckpoint=0")
    wal = Path(f"{sqlite_database.path}-wal")
    ends: list[int] = []
    for number in range(COMMITS):
        with sqlite_database.write() as connection:
            work(connection, number)
        ends.append(wal.stat().st_size)  # here the commit is acknowledged
    whole, chance = wal.read_bytes(), random.Random(7)
    cuts = {0, 1, 31, 32, 33, len(whole)} | {end + by for end in ends for by in (-1, 0, 1) if end + by <= len(whole)}
    cuts |= {chance.randrange(len(whole)) for _ in range(40)}
    tails = {
        "cut off": lambda cut: b"",
        "zeros": lambda cut: bytes(len(whole) - cut),
        "garbage": lambda cut: chance.randbytes(len(whole) - cut),
    }
    for place, cut in enumerate(sorted(cuts)):
        folder = tmp_path / f"left-{place}"
        folder.mkdir()
        shutil.copy(sqlite_database.path, folder / "s.sqlite")
        Path(f"{folder}/s.sqlite-wal").write_bytes(whole[:cut] + tails[rest](cut))
        acknowledged = sum(end <= cut for end in ends)
        assert count(folder / "s.sqlite") == acknowledged, f"cut at {cut}"
        shutil.rmtree(folder)


def test_a_rollback_journal_left_behind_takes_the_unfinished_commit_back(sqlite_database: Database, tmp_path: Path):
    path = sqlite_database.path
    with sqlite_database.write() as connection:
        cases.propose(connection)
        for number in range(3):
            work(connection, number)
    sqlite_database.close()
    dialect = Sqlite(path)
    dialect.journal = "delete"
    engine = dialect.engine()
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA cache_size=3")  # write pages before the commit
        with connection.begin():
            work(connection, 3)
            for number in range(200):
                blobs.put(connection, number.to_bytes(2, "big") * 3000)
            connection.execute(sa.update(steps.STEPS).values(note="overwritten"))
            (tmp_path / "left").mkdir()
            for name in (path, Path(f"{path}-journal")):
                shutil.copy(name, tmp_path / "left" / name.name)
    engine.dispose()
    before, left = tmp_path / "left" / path.name, tmp_path / "left" / f"{path.name}-journal"
    assert left.stat().st_size > 0
    assert before.stat().st_size > 200 * 3000, "the unfinished commit was to have reached the file"
    assert count(before) == 3
