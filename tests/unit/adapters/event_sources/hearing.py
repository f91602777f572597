"""Hear what a source tells, and follow it while a test does something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.model.news import News
from steward.model.secret import Secret
from steward.ports.event_source import EventSource, Surroundings

PATIENCE_SECONDS = 60.0
"""How long a test waits for what must come; nothing is measured."""


class Heard:
    """Everything a source told."""

    def __init__(self, memory: Mapping[str, Any] | None = None) -> None:
        self.news: list[News] = []
        self.memory: Mapping[str, Any] = memory or {}
        self.memories: list[Mapping[str, Any]] = []
        self._told = asyncio.Condition()

    async def tell(self, news: Sequence[News], memory: Mapping[str, Any]) -> None:
        async with self._told:
            self.news += news
            self.memory = dict(memory)
            self.memories.append(self.memory)
            self._told.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._told:
            await self._told.wait_for(holds)

    async def count(self, number: int) -> list[News]:
        await self.until(lambda: len(self.news) >= number)
        return self.news


@asynccontextmanager
async def following(source: EventSource, heard: Heard) -> AsyncIterator[Heard]:
    """Follow until the test is done; what the source raises is raised here."""
    task = asyncio.create_task(source.follow(heard.memory, heard.tell))
    ready = asyncio.create_task(heard.until(lambda: bool(heard.memories)))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        ready.cancel()
        task.result()
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, ready, return_exceptions=True)


async def _may() -> None:
    """Let everything be done."""


async def _secret(reference: str) -> Secret:
    return Secret(f"value of {reference}")


def around(**changes: Any) -> Surroundings:
    """Return what a source is given."""
    given: dict[str, Any] = {
        "clock": SystemClock(SystemClockSettings()),
        "secret": _secret,
        "may_act": _may,
        "identity": "test",
    }
    return Surroundings(**{**given, **changes})
