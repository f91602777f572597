"""The brake that is on: one row."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.model.brake import Brake, BrakeState
from steward.model.errors import NeedsPerson
from steward.store.database import Connection
from steward.store.rows import from_row
from steward.store.schema import KEY, METADATA, NUMBER, JsonText, Moment

BRAKES = sa.Table(
    "brakes",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("brake", KEY, nullable=False),
    sa.Column("epoch", NUMBER, nullable=False),
    sa.Column("since", Moment()),
    sa.Column("by", JsonText(), nullable=False),
    sa.Column("reason", JsonText(), nullable=False),
    sa.Column("until", Moment()),
)
_B = BRAKES.c


def get(connection: Connection) -> BrakeState:
    """Return the brake that is on.

    Raises:
        NeedsPerson: the row is gone; whoever asks must not start anything.
    """
    row = connection.execute(sa.select(BRAKES)).one_or_none()
    if row is None:
        raise NeedsPerson("the brake cannot be read", why="its row is gone", next_step="restore the newest backup")
    return from_row(BrakeState, row)


def set(  # noqa: A001 - `brakes.set` is what it does; one parameter per fact that is kept
    connection: Connection, *, brake: Brake, at: datetime, by: str, reason: str, until: datetime | None = None
) -> BrakeState:
    """Put a brake on or take it off, and raise the epoch."""
    values = {"brake": brake.value, "epoch": _B.epoch + 1, "since": at, "by": by, "reason": reason, "until": until}
    connection.execute(sa.update(BRAKES).values(values))
    return get(connection)
