from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from steward.model.brake import Brake
from steward.model.errors import Bug, Conflict, InvalidInput, NeedsPerson, TryLater, Unreachable
from steward.store import blobs, brakes, facts
from steward.store.database import Connection, Database, give_up
from steward.store.dialect import Failure, Postgres, Sqlite, has_fixed_wal, sqlite
from tests.databases import NOW, Server
from tests.unit.store.cases import enter, entered


def beats(connection: Connection) -> int:
    return len(entered(connection))


def test_what_a_block_writes_is_there_when_it_ends(database: Database):
    with database.write() as connection:
        enter(connection, "w1")
    with database.read() as connection:
        assert entered(connection) == ("w1",)


def test_what_a_failed_block_wrote_is_gone(database: Database):
    def block(connection: Connection):
        enter(connection, "w1")
        raise KeyError

    with pytest.raises(KeyError), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert beats(connection) == 0


def test_a_transaction_given_up_cannot_commit_although_its_error_was_swallowed(database: Database):
    def block(connection: Connection):
        enter(connection, "w1")
        give_up(connection)

    with pytest.raises(Bug, match="given up"), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert beats(connection) == 0


def test_nothing_more_is_written_after_a_transaction_was_given_up(database: Database):
    def block(connection: Connection):
        give_up(connection)
        enter(connection, "w1")

    with pytest.raises(sa.exc.InvalidRequestError), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert beats(connection) == 0


def test_a_reader_cannot_write(database: Database):
    with pytest.raises((TryLater, Bug)), database.read() as connection:
        enter(connection, "w1")
    with database.write() as connection:  # the connection that read can write again
        enter(connection, "w2")
    with database.read() as connection:
        assert entered(connection) == ("w2",)


def test_a_reader_sees_one_moment(database: Database):
    with database.read() as reader:
        assert beats(reader) == 0
        with database.write() as connection:
            enter(connection, "w1")
        assert beats(reader) == 0
    with database.read() as reader:
        assert beats(reader) == 1


def test_sixteen_writers_take_turns_and_lose_nothing(database: Database):
    errors: list[BaseException] = []

    def raise_epoch():
        try:
            for _ in range(10):
                with database.write() as connection:
                    seen = brakes.get(connection).epoch
                    after = brakes.set(connection, brake=Brake.NONE, at=NOW, by="w", reason="")
                    assert after.epoch == seen + 1, "somebody wrote between my read and my write"
        except BaseException as error:  # noqa: BLE001 - reported below, by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=raise_epoch) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.read() as connection:
        assert brakes.get(connection).epoch == 160


def test_two_databases_on_one_store_take_turns_too(database: Database, database_url: str):
    other = Database(database_url)
    done = threading.Event()

    def write():
        with other.write() as connection:
            enter(connection, "second")
        done.set()

    with database.write() as connection:
        enter(connection, "first")
        thread = threading.Thread(target=write)
        thread.start()
        assert not done.wait(0.2), "the second writer did not wait for the first"
    thread.join()
    with other.read() as connection:
        assert entered(connection) == ("first", "second")
    other.close()


def test_a_store_that_stays_locked_is_busy_and_not_broken(database: Database, database_url: str):
    other = Database(database_url, wait_seconds=0.05)
    with database.write(), pytest.raises(TryLater, match="busy"), other.write():
        pass
    other.close()


def test_something_that_is_there_already_is_a_conflict(database: Database):
    with database.write() as connection:
        enter(connection, "w1")
    with pytest.raises(Conflict), database.write() as connection:
        enter(connection, "w1")


def test_text_nobody_else_can_store_comes_back_as_it_was(database: Database):
    values = {
        "log": "a\0b",
        "half": "\ud800",
        "bidi": "\u202e",
        "number": 1.0,
        "whole": 1,
        "big": 10**30,
        "tiny": 1e-300,
    }
    with database.write() as connection:
        facts.save(connection, machine="m", at=NOW, values=values, unread={})
    with database.read() as connection:
        stored = facts.latest(connection, "m")
    assert stored.values == values
    assert [type(value) for value in stored.values.values()] == [type(value) for value in values.values()]


def test_a_time_without_a_zone_is_refused(database: Database):
    with pytest.raises(sa.exc.StatementError, match="without a zone"), database.write() as connection:
        enter(connection, "w", at=NOW.replace(tzinfo=None))


def test_blobs_that_were_changed_are_not_given_out(database: Database):
    with database.write() as connection:
        name = blobs.put(connection, b"approved")
        assert blobs.put(connection, b"approved") == name
    with database.read() as connection:
        assert blobs.get(connection, name) == b"approved"
    with database.write() as connection:
        connection.execute(sa.update(blobs.BLOBS).values(data=b"changed"))
    with database.read() as connection, pytest.raises(NeedsPerson, match="not what was approved"):
        blobs.get(connection, name)
    with database.read() as connection, pytest.raises(NeedsPerson, match="gone"):
        blobs.get(connection, "0" * 64)


# --- the file of SQLite


def test_the_file_and_the_folder_made_for_it_belong_to_their_user_alone(tmp_path: Path):
    old = os.umask(0)
    try:
        Database(f"sqlite:///{tmp_path}/deep/folder/s.sqlite").close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "deep/folder").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "deep/folder/s.sqlite").stat().st_mode) == 0o600


def test_the_wal_belongs_to_its_user_alone(sqlite_database: Database):
    with sqlite_database.write() as connection:
        enter(connection, "w")
    wal = Path(f"{sqlite_database.path}-wal")
    assert stat.S_IMODE(wal.stat().st_mode) == 0o600


def test_a_file_others_could_read_is_closed_to_them(sqlite_template: Path, tmp_path: Path):
    path = tmp_path / "s.sqlite"
    shutil.copy(sqlite_template, path)
    path.chmod(0o644)
    Database(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_connection_commits_to_disk_and_checks_references(sqlite_database: Database):
    with sqlite_database.write() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")
        }
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    assert pragmas == {"synchronous": 2, "foreign_keys": 1}
    assert (
        journal == sqlite_database.dialect.journal == ("wal" if has_fixed_wal(sqlite.sqlite_version_info) else "delete")
    )


@pytest.mark.parametrize(
    ("version", "is_fixed"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_only_a_library_without_the_wal_bug_writes_a_wal(version: tuple[int, ...], is_fixed: bool):
    assert has_fixed_wal(version) is is_fixed


def test_a_wal_is_turned_back_into_a_rollback_journal_by_a_library_that_has_the_bug(
    sqlite_template: Path, tmp_path: Path
):
    path = tmp_path / "s.sqlite"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as connection:
        enter(connection, "before")
    database.close()
    dialect = Sqlite(path)
    dialect.journal = "delete"
    engine = dialect.engine()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert entered(connection) == ("before",)
    engine.dispose()
    assert not Path(f"{path}-wal").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///relative.db", "mysql://x/y", "/var/lib/x", "sqlite:////"])
def test_a_url_that_does_not_fit_is_refused_with_the_two_that_would(url: str):
    with pytest.raises(InvalidInput, match="sqlite:////absolute/path or postgresql://"):
        Database(url)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TryLater, match="cannot be written"):
        Database(f"sqlite:///{tmp_path}/file/s.sqlite")


def test_a_file_that_is_no_database_needs_a_person(tmp_path: Path):
    (tmp_path / "s.sqlite").write_bytes(b"hello, this is not a database" * 100)
    with pytest.raises(NeedsPerson, match="damaged"):
        Database(f"sqlite:///{tmp_path}/s.sqlite")


def test_a_page_that_was_overwritten_needs_a_person(sqlite_database: Database):
    path = sqlite_database.path
    sqlite_database.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    def read():
        damaged = Database(f"sqlite:///{path}")
        with damaged.read() as connection:
            brakes.get(connection)

    with pytest.raises(NeedsPerson, match="damaged"):
        read()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_to_write_keeps_what_was_there_and_heals_by_itself(small_disk: Path, sqlite_template: Path):
    shutil.copy(sqlite_template, small_disk / "s.sqlite")
    database = Database(f"sqlite:///{small_disk}/s.sqlite")
    with database.write() as connection:
        enter(connection, "before")
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(b"x" * 2**21)

    def block(connection: Connection):
        enter(connection, "never")
        blobs.put(connection, b"y" * 2**17)

    with pytest.raises(TryLater, match="free space on its disk"), database.write() as connection:
        block(connection)
    with database.read() as connection:
        assert entered(connection) == ("before",)
    filler.unlink()
    with database.write() as connection:
        enter(connection, "after")
    with database.read() as connection:
        assert entered(connection) == ("after", "before")
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()


def test_a_disk_gone_read_only_refuses_to_write_and_heals_by_itself(small_disk: Path, sqlite_template: Path):
    shutil.copy(sqlite_template, small_disk / "s.sqlite")
    Database(f"sqlite:///{small_disk}/s.sqlite").close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(TryLater, match="cannot be written"):
        Database(f"sqlite:///{small_disk}/s.sqlite")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    database = Database(f"sqlite:///{small_disk}/s.sqlite")
    with database.write() as connection:
        enter(connection, "w")
    database.close()


# --- the server


def test_a_server_that_is_not_there_is_unreachable_and_no_password_is_told():
    database = Database("postgresql://me:hunter2@127.0.0.1:1/steward")
    with pytest.raises(Unreachable) as caught, database.read():
        pass
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    database.close()


@pytest.mark.postgres
def test_a_server_that_was_restarted_is_found_again(postgres_server: Server, postgres_template: str):
    database = Database(postgres_server.create(postgres_template))
    with database.write() as connection:
        enter(connection, "before")

    def block(connection: Connection):
        postgres_server.restart()
        beats(connection)

    with pytest.raises(Unreachable), database.read() as connection:
        block(connection)
    with database.read() as connection:
        assert entered(connection) == ("before",)
    database.close()


@pytest.mark.postgres
def test_whoever_stops_in_the_middle_of_a_write_keeps_nobody_from_writing(
    postgres_server: Server, postgres_template: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("steward.store.dialect._STALLED", "3s")
    url = postgres_server.create(postgres_template)
    stopped, other = Database(url), Database(url)

    def stop_in_the_middle(connection: Connection):
        monkeypatch.undo()  # whoever waits is given the usual time
        enter(connection, "stopped")
        with other.write() as waiting:
            enter(waiting, "other")
        beats(connection)

    with pytest.raises(Unreachable), stopped.write() as connection:
        stop_in_the_middle(connection)
    with stopped.read() as connection:
        assert entered(connection) == ("other",)
    stopped.close()
    other.close()


@pytest.mark.postgres
def test_sessions_commit_to_disk_whatever_the_server_says(postgres_server: Server, postgres_template: str):
    url = postgres_server.create(postgres_template)
    database = Database(url + "&options=-c%20synchronous_commit%3Doff")
    with database.read() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "30s"
    database.close()


@pytest.mark.parametrize(
    ("state", "failure"),
    [("40P01", Failure.BUSY), ("53100", Failure.FULL), ("57P01", Failure.GONE), ("42P01", Failure.OTHER)],
)
def test_states_of_the_server_are_told_apart(state: str, failure: Failure):
    class Told(psycopg.OperationalError):
        sqlstate = state

    error = sa.exc.OperationalError("select", None, Told())
    assert Postgres(sa.make_url("postgresql://x/y")).failure(error) is failure
