"""Signed-in browsers: a digest of what each holds, never the cookie itself."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.model.access import Session
from steward.model.ids import PrincipalId, SessionId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("digest", KEY, nullable=False, unique=True),
    sa.Column("person", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("last_used", Moment(), nullable=False),
    sa.Column("proven", Moment()),
    sa.Column("revoked", Moment()),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("sessions_person", "person"),
)
_S = SESSIONS.c


def insert(connection: Connection, session: Session, *, digest: str) -> None:
    """Store a session with the digest of its cookie."""
    connection.execute(sa.insert(SESSIONS).values({**to_row(session, SESSIONS), "digest": digest}))


def get(connection: Connection, session: SessionId) -> Session | None:
    """Return a session, whatever became of it."""
    row = connection.execute(sa.select(SESSIONS).where(_S.id == session)).one_or_none()
    return from_row(Session, row) if row else None


def by_digest(connection: Connection, digest: str) -> Session | None:
    """Return the session whose cookie has this digest, whatever became of it."""
    row = connection.execute(sa.select(SESSIONS).where(_S.digest == digest)).one_or_none()
    return from_row(Session, row) if row else None


def listing(connection: Connection, *, used_since: datetime, limit: int = 500) -> tuple[Session, ...]:
    """Return sessions that are not revoked and were used since then, last used first."""
    query = sa.select(SESSIONS).where(_S.revoked.is_(None), _S.last_used > used_since)
    ordered = query.order_by(_S.last_used.desc(), _S.id).limit(limit)
    return tuple(from_row(Session, row) for row in connection.execute(ordered))


def use(connection: Connection, session: SessionId, *, at: datetime) -> None:
    """Remember when a session was used."""
    connection.execute(sa.update(SESSIONS).where(_S.id == session).values(last_used=at))


def prove(connection: Connection, session: SessionId, *, digest: str, at: datetime) -> str | None:
    """Write down that the password was given again, under a new cookie.

    Returns the digest of the cookie before; None when the session is revoked.
    """
    is_open = sa.and_(_S.id == session, _S.revoked.is_(None))
    before = connection.execute(sa.select(_S.digest).where(is_open)).scalar_one_or_none()
    connection.execute(sa.update(SESSIONS).where(is_open).values(digest=digest, proven=at, last_used=at))
    return None if before is None else str(before)


def revoke(connection: Connection, session: SessionId, *, at: datetime) -> bool:
    """End a session; False when there is none or it was ended before."""
    change = sa.update(SESSIONS).where(_S.id == session, _S.revoked.is_(None)).values(revoked=at)
    return connection.execute(change).rowcount == 1


def revoke_of(connection: Connection, person: PrincipalId, *, at: datetime) -> int:
    """End every session of a person; return how many there were."""
    change = sa.update(SESSIONS).where(_S.person == person, _S.revoked.is_(None)).values(revoked=at)
    return connection.execute(change).rowcount


def forget(connection: Connection, *, before: datetime) -> None:
    """Remove sessions that were made before then."""
    connection.execute(sa.delete(SESSIONS).where(_S.created < before))
