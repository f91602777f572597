"""Keys for programs: a digest of each, never its value."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.model.access import Token
from steward.model.ids import TokenId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

TOKENS = sa.Table(
    "tokens",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("digest", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("expires", Moment(), nullable=False),
    sa.Column("last_used", Moment()),
    sa.Column("revoked", Moment()),
    sa.Column("body", JsonText(), nullable=False),
)
_T = TOKENS.c


def insert(connection: Connection, token: Token, *, digest: str) -> None:
    """Store a token with the digest of its value."""
    connection.execute(sa.insert(TOKENS).values({**to_row(token, TOKENS), "digest": digest}))


def get(connection: Connection, token: TokenId) -> Token | None:
    """Return a token, whatever became of it."""
    row = connection.execute(sa.select(TOKENS).where(_T.id == token)).one_or_none()
    return from_row(Token, row) if row else None


def digest_of(connection: Connection, token: TokenId) -> str | None:
    """Return the digest of a token's value."""
    return connection.execute(sa.select(_T.digest).where(_T.id == token)).scalar_one_or_none()


def listing(connection: Connection, *, limit: int = 500) -> tuple[Token, ...]:
    """Return tokens, newest first, whatever became of them."""
    query = sa.select(TOKENS).order_by(_T.created.desc(), _T.id).limit(limit)
    return tuple(from_row(Token, row) for row in connection.execute(query))


def count_active(connection: Connection, now: datetime) -> int:
    """Count the tokens in force."""
    query = sa.select(sa.func.count()).select_from(TOKENS).where(_T.revoked.is_(None), _T.expires > now)
    return connection.execute(query).scalar_one()


def use(connection: Connection, token: TokenId, *, at: datetime) -> None:
    """Remember when a token was accepted."""
    connection.execute(sa.update(TOKENS).where(_T.id == token).values(last_used=at))


def revoke(connection: Connection, token: TokenId, *, at: datetime) -> bool:
    """Take a token back; False when there is none or it was taken back before."""
    change = sa.update(TOKENS).where(_T.id == token, _T.revoked.is_(None)).values(revoked=at)
    return connection.execute(change).rowcount == 1
