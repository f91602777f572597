"""Tells cheaply whether anything happened: for whoever would otherwise ask for everything each second."""

from __future__ import annotations

from steward.core.storage import Storage
from steward.store import audit, events
from steward.store.database import Connection

Mark = tuple[int, int]
"""How far the events and the audit have come; two that are equal mean that nothing was decided or done between."""


class Watch:
    """Looks at the ends of what is only ever added to."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def mark(self) -> Mark:
        """Return where things stand now."""
        return await self._storage.read(_mark)


def _mark(connection: Connection) -> Mark:
    return events.last(connection), audit.head(connection).seq
