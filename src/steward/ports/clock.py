"""Time comes from here, so that a test can move it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall clock, monotonic clock, and which boot the monotonic clock belongs to."""

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        ...

    def local(self) -> datetime:
        """Return the wall clock in the house's own time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backward within one boot."""
        ...

    def boot(self) -> str:
        """Return the id of this boot."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
