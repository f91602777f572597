"""Answers by the key a caller gave: what is sent again with the same key is answered again, not done again.

unknown ──claim──> being answered ──keep──> kept for a day
   ^                    │ failed, or nobody finished it within a minute
   └────────────────────┘
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from steward.core.storage import Storage
from steward.lib.canonical import content_hash
from steward.model.errors import Conflict, InvalidInput, TryLater
from steward.model.ids import PrincipalId
from steward.ports.clock import Clock
from steward.store import answers as table
from steward.store.answers import Kept
from steward.store.database import Connection

KEPT = timedelta(days=1)
"""How long an answer is kept."""
_ABANDONED = timedelta(minutes=1)
_LONGEST_KEY = 255
_MOST = 1_000
"""Keys of one caller."""


class Answers:
    """Remembers answers."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def claim(self, caller: PrincipalId, key: str, request: str) -> Any | None:
        """Return the answer kept for a key, or None after taking it: then `keep` or `drop` it.

        Raises:
            InvalidInput: the key does not fit.
            Conflict: it came with another request before, or too many are kept.
            TryLater: the same request is being answered right now.
        """
        if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise InvalidInput("the Idempotency-Key does not fit", next_step="give 1 to 255 visible ASCII characters")
        return await self._storage.write(self._claim, caller, _kept_as(key), request)

    async def keep(self, caller: PrincipalId, key: str, request: str, answer: Any) -> None:
        """Keep the answer to a claimed key."""
        kept = Kept(request=request, at=self._clock.now(), body=answer)
        await self._storage.write(table.put, caller, _kept_as(key), kept)

    async def drop(self, caller: PrincipalId, key: str) -> None:
        """Give a claimed key back: what it was for failed, and may be tried again."""
        await self._storage.write(table.drop, caller, _kept_as(key))

    async def tidy(self) -> None:
        """Forget what is older than a day."""
        await self._storage.write(table.prune, before=self._clock.now() - KEPT)

    def _claim(self, connection: Connection, caller: PrincipalId, key: str, request: str) -> Any | None:
        now = self._clock.now()
        known = table.get(connection, caller, key)
        if known is not None and known.at > now - (KEPT if known.body is not None else _ABANDONED):
            if known.request != request:
                why = "the key came with another request before"
                raise Conflict("this Idempotency-Key is taken", why=why, next_step="give each request its own")
            if known.body is None:
                raise TryLater("this very request is being answered", next_step="send it again in a moment")
            return known.body
        if table.count(connection, caller) >= _MOST:
            table.prune(connection, before=now - KEPT)
            if table.count(connection, caller) >= _MOST:
                raise Conflict(f"{_MOST} keys were used within a day", next_step="send it without a key")
        table.put(connection, caller, key, Kept(request=request, at=now, body=None))
        return None


def _kept_as(key: str) -> str:
    """Return what stands for a key in the store: a caller may take anything for a key, even a secret."""
    return content_hash(key.encode())
