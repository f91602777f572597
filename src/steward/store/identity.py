"""Which control plane this store belongs to, and how often it was started."""

from __future__ import annotations

import sqlalchemy as sa

from steward.model.errors import NeedsPerson
from steward.model.fence import Fence
from steward.store.database import Connection
from steward.store.rows import from_row
from steward.store.schema import KEY, METADATA, NUMBER

IDENTITY = sa.Table(
    "identity",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("control_plane", KEY, nullable=False),
    sa.Column("epoch", NUMBER, nullable=False),
)


def control_plane(connection: Connection) -> Fence:
    """Return who speaks; the id is made by the first migration and never changes.

    Raises:
        NeedsPerson: the row is gone.
    """
    row = connection.execute(sa.select(IDENTITY)).one_or_none()
    if row is None:
        raise NeedsPerson("this store has lost its identity", next_step="restore the newest backup")
    return from_row(Fence, row)


def next_epoch(connection: Connection) -> Fence:
    """Begin a new epoch, once at every start: machines then refuse what an older process still sends."""
    connection.execute(sa.update(IDENTITY).values(epoch=IDENTITY.c.epoch + 1))
    return control_plane(connection)


def touch(connection: Connection) -> None:
    """Write what is there already: shows that the store takes writes.

    Raises:
        NeedsPerson: the row is gone.
    """
    if connection.execute(sa.update(IDENTITY).values(epoch=IDENTITY.c.epoch)).rowcount != 1:
        raise NeedsPerson("this store has lost its identity", next_step="restore the newest backup")
