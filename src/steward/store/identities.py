"""Accounts at a provider that are people here, and who is at the provider just now; digests of what a browser holds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.identity import Link, Purpose
from steward.model.ids import PrincipalId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

IDENTITIES = sa.Table(
    "identities",
    METADATA,
    sa.Column("issuer", KEY, primary_key=True),
    sa.Column("subject", KEY, primary_key=True),
    sa.Column("person", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("lapsed", Moment()),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("identities_person", "person"),
)
FLOWS = sa.Table(
    "identity_flows",
    METADATA,
    sa.Column("digest", KEY, primary_key=True),
    sa.Column("browser", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("expires", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
)
_I = IDENTITIES.c
_F = FLOWS.c


@record
class Flow:
    """One try that somebody is at the provider for."""

    digest: str
    """SHA-256 of its state."""
    browser: str
    """SHA-256 of what the browser holds meanwhile."""
    purpose: Purpose
    """What for."""
    redirect: str
    """Address at which the browser comes back."""
    created: datetime
    """When it was begun (UTC)."""
    expires: datetime
    """When it is void (UTC)."""
    next: str = "/"
    """Where to go on to."""
    session: str = ""
    """Session it belongs to, for linking and proving."""
    invitation: str = ""
    """Digest of the invitation that is accepted, for joining."""
    name: str = ""
    """Name that was chosen, for joining."""


def insert(connection: Connection, link: Link) -> None:
    """Store that an identity is somebody here."""
    connection.execute(sa.insert(IDENTITIES).values(to_row(link, IDENTITIES)))


def get(connection: Connection, issuer: str, subject: str) -> Link | None:
    """Return who an identity is here."""
    query = sa.select(IDENTITIES).where(_I.issuer == issuer, _I.subject == subject)
    row = connection.execute(query).one_or_none()
    return from_row(Link, row) if row else None


def of_person(connection: Connection, person: PrincipalId) -> tuple[Link, ...]:
    """Return the identities of somebody, in the order in which they were linked."""
    query = sa.select(IDENTITIES).where(_I.person == person).order_by(_I.created, _I.issuer, _I.subject)
    return tuple(from_row(Link, row) for row in connection.execute(query))


def remove(connection: Connection, link: Link) -> bool:
    """Take a link away; False when it was taken away before."""
    gone = sa.delete(IDENTITIES).where(_I.issuer == link.issuer, _I.subject == link.subject, _I.person == link.person)
    return connection.execute(gone).rowcount == 1


def set_lapsed(connection: Connection, link: Link, at: datetime | None) -> None:
    """Write down that somebody was shut out because of their groups, or that they are in again."""
    change = sa.update(IDENTITIES).where(_I.issuer == link.issuer, _I.subject == link.subject)
    connection.execute(change.values(lapsed=at))


def begin(connection: Connection, flow: Flow) -> None:
    """Remember that somebody goes to the provider, and forget whoever took too long."""
    connection.execute(sa.delete(FLOWS).where(_F.expires <= flow.created))
    connection.execute(sa.insert(FLOWS).values(to_row(flow, FLOWS)))


def take(connection: Connection, digest: str, *, browser: str, now: datetime) -> Flow | None:
    """Return the try of this very browser and end it: whoever comes second finds nothing."""
    fits = sa.and_(_F.digest == digest, _F.browser == browser, _F.expires > now)
    row = connection.execute(sa.select(FLOWS).where(fits)).one_or_none()
    if row is None or connection.execute(sa.delete(FLOWS).where(fits)).rowcount != 1:
        return None
    return from_row(Flow, row)
