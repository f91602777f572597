"""Authenticator apps: the shared secret, sealed, and the last time step whose code was taken; recovery codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import PrincipalId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, NUMBER, Moment

AUTHENTICATORS = sa.Table(
    "authenticators",
    METADATA,
    sa.Column("person", KEY, primary_key=True),
    sa.Column("sealed", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("confirmed", Moment()),
    sa.Column("last_step", NUMBER, nullable=False),
)
RECOVERY_CODES = sa.Table(
    "recovery_codes",
    METADATA,
    sa.Column("person", KEY, primary_key=True),
    sa.Column("digest", KEY, primary_key=True),
)
_A = AUTHENTICATORS.c
_R = RECOVERY_CODES.c


@record
class Authenticator:
    """One person's authenticator app."""

    person: PrincipalId
    """Whose it is."""
    sealed: str
    """The shared secret, encrypted with a key that is not in the store."""
    created: datetime
    """When it was begun (UTC)."""
    confirmed: datetime | None = None
    """When a first right code was given; before that nothing is asked of anybody."""
    last_step: int = 0
    """Time step of the last code that was taken: it and those before are taken no more."""


def put(connection: Connection, authenticator: Authenticator) -> None:
    """Begin with a new secret in place of one that was never confirmed."""
    connection.execute(sa.delete(AUTHENTICATORS).where(_A.person == authenticator.person, _A.confirmed.is_(None)))
    connection.execute(sa.insert(AUTHENTICATORS).values(to_row(authenticator, AUTHENTICATORS)))


def get(connection: Connection, person: PrincipalId) -> Authenticator | None:
    """Return a person's authenticator, confirmed or not."""
    row = connection.execute(sa.select(AUTHENTICATORS).where(_A.person == person)).one_or_none()
    return from_row(Authenticator, row) if row else None


def take(connection: Connection, authenticator: Authenticator, *, step: int) -> bool:
    """Take the code of a time step; False when it or a later one was taken, or the secret is another by now."""
    same = (_A.person == authenticator.person, _A.sealed == authenticator.sealed, _A.last_step < step)
    return connection.execute(sa.update(AUTHENTICATORS).where(*same).values(last_step=step)).rowcount == 1


def confirm(connection: Connection, person: PrincipalId, *, at: datetime) -> bool:
    """Ask for its codes from now on; False when that is so already, or there is none."""
    change = sa.update(AUTHENTICATORS).where(_A.person == person, _A.confirmed.is_(None)).values(confirmed=at)
    return connection.execute(change).rowcount == 1


def remove(connection: Connection, person: PrincipalId) -> bool:
    """Forget a person's authenticator and recovery codes; False when there was none."""
    connection.execute(sa.delete(RECOVERY_CODES).where(_R.person == person))
    return connection.execute(sa.delete(AUTHENTICATORS).where(_A.person == person)).rowcount == 1


def set_codes(connection: Connection, person: PrincipalId, digests: Iterable[str]) -> None:
    """Keep digests of new recovery codes; those before are void."""
    connection.execute(sa.delete(RECOVERY_CODES).where(_R.person == person))
    rows = [{"person": person, "digest": digest} for digest in digests]
    connection.execute(sa.insert(RECOVERY_CODES), rows)


def use_code(connection: Connection, person: PrincipalId, digest: str) -> bool:
    """Use a recovery code up; False when there is none of this digest."""
    change = sa.delete(RECOVERY_CODES).where(_R.person == person, _R.digest == digest)
    return connection.execute(change).rowcount == 1


def count_codes(connection: Connection, person: PrincipalId) -> int:
    """Count the recovery codes a person has left."""
    query = sa.select(sa.func.count()).select_from(RECOVERY_CODES).where(_R.person == person)
    return connection.execute(query).scalar_one()
