"""Every difference between SQLite and Postgres.

Both are made to behave alike: one writer at a time, a commit is on disk when it returns, a reader sees one moment
and can change nothing, and a wait for the writer's turn ends after half a minute.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy import event, exc

try:
    from pysqlite3 import dbapi2 as _driver  # pyright: ignore[reportMissingTypeStubs]
except ImportError:  # no wheel for this machine: the system's library, in rollback-journal mode
    import sqlite3 as _driver

sqlite: Any = _driver

WAIT_SECONDS = 30
_READS = "steward_reads"
_WRITER_LOCK = 0x5743_5244
_ROLES_LOCK = 0x5743_5245
_STALLED = "3s"
"""After what silence of ours in the middle of a transaction the server gives others what we hold."""
_LINK: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How a server that is cut off is noticed within seconds; the system's own limits are a quarter of an hour and more."""
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 24}


class Failure(StrEnum):
    """What a failed statement means to whoever waits for it."""

    BUSY = "busy"
    FULL = "full"
    READ_ONLY = "read_only"
    GONE = "gone"
    TAKEN = "taken"
    DAMAGED = "damaged"
    OTHER = "other"


class Dialect(Protocol):
    """What differs."""

    name: str
    where: str
    journal: str

    def engine(self) -> sa.Engine:
        """Open the database; for SQLite this makes the file, for Postgres nothing is connected yet."""
        ...

    def for_durable_work(self) -> tuple[str, dict[str, Any]]:
        """Return URL and engine options with which the durable-execution engine opens the same database."""
        ...

    def takes(self, connection: sa.Connection, role: str) -> bool:
        """Take a role for as long as this connection lives; False when another process has it."""
        ...

    def reads(self, connection: sa.Connection) -> None:
        """Make the next transaction of this connection one that cannot write."""
        ...

    def failure(self, error: exc.DBAPIError) -> Failure:
        """Tell what an error of the driver means."""
        ...

    def backup(self, engine: sa.Engine, target: Path) -> None:
        """Copy the whole database into a file while it is in use."""
        ...

    def restore(self, engine: sa.Engine, source: Path) -> None:
        """Put a backup back over the database."""
        ...


class Sqlite:
    """One file on this machine."""

    name = "sqlite"

    def __init__(self, path: Path, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.path = path
        self._wait_seconds = wait_seconds
        self.where = str(path)
        self.journal = "wal" if has_fixed_wal(sqlite.sqlite_version_info) else "delete"

    def engine(self) -> sa.Engine:
        """Make the file when it is not there, set its journal and return the engine.

        Only a library without the WAL-reset bug writes a WAL; any other keeps a rollback journal, slower and safe.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self.path.chmod(0o600)
        # No transaction of the driver's own: `_begin_sqlite` says when one begins, data definition included.
        options = {"isolation_level": None, "check_same_thread": False, "timeout": self._wait_seconds}
        url = sa.URL.create("sqlite", database=self.where)
        engine = sa.create_engine(url, module=sqlite, connect_args=options, pool_timeout=self._wait_seconds, **_POOL)
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "begin", _begin_sqlite)
        with engine.connect():
            return engine

    def for_durable_work(self) -> tuple[str, dict[str, Any]]:
        """See `Dialect`: with our SQLite library, not the system's."""
        return f"sqlite:///{self.where}", {"module": sqlite}

    def takes(self, connection: sa.Connection, role: str) -> bool:  # noqa: ARG002
        """See `Dialect`: whoever opens the file lies on the same machine, where the data folder's lease decides."""
        return True

    def reads(self, connection: sa.Connection) -> None:
        """See `Dialect`."""
        connection.execution_options(**{_READS: True})

    def failure(self, error: exc.DBAPIError) -> Failure:
        """See `Dialect`. The messages are SQLite's own and have been the same for twenty years."""
        return next((kind for text, kind in _SQLITE_FAILURES if text in str(error.orig)), Failure.OTHER)

    def backup(self, engine: sa.Engine, target: Path) -> None:
        """See `Dialect`: the online backup of SQLite, on disk when this returns."""
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self._copy(engine, target, is_restore=False)
        with target.open("rb") as file:
            os.fsync(file.fileno())

    def restore(self, engine: sa.Engine, source: Path) -> None:
        """See `Dialect`."""
        self._copy(engine, source, is_restore=True)

    def _set_up(self, connection: Any, _record: object) -> None:
        for pragma in (f"busy_timeout={self._wait_seconds * 1000:.0f}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        self.journal = connection.execute(f"PRAGMA journal_mode={self.journal}").fetchone()[0]

    def _copy(self, engine: sa.Engine, file: Path, *, is_restore: bool) -> None:
        live: Any = engine.raw_connection()
        copy: Any = sqlite.connect(str(file))
        try:
            source, target = (copy, live.driver_connection) if is_restore else (live.driver_connection, copy)
            source.backup(target)
        except sqlite.Error as error:
            raise exc.OperationalError("backup", None, error) from error
        finally:
            copy.close()
            live.close()


class Postgres:
    """A server."""

    name = "postgresql"
    journal = "server"

    def __init__(self, url: sa.URL, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._url = url.set(drivername="postgresql+psycopg")
        self.where = url.render_as_string(hide_password=True)

    def engine(self) -> sa.Engine:
        """Return an engine whose every session commits to disk and gives up waiting after half a minute."""
        given = self._url.query.get("options", "")
        lock_timeout = f"{self._wait_seconds * 1000:.0f}ms"
        options = f"{given} -c synchronous_commit=on -c timezone=UTC -c lock_timeout={lock_timeout}".strip()
        settings = {"options": options, **_LINK}
        engine = sa.create_engine(
            self._url, pool_pre_ping=True, connect_args=settings, pool_timeout=self._wait_seconds, **_POOL
        )
        event.listen(engine, "begin", _begin_postgres)
        return engine

    def for_durable_work(self) -> tuple[str, dict[str, Any]]:
        """See `Dialect`."""
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        options = f"{self._url.query.get('options', '')} -c idle_in_transaction_session_timeout={_STALLED}".strip()
        return url, {"connect_args": {"options": options, **_LINK}}

    def takes(self, connection: sa.Connection, role: str) -> bool:
        """See `Dialect`: a session's advisory lock, given back by the server when the session ends."""
        query = sa.text("SELECT pg_try_advisory_lock(:space, hashtext(:role))")
        return bool(connection.execute(query, {"space": _ROLES_LOCK, "role": role}).scalar_one())

    def reads(self, connection: sa.Connection) -> None:
        """See `Dialect`."""
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, **{_READS: True})

    def failure(self, error: exc.DBAPIError) -> Failure:
        """See `Dialect`."""
        state = error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None
        if state in _POSTGRES_FAILURES:
            return _POSTGRES_FAILURES[state]
        is_gone = error.connection_invalidated or state is None or state[:2] in {"08", "57"}
        return Failure.GONE if is_gone and isinstance(error, exc.OperationalError) else Failure.OTHER

    def backup(self, engine: sa.Engine, target: Path) -> None:
        """See `Dialect`: never called, a server is backed up with its own tools."""
        raise NotImplementedError

    def restore(self, engine: sa.Engine, source: Path) -> None:
        """See `Dialect`: never called, there is no backup."""
        raise NotImplementedError


def has_fixed_wal(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite is without the bug that can corrupt a WAL written by several connections."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def dialect_of(url: str, *, wait_seconds: float = WAIT_SECONDS) -> Dialect | None:
    """Return the dialect a URL asks for, or None when it is neither `sqlite:////path` nor `postgresql://...`."""
    if re.match(r"sqlite:////[^/?]", url):
        return Sqlite(Path(url.removeprefix("sqlite:///")), wait_seconds=wait_seconds)
    if re.match(r"postgresql://", url):
        return Postgres(sa.make_url(url), wait_seconds=wait_seconds)
    return None


def _begin_sqlite(connection: sa.Connection) -> None:
    is_read = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if is_read else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if is_read else "BEGIN IMMEDIATE")


def _begin_postgres(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get(_READS, False):
        connection.exec_driver_sql(
            f"SET LOCAL idle_in_transaction_session_timeout='{_STALLED}'; SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
        )


_SQLITE_FAILURES = (
    ("is locked", Failure.BUSY),
    ("is full", Failure.FULL),
    ("readonly database", Failure.READ_ONLY),
    ("unable to open", Failure.READ_ONLY),
    ("disk I/O error", Failure.FULL),
    ("UNIQUE constraint", Failure.TAKEN),
    ("malformed", Failure.DAMAGED),
    ("not a database", Failure.DAMAGED),
)
_POSTGRES_FAILURES = {
    "55P03": Failure.BUSY,  # lock_not_available
    "40001": Failure.BUSY,  # serialization_failure
    "40P01": Failure.BUSY,  # deadlock_detected
    "53300": Failure.BUSY,  # too_many_connections
    "25P03": Failure.GONE,  # idle_in_transaction_session_timeout: we were stopped or cut off while others waited
    "53100": Failure.FULL,  # disk_full
    "23505": Failure.TAKEN,  # unique_violation
    "XX001": Failure.DAMAGED,  # data_corrupted
    "XX002": Failure.DAMAGED,  # index_corrupted
}
