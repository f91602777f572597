"""Answers of the API by the key their caller gave, so that a request sent again is not carried out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, JsonText, Moment

ANSWERS = sa.Table(
    "answers",
    METADATA,
    sa.Column("caller", KEY, primary_key=True),
    sa.Column("key", KEY, primary_key=True),
    sa.Column("request", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("answers_at", "at"),
)
_A = ANSWERS.c


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is known of one key."""

    request: str
    """Digest of the request it came with first."""
    at: datetime
    """When that was."""
    body: Any
    """The answer, or None while it is being worked out."""


def get(connection: Connection, caller: str, key: str) -> Kept | None:
    """Return what is known of a key, or None."""
    row = connection.execute(sa.select(ANSWERS).where(_A.caller == caller, _A.key == key)).one_or_none()
    return None if row is None else Kept(request=row.request, at=row.at, body=row.body)


def put(connection: Connection, caller: str, key: str, kept: Kept) -> None:
    """Keep this for a key, in place of what there was."""
    drop(connection, caller, key)
    values = {"request": kept.request, "at": kept.at, "body": kept.body}
    connection.execute(sa.insert(ANSWERS).values(caller=caller, key=key, **values))


def drop(connection: Connection, caller: str, key: str) -> None:
    """Forget a key."""
    connection.execute(sa.delete(ANSWERS).where(_A.caller == caller, _A.key == key))


def count(connection: Connection, caller: str) -> int:
    """Return how many keys of a caller are kept."""
    return connection.execute(sa.select(sa.func.count()).select_from(ANSWERS).where(_A.caller == caller)).scalar_one()


def prune(connection: Connection, *, before: datetime) -> int:
    """Forget answers older than that and return how many they were."""
    return connection.execute(sa.delete(ANSWERS).where(_A.at < before)).rowcount
