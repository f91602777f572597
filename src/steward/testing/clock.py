"""A clock that a test moves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""When a moved clock begins."""


class MovedClock:
    """Implements `ports.clock.Clock`; `sleep` moves it on and gives other tasks a turn."""

    def __init__(self, at: datetime = START) -> None:
        self._wall = at
        self._monotonic = 1000.0
        self._boots = 1

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return self._wall

    def local(self) -> datetime:
        """Return the wall clock; the house lies in UTC."""
        return self._wall

    def monotonic(self) -> float:
        """Return seconds of this boot."""
        return self._monotonic

    def boot(self) -> str:
        """Return the id of this boot."""
        return f"boot-{self._boots}"

    async def sleep(self, seconds: float) -> None:
        """Let this time pass at once."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._wall += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back; the monotonic clock does not notice."""
        self._wall += timedelta(seconds=seconds)

    def reboot(self, seconds: float = 30.0) -> None:
        """Start a new boot after so many seconds; the monotonic clock begins anew."""
        self._wall += timedelta(seconds=seconds)
        self._monotonic = 1.0
        self._boots += 1
