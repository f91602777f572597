"""What was asked of a browser and waits for its answer: once, for a few minutes, in the store for every process."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import PrincipalId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

CHALLENGES = sa.Table(
    "challenges",
    METADATA,
    sa.Column("digest", KEY, primary_key=True),
    sa.Column("purpose", KEY, nullable=False),
    sa.Column("bound", KEY, nullable=False),
    sa.Column("about", JsonText(), nullable=False),
    sa.Column("person", KEY, nullable=False),
    sa.Column("expires", Moment(), nullable=False),
    sa.Index("challenges_expires", "expires"),
)
_C = CHALLENGES.c


class Purpose(StrEnum):
    """What an answer is for."""

    REGISTER = "register"
    """Add a passkey."""
    SIGN_IN = "sign_in"
    """Sign in with a passkey."""
    STEP_UP = "step_up"
    """Prove again with a passkey, for one thing."""
    SECOND_STEP = "second_step"
    """Give the code after the password."""


@record
class Challenge:
    """One question that waits."""

    digest: str
    """SHA-256 of the challenge, or of the ticket; neither is kept."""
    purpose: Purpose
    """What an answer is for."""
    bound: str
    """Session it belongs to, or the digest of what the browser without one holds."""
    about: str = ""
    """Address of the one thing a proof is for."""
    person: PrincipalId = PrincipalId("")
    """Whose answer is waited for; empty when nobody knows yet."""
    expires: datetime
    """When it is void (UTC)."""


def put(connection: Connection, challenge: Challenge, *, now: datetime) -> None:
    """Keep a challenge in place of the one before of the same browser and purpose, and forget those that are void."""
    same = sa.and_(_C.bound == challenge.bound, _C.purpose == challenge.purpose.value)
    connection.execute(sa.delete(CHALLENGES).where(sa.or_(_C.expires <= now, same)))
    connection.execute(sa.insert(CHALLENGES).values(to_row(challenge, CHALLENGES)))


def get(connection: Connection, digest: str, *, now: datetime) -> Challenge | None:
    """Return a challenge that still waits."""
    query = sa.select(CHALLENGES).where(_C.digest == digest, _C.expires > now)
    row = connection.execute(query).one_or_none()
    return from_row(Challenge, row) if row else None


def use(connection: Connection, digest: str, *, now: datetime) -> Challenge | None:
    """Take a challenge away and return it; None when it is void or an answer came before."""
    found = get(connection, digest, now=now)
    taken = connection.execute(sa.delete(CHALLENGES).where(_C.digest == digest, _C.expires > now)).rowcount
    return found if taken == 1 else None


def count(connection: Connection, purpose: Purpose, *, now: datetime) -> int:
    """Count what waits for one purpose."""
    query = sa.select(sa.func.count()).select_from(CHALLENGES)
    return connection.execute(query.where(_C.purpose == purpose.value, _C.expires > now)).scalar_one()


def forget_of(connection: Connection, person: PrincipalId) -> None:
    """Make void whatever waits for this person."""
    connection.execute(sa.delete(CHALLENGES).where(_C.person == person))
