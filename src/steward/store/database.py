"""The database: opened from a URL, read and written in transactions, its errors told in Steward's words."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from steward.model.errors import Bug, Conflict, InvalidInput, NeedsPerson, StewardError, TryLater, Unreachable
from steward.store.dialect import WAIT_SECONDS, Dialect, Failure, Sqlite, dialect_of
from steward.store.filesystem import refuse_network

Connection = sa.Connection
"""What every function of the store takes first; `core` names this type and never the SQL library."""


class Database:
    """One database, shared with the durable-execution engine, which keeps tables and connections of its own."""

    def __init__(self, url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        """Open it, to wait so long for a lock.

        A SQLite file is made here, 0600; a server is first reached by the first transaction.

        Raises:
            InvalidInput: the URL is not one of the two kinds, or the file would lie on a network file system.
            TryLater, NeedsPerson: the file cannot be opened now, or is no database.
        """
        self.dialect = _known(url, wait_seconds)
        if isinstance(self.dialect, Sqlite):
            refuse_network(self.dialect.path.parent)
        with _told(self.dialect):
            self.engine = _opened(self.dialect)

    @property
    def path(self) -> Path | None:
        """Return the file, or None for a server."""
        return self.dialect.path if isinstance(self.dialect, Sqlite) else None

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Give a connection that sees one moment and can change nothing.

        Raises:
            TryLater: see `write`.
        """
        with _told(self.dialect), self.engine.connect() as connection:
            self.dialect.reads(connection)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Give a connection with one transaction: on disk when the block ends, gone when it raises.

        One writer at a time, over every process: what was read in the block still holds when it commits.

        Raises:
            TryLater: locked for too long, unreachable, full or read-only; nothing was written.
            Conflict: something with this id is already there.
            NeedsPerson: the database is damaged.
        """
        with _told(self.dialect), self.engine.connect() as connection, connection.begin() as transaction:
            yield connection
            if not transaction.is_active:
                raise Bug("the transaction was given up before its end", why="nothing of it was written")

    @property
    def can_back_up(self) -> bool:
        """Tell whether `backup` can be asked; a server is backed up with its own tools."""
        return isinstance(self.dialect, Sqlite)

    @contextmanager
    def held(self, role: str) -> Generator[None]:
        """Hold a role on this store, such as being its control plane, for as long as the block runs.

        Raises:
            Conflict: another process holds it, on whatever machine.
        """
        with _told(self.dialect), self.engine.connect() as connection:
            if not self.dialect.takes(connection, role):
                step = "use that one, or end it first"
                raise Conflict(f"another {role} already works on this store", where=self.dialect.where, next_step=step)
            connection.commit()
            yield

    def backup(self, target: Path) -> None:
        """Copy everything into a new file, 0600, while it is in use.

        Raises:
            TryLater: see `write`; what was made of the file is left behind.
        """
        with _told(self.dialect):
            self.dialect.backup(self.engine, target)

    def restore(self, source: Path) -> None:
        """Put a backup back over everything there is.

        Raises:
            TryLater: see `write`.
        """
        with _told(self.dialect):
            self.dialect.restore(self.engine, source)

    def close(self) -> None:
        """Drop every connection."""
        self.engine.dispose()


def give_up(connection: Connection) -> None:
    """Undo the transaction now, so that it cannot commit even when somebody swallows the error that follows."""
    connection.rollback()


def _known(url: str, wait_seconds: float) -> Dialect:
    dialect = dialect_of(url, wait_seconds=wait_seconds)
    if dialect is None:
        scheme = url.split(":", 1)[0]
        why = f"`{scheme}` is not a store" if scheme not in {"sqlite", "postgresql"} else "the path is not absolute"
        next_step = "give sqlite:////absolute/path or postgresql://user@host/name"
        raise InvalidInput("the database URL does not fit", why=why, next_step=next_step)
    return dialect


@contextmanager
def _told(dialect: Dialect) -> Generator[None]:
    """Turn errors of the driver into ours; this is the only place where they are."""
    try:
        yield
    except exc.TimeoutError as error:
        raise _error(Failure.BUSY, dialect, str(error)) from error
    except exc.DBAPIError as error:
        raise _error(dialect.failure(error), dialect, _first_line(error.orig)) from error


def _opened(dialect: Dialect) -> sa.Engine:
    try:
        return dialect.engine()
    except OSError as error:
        kind = Failure.FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Failure.READ_ONLY
        raise _error(kind, dialect, _first_line(error)) from error


def _error(failure: Failure, dialect: Dialect, why: str) -> StewardError:
    kind, what, next_step = _TOLD[failure]
    return kind(what, where=f"store {dialect.where}", why=why, next_step=next_step)


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


_TOLD: dict[Failure, tuple[type[StewardError], str, str]] = {
    Failure.BUSY: (TryLater, "the store is busy", "try again"),
    Failure.FULL: (TryLater, "the store cannot be written", "free space on its disk; Steward goes on by itself"),
    Failure.READ_ONLY: (TryLater, "the store cannot be written", "make its file system writable"),
    Failure.GONE: (Unreachable, "the database does not answer", "look at the server and the network to it"),
    Failure.TAKEN: (Conflict, "something with this id is already there", "look again"),
    Failure.DAMAGED: (NeedsPerson, "the store is damaged", "stop Steward and restore the newest backup"),
    Failure.OTHER: (Bug, "the store refused a statement", "report it"),
}
