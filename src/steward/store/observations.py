"""The history of values seen: evidence, as long as it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from steward.model.ids import ResourceId
from steward.model.observation import Observation
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, sequence_column

OBSERVATIONS = sa.Table(
    "observations",
    METADATA,
    sequence_column(),
    sa.Column("resource", KEY, nullable=False),
    sa.Column("name", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("observations_of", "resource", "name", "at"),
    sa.Index("observations_at", "at"),
)
_O = OBSERVATIONS.c


def append(connection: Connection, observations: Iterable[Observation]) -> None:
    """Store values seen."""
    rows = [to_row(observation, OBSERVATIONS) for observation in observations]
    if rows:
        connection.execute(sa.insert(OBSERVATIONS), rows)


def recent(connection: Connection, *, resource: ResourceId, name: str, limit: int = 100) -> tuple[Observation, ...]:
    """Return the newest values of one thing, newest first."""
    query = (
        sa.select(OBSERVATIONS)
        .where(_O.resource == resource, _O.name == name)
        .order_by(_O.at.desc(), _O.seq.desc())
        .limit(limit)
    )
    return tuple(from_row(Observation, row) for row in connection.execute(query))


def keep_newest(connection: Connection, *, resource: ResourceId, name: str, count: int) -> int:
    """Remove all but the newest values of one thing and return how many they were."""
    of_it = (_O.resource == resource, _O.name == name)
    newest = sa.select(_O.seq).where(*of_it).order_by(_O.seq.desc()).limit(count)
    return connection.execute(sa.delete(OBSERVATIONS).where(*of_it, _O.seq.not_in(newest))).rowcount


def prune(connection: Connection, *, before: datetime) -> int:
    """Remove values seen before that and return how many they were."""
    return connection.execute(sa.delete(OBSERVATIONS).where(_O.at < before)).rowcount
