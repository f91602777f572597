"""The newest facts of each machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.codec import Json
from steward.lib.record import record
from steward.model.ids import MachineId
from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, JsonText, Moment

FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("machine", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Column("unread", JsonText(), nullable=False),
)
_F = FACTS.c


@record
class Sighting:
    """That a machine was looked at, without what was seen."""

    machine: MachineId
    """The machine."""
    at: datetime
    """When it was looked at last (UTC)."""
    unread: dict[str, str]
    """Facts that could not be read, each with the reason."""


@record
class StoredFacts(Sighting):
    """What the newest look at a machine gave, as plain JSON."""

    values: dict[str, Any]
    """Facts by name."""


def save(
    connection: Connection,
    *,
    machine: MachineId,
    at: datetime,
    values: Mapping[str, Json],
    unread: Mapping[str, str],
) -> bool:
    """Replace what is known of a machine; False when what is there is newer."""
    known = connection.execute(sa.select(_F.at).where(_F.machine == machine)).scalar_one_or_none()
    if known is not None and known > at:
        return False
    row = {"machine": machine, "at": at, "body": dict(values), "unread": dict(unread)}
    change = sa.insert(FACTS) if known is None else sa.update(FACTS).where(_F.machine == machine)
    connection.execute(change.values(row))
    return True


def latest(connection: Connection, machine: MachineId) -> StoredFacts | None:
    """Return what is known of a machine."""
    row = connection.execute(sa.select(FACTS).where(_F.machine == machine)).one_or_none()
    return _facts(row) if row else None


def moments(connection: Connection) -> dict[MachineId, datetime]:
    """Return when each machine was looked at last; cheap, for facts may be large."""
    return {row.machine: row.at for row in connection.execute(sa.select(_F.machine, _F.at))}


def sighting(connection: Connection, machine: MachineId) -> Sighting | None:
    """Return when a machine was looked at; its facts, which may be large, stay where they are."""
    row = connection.execute(sa.select(_F.machine, _F.at, _F.unread).where(_F.machine == machine)).one_or_none()
    return Sighting(machine=row.machine, at=row.at, unread=row.unread) if row else None


def sightings(connection: Connection) -> tuple[Sighting, ...]:
    """Return when each machine was looked at, likewise."""
    rows = connection.execute(sa.select(_F.machine, _F.at, _F.unread).order_by(_F.machine))
    return tuple(Sighting(machine=row.machine, at=row.at, unread=row.unread) for row in rows)


def forget(connection: Connection, machine: MachineId) -> None:
    """Drop what is known of a machine that left."""
    connection.execute(sa.delete(FACTS).where(_F.machine == machine))


def _facts(row: sa.Row[Any]) -> StoredFacts:
    return StoredFacts(machine=row.machine, at=row.at, values=row.body, unread=row.unread)
