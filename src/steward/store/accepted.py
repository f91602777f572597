"""What the owner accepted of the workspace's text files, one row for each machine and one for the policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, JsonText, Moment

ACCEPTED = sa.Table(
    "accepted",
    METADATA,
    sa.Column("subject", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("by", KEY, nullable=False),
    sa.Column("body", JsonText(), nullable=False),
)
_A = ACCEPTED.c


def everything(connection: Connection) -> dict[str, Any]:
    """Return what was accepted, by subject, as plain JSON."""
    return {str(row.subject): row.body for row in connection.execute(sa.select(ACCEPTED))}


def put(connection: Connection, subject: str, *, at: datetime, by: str, body: Any) -> None:
    """Replace what was accepted for one subject."""
    forget(connection, subject)
    connection.execute(sa.insert(ACCEPTED).values(subject=subject, at=at, by=by, body=body))


def forget(connection: Connection, subject: str) -> None:
    """Drop what was accepted for a subject; from then on nothing is."""
    connection.execute(sa.delete(ACCEPTED).where(_A.subject == subject))
