"""Public halves of passkeys, and how often each said it was used."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import PasskeyId, PrincipalId
from steward.model.proof import Passkey
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, NUMBER, JsonText, Moment

PASSKEYS = sa.Table(
    "passkeys",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("credential", KEY, nullable=False, unique=True),
    sa.Column("person", KEY, nullable=False),
    sa.Column("host", KEY, nullable=False),
    sa.Column("handle", KEY, nullable=False),
    sa.Column("public_key", KEY, nullable=False),
    sa.Column("uses", NUMBER, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("last_used", Moment()),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("passkeys_person", "person"),
)
_K = PASSKEYS.c


@record
class Credential:
    """What an answer of a passkey is checked against."""

    passkey: Passkey
    """The passkey."""
    credential: str
    """Id the device gave it (base64url)."""
    handle: str
    """What the device calls the person (base64url)."""
    public_key: str
    """Public half (base64url)."""
    uses: int
    """How often it was used, as the device counts; always 0 for one that does not count."""


def insert(connection: Connection, made: Credential) -> None:
    """Store a new passkey."""
    row = to_row(made.passkey, PASSKEYS)
    rest = {"credential": made.credential, "handle": made.handle, "public_key": made.public_key, "uses": made.uses}
    connection.execute(sa.insert(PASSKEYS).values({**row, **rest}))


def by_credential(connection: Connection, credential: str) -> Credential | None:
    """Return the passkey of this id of a device."""
    row = connection.execute(sa.select(PASSKEYS).where(_K.credential == credential)).one_or_none()
    return _read(row) if row else None


def of_person(connection: Connection, person: PrincipalId) -> tuple[Credential, ...]:
    """Return the passkeys of a person, oldest first."""
    query = sa.select(PASSKEYS).where(_K.person == person).order_by(_K.created, _K.id)
    return tuple(_read(row) for row in connection.execute(query))


def use(connection: Connection, passkey: PasskeyId, *, before: int, uses: int, at: datetime) -> bool:
    """Write down a use; False when somebody else's answer was counted meanwhile, or the passkey is gone."""
    change = sa.update(PASSKEYS).where(_K.id == passkey, _K.uses == before)
    return connection.execute(change.values(uses=uses, last_used=at)).rowcount == 1


def rename(connection: Connection, passkey: Passkey) -> bool:
    """Keep a passkey under another name; False when it is gone."""
    change = sa.update(PASSKEYS).where(_K.id == passkey.id, _K.person == passkey.person)
    return connection.execute(change.values(body=to_row(passkey, PASSKEYS)["body"])).rowcount == 1


def remove(connection: Connection, passkey: PasskeyId, *, person: PrincipalId) -> bool:
    """Forget a passkey of this person; False when they have none of this id."""
    change = sa.delete(PASSKEYS).where(_K.id == passkey, _K.person == person)
    return connection.execute(change).rowcount == 1


def remove_of(connection: Connection, person: PrincipalId) -> int:
    """Forget every passkey of a person; return how many there were."""
    return connection.execute(sa.delete(PASSKEYS).where(_K.person == person)).rowcount


def _read(row: sa.Row[tuple[object, ...]]) -> Credential:
    return Credential(
        passkey=from_row(Passkey, row),
        credential=row.credential,
        handle=row.handle,
        public_key=row.public_key,
        uses=row.uses,
    )
