"""Which processes carry out runs, and when each last said so."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, Moment

WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
)
_W = WORKERS.c


def beat(connection: Connection, worker: str, at: datetime) -> None:
    """Say that a worker is alive."""
    if connection.execute(sa.update(WORKERS).where(_W.id == worker).values(at=at)).rowcount == 0:
        connection.execute(sa.insert(WORKERS).values(id=worker, at=at))


def alive(connection: Connection, since: datetime) -> tuple[str, ...]:
    """Return workers that said so since then."""
    return tuple(connection.execute(sa.select(_W.id).where(_W.at >= since).order_by(_W.id)).scalars())


def silent(connection: Connection, since: datetime) -> tuple[str, ...]:
    """Return workers that did not; their runs may be adopted."""
    return tuple(connection.execute(sa.select(_W.id).where(_W.at < since).order_by(_W.id)).scalars())


def forget(connection: Connection, worker: str) -> None:
    """Drop a worker whose runs were adopted."""
    connection.execute(sa.delete(WORKERS).where(_W.id == worker))
