"""The stream of what happened, in the order of its commits."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import sqlalchemy as sa

from steward.model.event import Event
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, sequence_column

EVENTS = sa.Table(
    "events",
    METADATA,
    sequence_column(),
    sa.Column("kind", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("subject", KEY, nullable=False),
    sa.Column("actor", KEY, nullable=False),
    sa.Column("data", JsonText(), nullable=False),
    sa.Index("events_subject", "subject", "seq"),
    sa.Index("events_at", "at"),
    sqlite_autoincrement=True,  # a number is never given twice, even when the newest rows were removed
)
_E = EVENTS.c


def append(connection: Connection, event: Event) -> int:
    """Store an event and return its number.

    There is one writer at a time, so a reader who has seen a number will never be shown a smaller one later.
    """
    row = to_row(event, EVENTS)
    del row["seq"]
    return cast("int", connection.execute(sa.insert(EVENTS).values(row).returning(_E.seq)).scalar_one())


def after(connection: Connection, seq: int, *, subject: str | None = None, limit: int = 500) -> tuple[Event, ...]:
    """Return events after this number, oldest first."""
    query = sa.select(EVENTS).where(_E.seq > seq).order_by(_E.seq).limit(limit)
    if subject is not None:
        query = query.where(_E.subject == subject)
    return tuple(from_row(Event, row) for row in connection.execute(query))


def last(connection: Connection) -> int:
    """Return the number of the newest event, 0 before the first."""
    return connection.execute(sa.select(sa.func.coalesce(sa.func.max(_E.seq), 0))).scalar_one()


def prune(connection: Connection, *, before: datetime) -> int:
    """Remove events older than that; what must stay is in the audit, not here."""
    return connection.execute(sa.delete(EVENTS).where(_E.at < before)).rowcount
