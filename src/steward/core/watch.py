"""Tells cheaply whether anything happened: for whoever would otherwise ask for everything each second."""

from __future__ import annotations

from steward.core.storage import Storage
from steward.store import audit, events
from steward.store.database import Connection


class Watch:
    """Looks at the ends of what is only ever added to."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def mark(self) -> str:
        """Return how far the events and the audit have come: `812-340`. Equal: nothing was decided or done between."""
        return await self._storage.read(_mark)


def _mark(connection: Connection) -> str:
    return f"{events.last(connection)}-{audit.head(connection).seq}"
