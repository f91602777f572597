"""An answer that is dear to make: the newest one is kept, and nobody waits long for a newer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_PATIENCE_SECONDS = 0.02
_log = logging.getLogger("steward.latest")


class Latest(Generic[T]):
    """Makes an answer anew each time it is asked for, and gives the one before while that takes too long."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        """`make` answers at once when nothing changed since the last time."""
        self._make = make
        self._known: tuple[T] | None = None
        self._task: asyncio.Task[None] | None = None

    async def value(self) -> T:
        """Return the answer of now, or the one before where a newer one takes a while; the first is waited for."""
        task = self._task
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._task = asyncio.create_task(self._renew())
        if self._known is None:
            await asyncio.shield(task)
        else:
            await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)
        if self._known is None:  # another loop, or a maker that broke down: its own words are the best there are
            self._known = (await self._make(),)
        return self._known[0]

    async def _renew(self) -> None:
        try:
            self._known = (await self._make(),)
        except Exception:  # noqa: BLE001 - nobody may be waiting: it is said here, and asked again at the next turn
            _log.exception("an answer could not be made anew")
