"""Benchmark: from the moment something is due to its run, with a thousand schedules; and what an idle look costs."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from steward.model.trigger import OccurrenceState
from steward.store.database import Database
from steward.store.migrate import migrate
from tests.bench.measure import Sample, say
from tests.bench.report import Row, Section
from tests.clockwork import START, Clockwork

_PACE_SECONDS = 1.0
_AIM_SECONDS = 5.0


def measure(count: int, *, schedules: int = 1_000, due: int = 20) -> Section:
    """Let some of many schedules become due at one moment, several times."""
    waits: list[float] = []
    idle: list[float] = []
    for number in range(count):
        say(f"clock {number + 1}/{count}")
        with tempfile.TemporaryDirectory(prefix="clock-") as folder:
            last, looks = asyncio.run(_once(Path(folder), schedules, due))
        waits.append(last)
        idle += looks
    longest, look = Sample(values=tuple(waits)), Sample(values=tuple(each * 1_000 for each in idle))
    return Section(
        title="From due to started",
        intro=(
            f"{schedules} schedules on SQLite, of which {due} are due at the same moment. The clock is moved, the work "
            "is real: rows, claims, and a run each in the store. The daemon looks again "
            f"{_PACE_SECONDS:.0f} s after it has looked; at worst something is due right after a look, so that pause "
            "is added. There is nothing fair to compare with."
        ),
        rows=[
            Row(
                what=f"from due until the last of {due} has its run, at worst",
                figure=f"{longest.median + _PACE_SECONDS:.2f} s",
                aim=f"{_AIM_SECONDS:.0f} s",
                is_met=longest.median + _PACE_SECONDS <= _AIM_SECONDS,
            ),
            Row(what="of that the look that claims and starts them", figure=longest.text("s", 2)),
            Row(what="a look when nothing is due", figure=look.text("ms", 1)),
        ],
        notes=[
            "A start that plans on a machine takes as long as looking at that machine; it keeps none waiting.",
            "The files of the schedules are in memory here; what it costs to watch as many on disk is under Waiting.",
        ],
    )


async def _once(folder: Path, schedules: int, due: int) -> tuple[float, list[float]]:
    url = f"sqlite:///{folder}/clock.sqlite"
    fresh = Database(url)
    migrate(fresh, backups=folder, now=START)
    fresh.close()
    works = Clockwork(url)
    for number in range(schedules):
        works.every(f"often-{number}", "1h" if number < due else "2d")
    await works.tick()
    looks: list[float] = []
    for _ in range(10):
        began = time.perf_counter()
        await works.tick(1)
        looks.append(time.perf_counter() - began)
    works.clock.advance(3_600 - 12)
    await works.tick()
    works.clock.advance(3)
    began = time.perf_counter()
    while (await works.count())[OccurrenceState.STARTED] < due:
        await works.tick()
    took = time.perf_counter() - began
    await works.end()
    return took, looks
