"""Find rows of the audit, newest first: every question goes along an index, however long the chain is."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.audit import AuditRow
from steward.store.audit import AUDIT, KnownActors, row_of
from steward.store.database import Connection

_A = AUDIT.c
_MOST_NAMES = 500


@record
class Wanted:
    """Which rows."""

    kind: str = ""
    """Only of this kind."""
    actor: str = ""
    """Only where this id acted, or was acted for."""
    subject: str = ""
    """Only about this."""
    after: int = 0
    """Only rows after this number."""
    before: int | None = None
    """Only rows before this number."""


def find(connection: Connection, wanted: Wanted, *, limit: int) -> tuple[AuditRow, ...]:
    """Return rows, newest first."""
    if not wanted.actor:
        return _rows(connection, _query(wanted, limit))
    chains = [text for text in actors(connection) if wanted.actor in _ids(text)]
    found = (_rows(connection, _query(wanted, limit).where(_A.actors == text)) for text in chains)
    return tuple(heapq.nlargest(limit, (row for rows in found for row in rows), key=lambda row: row.seq))


def get(connection: Connection, seq: int) -> AuditRow | None:
    """Return one row."""
    return next(iter(_rows(connection, sa.select(*AUDIT.c).where(_A.seq == seq))), None)


def kinds(connection: Connection) -> tuple[str, ...]:
    """Return every kind there is, sorted."""
    return _different(connection, _A.kind)


def actors(connection: Connection) -> tuple[str, ...]:
    """Return every chain of actors there is, as it is stored."""
    return _different(connection, _A.actors)


def ids_of(chains: Iterable[str]) -> tuple[str, ...]:
    """Return the ids in chains of actors, sorted."""
    return tuple(sorted({each for text in chains for each in _ids(text)}))


def last_before(connection: Connection, moment: datetime) -> int:
    """Return the number of the last row before a moment, by halving: rows are numbered without gaps, in their order.

    Where the clock was set back the answer is one of the rows around that moment.
    """
    text = moment.astimezone(UTC).isoformat()
    low, high = 0, connection.execute(sa.select(sa.func.max(_A.seq))).scalar() or 0
    while low < high:
        middle = (low + high + 1) // 2
        wall = connection.execute(sa.select(_A.wall).where(_A.seq == middle)).scalar()
        low, high = (middle, high) if wall is not None and wall < text else (low, middle - 1)
    return low


def _query(wanted: Wanted, limit: int) -> sa.Select[Any]:
    query = sa.select(*AUDIT.c).where(_A.seq > wanted.after).order_by(_A.seq.desc()).limit(limit)
    query = query.where(_A.seq < wanted.before) if wanted.before is not None else query
    query = query.where(_A.kind == wanted.kind) if wanted.kind else query
    return query.where(_A.subject == wanted.subject) if wanted.subject else query


def _rows(connection: Connection, query: sa.Select[Any]) -> tuple[AuditRow, ...]:
    known: KnownActors = {}
    return tuple(row_of(row, known) for row in connection.execute(query))


def _different(connection: Connection, column: sa.Column[str]) -> tuple[str, ...]:
    """Return the different values of a column with an index, one step along it for each."""
    found: list[str] = []
    while len(found) < _MOST_NAMES:
        following = sa.select(sa.func.min(column)).where(column > found[-1] if found else sa.true())
        value = connection.execute(following).scalar()
        if value is None:
            break
        found.append(value)
    return tuple(found)


def _ids(text: str) -> frozenset[str]:
    """Return the ids of a chain of actors; one that somebody made unreadable names nobody."""
    try:
        return frozenset(str(actor["id"]) for actor in json.loads(text))
    except (ValueError, TypeError, KeyError):
        return frozenset()
