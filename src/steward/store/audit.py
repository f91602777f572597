"""The audit chain on disk: rows, the one head they grow from, and signed checkpoints."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.codec import decode, encode
from steward.model.audit import Actor, AuditHead, AuditRow, Checkpoint, sealed
from steward.model.errors import NeedsPerson
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, NUMBER, REAL, Moment

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("previous", KEY, nullable=False),
    sa.Column("wall", KEY, nullable=False),
    sa.Column("monotonic", REAL, nullable=False),
    sa.Column("boot", KEY, nullable=False),
    sa.Column("actors", KEY, nullable=False),
    sa.Column("kind", KEY, nullable=False),
    sa.Column("subject", KEY, nullable=False),
    sa.Column("fingerprint", KEY, nullable=False),
    sa.Column("payload", KEY, nullable=False),
    sa.Column("hash", KEY, nullable=False),
    sa.Index("audit_subject", "subject", "seq"),
    sa.Index("audit_fingerprint", "fingerprint", "seq"),
    sa.Index("audit_kind", "kind", "seq"),
    sa.Index("audit_actors", "actors", "seq"),
)
AUDIT_HEAD = sa.Table(
    "audit_head",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("seq", NUMBER, nullable=False),
    sa.Column("hash", KEY, nullable=False),
)
AUDIT_CHECKPOINTS = sa.Table(
    "audit_checkpoints",
    METADATA,
    sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("hash", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("public_key", KEY, nullable=False),
    sa.Column("signature", KEY, nullable=False),
)
KnownActors = dict[str, tuple[Actor, ...]]
"""Chains of actors by the text they are stored as."""

_A = AUDIT.c


def append(connection: Connection, row: AuditRow) -> AuditRow:
    """Put a row at the end of the chain and return it sealed.

    The head row is locked until the transaction ends, so however many processes write there is one chain.
    """
    row = sealed(row, head(connection, is_locked=True))
    values = to_row(row, AUDIT) | {"wall": row.wall.isoformat(), "actors": json.dumps(encode(row.actors))}
    connection.execute(sa.insert(AUDIT).values(values))
    connection.execute(sa.update(AUDIT_HEAD).values(seq=row.seq, hash=row.hash))
    return row


def head(connection: Connection, *, is_locked: bool = False) -> AuditHead:
    """Return the end of the chain.

    Raises:
        NeedsPerson: the row is gone; nothing may be done any more.
    """
    query = sa.select(AUDIT_HEAD)
    row = connection.execute(query.with_for_update() if is_locked else query).one_or_none()
    if row is None:
        raise NeedsPerson("the audit has lost its head", next_step="`steward audit verify`")
    return from_row(AuditHead, row)


def rows(
    connection: Connection, *, after: int = 0, limit: int = 500, subject: str | None = None
) -> tuple[AuditRow, ...]:
    """Return rows after this number, oldest first."""
    query = sa.select(*AUDIT.c).where(_A.seq > after).order_by(_A.seq).limit(limit)
    if subject is not None:
        query = query.where(_A.subject == subject)
    known: KnownActors = {}
    return tuple(row_of(row, known) for row in connection.execute(query))


def newest(connection: Connection, *, limit: int = 100, subject: str | None = None) -> tuple[AuditRow, ...]:
    """Return rows, newest first."""
    query = sa.select(*AUDIT.c).order_by(_A.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(_A.subject == subject)
    known: KnownActors = {}
    return tuple(row_of(row, known) for row in connection.execute(query))


def batch(connection: Connection, *, after: int, until: int, limit: int, known: KnownActors) -> tuple[AuditRow, ...]:
    """Return rows after one number up to another, for verification: bad rows are built too, to be told from good ones.

    `known` keeps actors that were read before; few chains of actors differ.
    """
    query = sa.select(*AUDIT.c).where(_A.seq > after, _A.seq <= until).order_by(_A.seq).limit(limit)
    return tuple(row_of(row, known) for row in connection.execute(query))


def checkpoints(connection: Connection) -> tuple[Checkpoint, ...]:
    """Return every checkpoint, oldest first."""
    query = sa.select(AUDIT_CHECKPOINTS).order_by(AUDIT_CHECKPOINTS.c.seq)
    return tuple(from_row(Checkpoint, row) for row in connection.execute(query))


def newest_checkpoint(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint."""
    query = sa.select(AUDIT_CHECKPOINTS).order_by(AUDIT_CHECKPOINTS.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return from_row(Checkpoint, row) if row else None


def keep_checkpoint(connection: Connection, checkpoint: Checkpoint) -> bool:
    """Store a checkpoint; False when another process has signed this row meanwhile."""
    known = AUDIT_CHECKPOINTS.c.seq == checkpoint.seq
    if connection.execute(sa.select(AUDIT_CHECKPOINTS.c.seq).where(known)).first() is not None:
        return False
    connection.execute(sa.insert(AUDIT_CHECKPOINTS).values(to_row(checkpoint, AUDIT_CHECKPOINTS)))
    return True


def row_of(row: Any, known: KnownActors) -> AuditRow:
    """Build a row by hand: a million of them are verified at a time."""
    seq, previous, wall, monotonic, boot, actors, kind, subject, fingerprint, payload, digest = row
    if actors not in known:
        known[actors] = _actors(actors)
    return AuditRow(
        seq=seq,
        previous=previous,
        wall=_time(wall),
        monotonic=monotonic,
        boot=boot,
        actors=known[actors],
        kind=kind,
        subject=subject,
        fingerprint=fingerprint,
        payload=payload,
        hash=digest,
    )


def _actors(text: str) -> tuple[Actor, ...]:
    """Read a chain of actors; what somebody made unreadable becomes no actor at all, which no hash will fit."""
    try:
        return decode(tuple[Actor, ...], json.loads(text))
    except (ValueError, TypeError):
        return ()


def _time(text: str) -> datetime:
    """Read a time; what somebody made unreadable becomes a time that no hash will fit."""
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return datetime.min.replace(tzinfo=UTC)
