"""What webhooks delivered, by digest: a delivery that comes again is known."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.store.database import Connection
from steward.store.schema import KEY, METADATA, Moment

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("hook", KEY, primary_key=True),
    sa.Column("digest", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("deliveries_at", "at"),
)
_D = DELIVERIES.c


def take(connection: Connection, hook: str, digest: str, *, at: datetime) -> bool:
    """Note a delivery; False when it was noted before."""
    seen = sa.select(_D.at).where(_D.hook == hook, _D.digest == digest)
    if connection.execute(seen).first() is not None:
        return False
    connection.execute(sa.insert(DELIVERIES).values(hook=hook, digest=digest, at=at))
    return True


def last(connection: Connection) -> dict[str, datetime]:
    """Return when each hook last delivered something new."""
    query = sa.select(_D.hook, sa.func.max(_D.at)).group_by(_D.hook)
    return {str(hook): at for hook, at in connection.execute(query)}


def prune(connection: Connection, *, before: datetime) -> int:
    """Forget deliveries older than that and return how many they were."""
    return connection.execute(sa.delete(DELIVERIES).where(_D.at < before)).rowcount
