from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from steward.adapters.anchors.json_lines import JsonLinesAnchor
from steward.adapters.signers.ed25519_file import Ed25519File
from steward.core.audit import Audit
from steward.lib.codec import decode
from steward.model.audit import AuditHead, AuditRow, Checkpoint, ProblemKind, row_hash, sealed, verify_chain
from steward.model.errors import Bug, NeedsPerson, StewardError, TryLater
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.store import audit as table
from steward.store.audit import AUDIT, AUDIT_CHECKPOINTS, AUDIT_HEAD
from steward.store.database import Connection, Database
from tests.databases import NOW
from tests.unit.store.cases import enter, entered

OWNER = Principal(id="owner", kind=PrincipalKind.PERSON, name="O", strength=Strength.STEP_UP, channel="cli")


class MovedClock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def local(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds() + 0.1

    def boot(self) -> str:
        return "boot-1"

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def masked(value):
    return json.loads(json.dumps(value).replace("hunter2", "***"))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def audit(database: Database, keys: Path, clock: MovedClock) -> Audit:
    return opened(database, keys, clock)


def opened(database: Database, keys: Path, clock: MovedClock) -> Audit:
    anchor, signer = JsonLinesAnchor(keys / "anchor.jsonl"), Ed25519File(keys / "key")
    return Audit(database=database, clock=clock, signer=signer, anchor=anchor, redact=masked)


def append(audit: Audit, connection: Connection, number: int) -> AuditRow:
    payload = {"number": number, "text": "a\0b \ud800"}
    return audit.append(
        connection, kind="x.done", actor=OWNER, subject=f"run-{number}", fingerprint="f", payload=payload
    )


def fill(audit: Audit, database: Database, count: int) -> None:
    with database.write() as connection:
        for number in range(1, count + 1):
            append(audit, connection, number)


def problems(audit: Audit) -> set[ProblemKind]:
    return {problem.kind for problem in audit.verify().problems}


def test_rows_come_back_as_they_were_written(audit: Audit, database: Database):
    with database.write() as connection:
        first, second = append(audit, connection, 1), append(audit, connection, 2)
    with database.read() as connection:
        assert table.rows(connection) == (first, second)
        assert table.rows(connection, subject="run-2") == (second,)
        assert table.rows(connection, after=1) == (second,)
        assert table.newest(connection, limit=1) == (second,)
        assert table.newest(connection, subject="run-1") == (first,)
        assert table.head(connection) == AuditHead(seq=2, hash=second.hash)
    assert second.previous == first.hash
    assert first.actors[0].strength is Strength.STEP_UP
    assert audit.verify().problems == ()


def test_an_empty_audit_is_whole(audit: Audit):
    verified = audit.verify()
    assert (verified.rows, verified.signed_until, verified.problems) == (0, 0, ())
    assert audit.tick(NOW) is None


def test_a_row_commits_and_vanishes_with_its_transaction(audit: Audit, database: Database):
    def block(connection: Connection):
        append(audit, connection, 1)
        raise KeyError

    with pytest.raises(KeyError), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert table.head(connection).seq == 0
    fill(audit, database, 1)
    assert audit.verify().rows == 1


def test_no_audit_no_action_even_when_the_error_is_swallowed(database: Database, keys: Path, clock: MovedClock):
    def broken(_value):
        raise RuntimeError

    audit = Audit(
        database=database,
        clock=clock,
        signer=Ed25519File(keys / "key"),
        anchor=JsonLinesAnchor(keys / "anchor"),
        redact=broken,
    )

    def block(connection: Connection):
        enter(connection, "the action")
        with pytest.raises(RuntimeError):
            append(audit, connection, 1)

    with pytest.raises(Bug, match="given up"), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert entered(connection) == ()


def test_no_head_no_action(audit: Audit, database: Database):
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT_HEAD))

    def block(connection: Connection):
        enter(connection, "the action")
        append(audit, connection, 1)

    with pytest.raises(NeedsPerson), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert entered(connection) == ()


def test_nothing_is_appended_onto_a_row_that_is_already_there(audit: Audit, database: Database):
    fill(audit, database, 3)
    with database.write() as connection:
        connection.execute(sa.update(AUDIT_HEAD).values(seq=2))
    with pytest.raises(StewardError), database.write() as connection:
        append(audit, connection, 9)
    with database.read() as connection:
        assert len(table.rows(connection)) == 3


def test_payload_and_subject_are_masked_before_they_are_hashed(audit: Audit, database: Database):
    with database.write() as connection:
        row = audit.append(
            connection, kind="x.done", actor=OWNER, subject="say\u202ehunter2\n", payload={"argv": ["-p", "hunter2"]}
        )
    with database.read() as connection:
        everything = str(connection.execute(sa.select(AUDIT)).all())
    assert "hunter2" not in everything
    assert row.payload == '{"argv":["-p","***"]}'
    assert row.subject == "say\\u{202e}***\\n"
    assert audit.verify().problems == ()


def test_many_processes_worth_of_writers_make_one_chain(audit: Audit, database: Database, database_url, keys, clock):
    other = Database(database_url)
    second = opened(other, keys, clock)

    def write(one: Audit, its: Database):
        for number in range(10):
            with its.write() as connection:
                append(one, connection, number)

    pairs = [(audit, database), (second, other)] * 4
    threads = [threading.Thread(target=write, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert (audit.verify().rows, audit.verify().problems) == (80, ())


# --- checkpoints


def test_a_checkpoint_is_signed_when_due_kept_and_anchored(audit: Audit, database: Database, keys: Path):
    fill(audit, database, 3)
    made = audit.tick(NOW)
    assert audit.tick(NOW) is None
    fill(audit, database, 1)
    assert audit.tick(NOW + timedelta(seconds=599)) is None
    later = audit.tick(NOW + timedelta(seconds=600))
    assert (made.seq, later.seq) == (3, 4)
    with database.read() as connection:
        assert table.checkpoints(connection) == (made, later)
        assert table.newest_checkpoint(connection) == later
    assert JsonLinesAnchor(keys / "anchor.jsonl").read() == (made, later)
    assert audit.verify().signed_until == 4
    assert audit.verify().problems == ()


def test_without_the_anchor_nothing_is_signed_and_the_next_tick_heals(audit: Audit, database: Database, keys: Path):
    keys.mkdir()
    (keys / "anchor.jsonl").mkdir()
    fill(audit, database, 3)
    with pytest.raises(TryLater, match="anchor"):
        audit.tick(NOW)
    with database.read() as connection:
        assert table.checkpoints(connection) == ()
    (keys / "anchor.jsonl").rmdir()
    assert audit.tick(NOW).seq == 3
    assert audit.verify().problems == ()


def test_a_crash_between_anchor_and_store_is_no_problem(audit: Audit, database: Database):
    fill(audit, database, 3)
    audit.tick(NOW)
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT_CHECKPOINTS))
    assert audit.verify().problems == ()
    assert audit.tick(NOW).seq == 3
    assert audit.verify().problems == ()


def test_two_that_sign_the_same_row_do_no_harm(audit: Audit, database: Database, database_url, keys, clock):
    fill(audit, database, 3)
    anchored = JsonLinesAnchor(keys / "anchor.jsonl")
    first = audit.tick(NOW)
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT_CHECKPOINTS))
    second = audit.tick(NOW + timedelta(seconds=1))
    with database.write() as connection:
        assert not table.keep_checkpoint(connection, first)
    assert anchored.read() == (first, second)
    assert audit.verify().problems == ()


def test_rows_written_during_a_verification_are_no_problem(audit: Audit, database: Database, monkeypatch):
    fill(audit, database, 3)
    original = table.head

    def and_then_more(connection, **words):
        found = original(connection, **words)
        if not words:
            threading.Thread(target=fill, args=(audit, database, 2)).run()
        return found

    if database.dialect.journal == "delete":
        pytest.skip("in rollback-journal mode nobody writes while somebody reads")
    monkeypatch.setattr("steward.core.audit.table.head", and_then_more)
    assert audit.verify().problems == ()


# --- tampering


@pytest.fixture
def signed(audit: Audit, database: Database) -> Audit:
    fill(audit, database, 10)
    audit.tick(NOW)
    return audit


EDITS = {
    "previous": "x",
    "wall": "2026-11-21T12:00:01+00:00",
    "monotonic": 7.0,
    "boot": "boot-2",
    "actors": '[{"id": "somebody else"}]',
    "kind": "x.undone",
    "subject": "run-99",
    "fingerprint": "g",
    "payload": '{"number":5}',
    "hash": "0" * 64,
}


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_of_any_column_is_found(signed: Audit, database: Database, column: str):
    assert set(EDITS) == {column.name for column in AUDIT.c} - {"seq"}
    with database.write() as connection:
        connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == 5).values({column: EDITS[column]}))
    assert ProblemKind.EDITED in problems(signed)


@pytest.mark.parametrize(("column", "value"), [("wall", "yesterday"), ("actors", "[oops"), ("actors", '{"id": 3}')])
def test_a_row_that_cannot_even_be_read_is_an_edit_and_no_crash(signed, database, column: str, value: str):
    with database.write() as connection:
        connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == 5).values({column: value}))
    assert problems(signed) == {ProblemKind.EDITED}


def test_a_value_of_another_type_is_an_edit_and_no_crash(sqlite_database: Database, keys: Path, clock: MovedClock):
    audit = opened(sqlite_database, keys, clock)
    fill(audit, sqlite_database, 3)
    for column in EDITS:
        with sqlite_database.write() as connection:
            connection.exec_driver_sql(f"UPDATE audit SET \"{column}\" = x'ff00' WHERE seq = 2")
    assert problems(audit) >= {ProblemKind.EDITED}


def test_a_deletion_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq == 5))
    assert problems(signed) == {ProblemKind.MISSING, ProblemKind.UNCHAINED}


def test_a_deletion_closed_up_with_new_numbers_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq == 5))
        for seq in range(6, 11):
            connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == seq).values(seq=seq - 1))
        connection.execute(sa.update(AUDIT_HEAD).values(seq=9))
    assert problems(signed) >= {ProblemKind.EDITED, ProblemKind.TRUNCATED}


def test_an_insertion_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        for seq in range(10, 4, -1):
            connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == seq).values(seq=seq + 1))
        copied = connection.execute(sa.select(AUDIT).where(AUDIT.c.seq == 4)).one()
        connection.execute(sa.insert(AUDIT).values(dict(copied._mapping) | {"seq": 5}))
    assert problems(signed) >= {ProblemKind.EDITED, ProblemKind.UNCHAINED}


def test_an_insertion_before_the_first_row_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        copied = connection.execute(sa.select(AUDIT).where(AUDIT.c.seq == 4)).one()
        connection.execute(sa.insert(AUDIT).values(dict(copied._mapping) | {"seq": 0}))
    assert problems(signed) >= {ProblemKind.EDITED, ProblemKind.REPEATED}


def test_a_changed_order_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        for old, new in ((4, 99), (5, 4), (99, 5)):
            connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == old).values(seq=new))
    assert problems(signed) >= {ProblemKind.EDITED, ProblemKind.UNCHAINED}


@pytest.mark.parametrize("with_head", [False, True])
@pytest.mark.parametrize("with_checkpoints", [False, True])
def test_a_cut_end_is_found_even_when_everything_in_the_store_is_made_to_fit(
    signed: Audit, database: Database, with_head: bool, with_checkpoints: bool
):
    with database.write() as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq > 7))
        if with_head:
            last = table.rows(connection)[-1]
            connection.execute(sa.update(AUDIT_HEAD).values(seq=7, hash=last.hash))
        if with_checkpoints:
            connection.execute(sa.delete(AUDIT_CHECKPOINTS))
    assert problems(signed) == {ProblemKind.TRUNCATED}


def test_a_chain_written_anew_is_found_by_the_anchor(signed: Audit, database: Database):
    with database.write() as connection:
        head = AuditHead(seq=0, hash="0" * 64)
        for row in table.rows(connection):
            lie = sealed(AuditRow(**{**row.__dict__, "payload": '"nothing happened"'}), head)
            values = {"payload": lie.payload, "previous": lie.previous, "hash": lie.hash}
            connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == row.seq).values(values))
            head = AuditHead(seq=lie.seq, hash=lie.hash)
        connection.execute(sa.update(AUDIT_HEAD).values(hash=head.hash))
        connection.execute(sa.delete(AUDIT_CHECKPOINTS))
    assert problems(signed) == {ProblemKind.REWRITTEN}


def test_a_forged_checkpoint_is_found(signed: Audit, database: Database, tmp_path: Path):
    fill(signed, database, 1)
    with database.write() as connection:
        head = table.head(connection)
        theirs = Ed25519File(tmp_path / "their-key")
        forged = Checkpoint(
            seq=11, hash=head.hash, at=NOW, public_key=theirs.public_key(), signature=theirs.sign(b"anything")
        )
        table.keep_checkpoint(connection, forged)
    assert problems(signed) == {ProblemKind.FORGED, ProblemKind.UNANCHORED}
    assert signed.verify().signed_until == 10


def test_a_lost_key_is_told_and_not_papered_over(signed: Audit, keys: Path):
    (keys / "key").unlink()
    assert problems(signed) == {ProblemKind.FORGED}


@pytest.mark.parametrize("rest", [b"", b"\n{}"])
def test_a_cut_anchor_is_found(signed: Audit, keys: Path, rest: bytes):
    (keys / "anchor.jsonl").write_bytes(rest)
    assert problems(signed) == {ProblemKind.UNANCHORED}


def test_a_row_after_the_head_is_found(signed: Audit, database: Database):
    with database.write() as connection:
        row = table.rows(connection, after=9)[0]
        extra = sealed(row, table.head(connection))
        connection.execute(
            sa.insert(AUDIT).from_select(
                [column.name for column in AUDIT.c],
                sa.select(*[sa.literal(11) if c.name == "seq" else c for c in AUDIT.c]).where(AUDIT.c.seq == 10),
            )
        )
        values = {"previous": extra.previous, "hash": extra.hash}
        connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == 11).values(values))
    assert problems(signed) == {ProblemKind.OVERGROWN}


# --- export


def test_an_export_can_be_verified_by_itself(signed: Audit, database: Database, keys: Path):
    lines = [json.loads(line) for line in signed.export()]
    rows = [decode(AuditRow, line["row"]) for line in lines if "row" in line]
    kept = [decode(Checkpoint, line["checkpoint"]) for line in lines if "checkpoint" in line]
    assert (len(rows), len(kept)) == (10, 1)
    head = AuditHead(seq=10, hash=rows[-1].hash)
    assert verify_chain(rows, head, kept, lambda _: True) == ()
    assert row_hash(rows[0]) == rows[0].hash
    assert json.loads(rows[0].payload) == {"number": 1, "text": "a\0b \\ud800"}


def test_an_export_of_a_long_chain_is_complete(audit: Audit, database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("steward.core.audit._BATCH", 7)
    fill(audit, database, 21)
    assert sum("row" in json.loads(line) for line in audit.export()) == 21
    assert audit.verify().problems == ()
