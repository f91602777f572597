"""What is kept of the owner's secret: hashes only, and how often somebody guessed wrong."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, NUMBER, Moment, sequence_column

OWNER = sa.Table(
    "owner",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("password_hash", KEY),
    sa.Column("setup_code_hash", KEY),
)
LOGIN_FAILURES = sa.Table(
    "login_failures",
    METADATA,
    sequence_column(),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("login_failures_at", "at"),
)


def get_hash(connection: Connection) -> str | None:
    """Return the argon2 hash of the owner's secret, or None before it is set."""
    return connection.execute(sa.select(OWNER.c.password_hash)).scalar_one_or_none()


def set_hash(connection: Connection, password_hash: str) -> None:
    """Set or replace the hash of the owner's secret."""
    connection.execute(sa.update(OWNER).values(password_hash=password_hash))


def get_setup_code(connection: Connection) -> str | None:
    """Return the hash of the one-time code for the first owner, or None when there is none."""
    return connection.execute(sa.select(OWNER.c.setup_code_hash)).scalar_one_or_none()


def set_setup_code(connection: Connection, code_hash: str | None) -> None:
    """Set the hash of the one-time code, or take it away."""
    connection.execute(sa.update(OWNER).values(setup_code_hash=code_hash))


def count_failure(connection: Connection, at: datetime) -> None:
    """Remember a wrong guess; the caller commits before it answers, so that a retry cannot outrun the count."""
    connection.execute(sa.insert(LOGIN_FAILURES).values(at=at))


def failures_since(connection: Connection, since: datetime) -> int:
    """Count wrong guesses since then."""
    query = sa.select(sa.func.count()).where(LOGIN_FAILURES.c.at >= since)
    return connection.execute(query).scalar_one()


def forget_failures(connection: Connection, *, before: datetime) -> None:
    """Remove wrong guesses older than that."""
    connection.execute(sa.delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.at < before))
