"""Who works on what: a resource belongs to at most one run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import RunId
from steward.store.database import Connection
from steward.store.rows import from_row
from steward.store.schema import KEY, METADATA, Moment

LOCKS = sa.Table(
    "locks",
    METADATA,
    sa.Column("key", KEY, primary_key=True),
    sa.Column("run", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("locks_run", "run"),
)
_L = LOCKS.c


@record
class Lock:
    """A key and who holds it."""

    key: str
    """What is held."""
    run: RunId
    """By which run."""
    at: datetime
    """Since when (UTC)."""


def take(connection: Connection, keys: Iterable[str], *, run: RunId, at: datetime) -> bool:
    """Take all keys for a run, or none when another run holds one. What it holds already it keeps."""
    wanted = sorted(set(keys))
    held = {row.key: row.run for row in connection.execute(sa.select(LOCKS).where(_L.key.in_(wanted)))}
    if any(holder != run for holder in held.values()):
        return False
    rows = [{"key": key, "run": run, "at": at} for key in wanted if key not in held]
    if rows:
        connection.execute(sa.insert(LOCKS), rows)
    return True


def release(connection: Connection, run: RunId) -> None:
    """Give back everything a run holds."""
    connection.execute(sa.delete(LOCKS).where(_L.run == run))


def holders(connection: Connection) -> tuple[Lock, ...]:
    """Return everything that is held."""
    return tuple(from_row(Lock, row) for row in connection.execute(sa.select(LOCKS).order_by(_L.key)))
