"""The system clock tells what the operating system tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from steward.adapters.clocks.system import SystemClock, SystemClockSettings


def test_the_wall_clock_is_utc_and_the_house_has_its_own_zone():
    clock = SystemClock(SystemClockSettings(time_zone="Asia/Kathmandu"))
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta()
    assert clock.local().utcoffset() == timedelta(hours=5, minutes=45)


async def test_the_monotonic_clock_counts_from_the_boot_and_goes_on():
    clock = SystemClock(SystemClockSettings())
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() > before
    assert abs(before - float(Path("/proc/uptime").read_text().split()[0])) < 60


def test_the_boot_is_the_kernels():
    clock = SystemClock(SystemClockSettings())
    assert clock.boot() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
