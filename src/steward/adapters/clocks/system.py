"""The clock of the machine Steward runs on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from steward.lib.record import record

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@record
class SystemClockSettings:
    """Settings of the system clock."""

    time_zone: str = ""
    """The house's time zone, `Europe/Berlin`; empty means the machine's own, which is right on a box at home."""


class SystemClock:
    """Reads the operating system's clocks.

    The monotonic clock counts time asleep as well: an approval must not live longer because the box was suspended.
    """

    def __init__(self, settings: SystemClockSettings) -> None:
        self._zone = ZoneInfo(settings.time_zone) if settings.time_zone else None

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return datetime.now(UTC)

    def local(self) -> datetime:
        """Return the wall clock in the house's own time zone."""
        return self.now().astimezone(self._zone)

    def monotonic(self) -> float:
        """Return seconds since the boot, sleep included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot(self) -> str:
        """Return the kernel's id of this boot."""
        return _BOOT_ID.read_text().strip()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


PLUGIN = SystemClock
