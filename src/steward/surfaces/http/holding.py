"""Whether credentials still hold, asked once for all streams of one: a hundred open tabs ask no more than one does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from steward.core.routes import Caller

FRESH_SECONDS = 0.2
"""How long a yes counts; with the pause between two questions a revoked credential still ends within a second."""
LIVE_SECONDS = 0.4
"""How often it is asked whether the credential of open streams still holds; those of a revoked one end soon after."""
_MOST = 1_000
IsLive = Callable[[], Awaitable[bool]]


@dataclass(eq=False)
class _Watched:
    """One credential that streams wait for the end of."""

    asking: asyncio.Task[None]
    """Ends when the credential holds no more."""
    waiting: int = 0
    """How many streams wait."""


class Holding:
    """Keeps each yes for a moment; a no is never kept, nor asked about twice."""

    def __init__(self) -> None:
        self._held: dict[str, float] = {}
        self._watched: dict[object, _Watched] = {}

    def of(self, caller: Caller) -> Caller:
        """Return the caller, who now asks through this."""
        ask = caller.is_live
        if ask is None or not caller.credential:
            return caller

        async def holds() -> bool:
            return await self._holds(caller.credential, ask)

        return replace(caller, is_live=holds)

    async def over(self, credential: str, is_live: IsLive) -> None:
        """Return when a credential holds no more: one question for all that wait, who sleep until the answer is no.

        Raises:
            Exception: nobody could tell; then none of them goes on.
        """
        key = credential or object()
        watched = self._watched.get(key)
        if watched is None or watched.asking.done():
            watched = self._watched[key] = _Watched(asking=asyncio.create_task(_until_no(is_live)))
        watched.waiting += 1
        try:
            await asyncio.shield(watched.asking)
        finally:
            watched.waiting -= 1
            if not watched.waiting:
                watched.asking.cancel()
                if self._watched.get(key) is watched:
                    del self._watched[key]

    async def _holds(self, credential: str, ask: IsLive) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._held.get(credential, float("-inf")) < FRESH_SECONDS:
            return True
        if not await ask():
            self._held.pop(credential, None)
            return False
        if len(self._held) >= _MOST:
            self._held.clear()
        self._held[credential] = now
        return True


async def _until_no(is_live: IsLive) -> None:
    """Ask again and again until the answer is no."""
    while True:
        await asyncio.sleep(LIVE_SECONDS)
        if not await is_live():
            return
