"""People who may sign in beside the owner, and the one-time codes that invite them; hashes only."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.access import Person, Role
from steward.model.ids import PrincipalId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, Moment

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("name", KEY, nullable=False, unique=True),
    sa.Column("role", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("disabled", Moment()),
    sa.Column("password_hash", KEY, nullable=False),
)
INVITATIONS = sa.Table(
    "invitations",
    METADATA,
    sa.Column("digest", KEY, primary_key=True),
    sa.Column("role", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("created_by", KEY, nullable=False),
    sa.Column("expires", Moment(), nullable=False),
)
_P = PEOPLE.c
_I = INVITATIONS.c


@record
class Invitation:
    """A one-time code that was given out; the code itself is not kept."""

    digest: str
    """SHA-256 of the code."""
    role: Role
    """What whoever uses it may do."""
    created: datetime
    """When (UTC)."""
    created_by: PrincipalId
    """Who invites."""
    expires: datetime
    """When it is void (UTC)."""


def insert(connection: Connection, person: Person, *, password_hash: str) -> None:
    """Store a person with the hash of their password."""
    connection.execute(sa.insert(PEOPLE).values({**to_row(person, PEOPLE), "password_hash": password_hash}))


def get(connection: Connection, person: PrincipalId) -> Person | None:
    """Return a person."""
    row = connection.execute(sa.select(PEOPLE).where(_P.id == person)).one_or_none()
    return from_row(Person, row) if row else None


def by_name(connection: Connection, name: str) -> Person | None:
    """Return the person of this name, disabled or not."""
    row = connection.execute(sa.select(PEOPLE).where(_P.name == name)).one_or_none()
    return from_row(Person, row) if row else None


def password_hash(connection: Connection, person: PrincipalId) -> str | None:
    """Return the argon2 hash of a person's password."""
    return connection.execute(sa.select(_P.password_hash).where(_P.id == person)).scalar_one_or_none()


def set_password_hash(connection: Connection, person: PrincipalId, password_hash: str) -> bool:
    """Replace a person's password; False when there is no such person or they are shut out."""
    change = sa.update(PEOPLE).where(_P.id == person, _P.disabled.is_(None))
    return connection.execute(change.values(password_hash=password_hash)).rowcount == 1


def listing(connection: Connection) -> tuple[Person, ...]:
    """Return everybody, by name."""
    return tuple(from_row(Person, row) for row in connection.execute(sa.select(PEOPLE).order_by(_P.name)))


def set_role(connection: Connection, person: PrincipalId, role: Role) -> bool:
    """Change what a person may do; False when there is no such person."""
    return connection.execute(sa.update(PEOPLE).where(_P.id == person).values(role=role.value)).rowcount == 1


def set_disabled(connection: Connection, person: PrincipalId, at: datetime | None) -> bool:
    """Shut a person out, or let them in again; False when there is no such person."""
    return connection.execute(sa.update(PEOPLE).where(_P.id == person).values(disabled=at)).rowcount == 1


def invite(connection: Connection, invitation: Invitation) -> None:
    """Store an invitation and forget those that are void."""
    connection.execute(sa.delete(INVITATIONS).where(_I.expires <= invitation.created))
    connection.execute(sa.insert(INVITATIONS).values(to_row(invitation, INVITATIONS)))


def invitation(connection: Connection, digest: str, *, now: datetime) -> Invitation | None:
    """Return an invitation that was neither used nor is void."""
    query = sa.select(INVITATIONS).where(_I.digest == digest, _I.expires > now)
    row = connection.execute(query).one_or_none()
    return from_row(Invitation, row) if row else None


def invitations(connection: Connection, *, now: datetime) -> tuple[Invitation, ...]:
    """Return the invitations that wait to be used, oldest first."""
    query = sa.select(INVITATIONS).where(_I.expires > now).order_by(_I.created, _I.digest)
    return tuple(from_row(Invitation, row) for row in connection.execute(query))


def use_invitation(connection: Connection, digest: str, *, now: datetime) -> bool:
    """Use an invitation up; False when it was used before or is void."""
    change = sa.delete(INVITATIONS).where(_I.digest == digest, _I.expires > now)
    return connection.execute(change).rowcount == 1
