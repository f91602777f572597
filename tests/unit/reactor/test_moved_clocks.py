"""Whatever becomes of the clock, of the process and of the lid: nothing due is lost, nothing begins twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.schedules import due_between
from steward.model.trigger import SETTLED, OccurrenceState, Schedule
from steward.testing.clock import MovedClock
from tests.clockwork import Clockwork

HOUR, DAY = 3_600, 86_400
SCHEDULES = {
    "interval": ('{every: "1h"}', Schedule(every="1h")),
    "daily": ('{dailyAt: "02:30", zone: Europe/Berlin}', Schedule(daily_at="02:30", zone="Europe/Berlin")),
    "cron": (
        '{cron: "15,45 1-3 * * *", zone: America/New_York}',
        Schedule(cron="15,45 1-3 * * *", zone="America/New_York"),
    ),
    "calendar": ('{calendar: "*:0/40 Europe/Berlin"}', Schedule(calendar="*:0/40 Europe/Berlin")),
    "jitter": ("{every: 2h, jitter: 20m}", Schedule(every="2h", jitter_seconds=1_200)),
    "leap day": ('{cron: "0 12 29 2 *"}', Schedule(cron="0 12 29 2 *")),
}
BEGINS = {
    "an ordinary day": datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    "spring in Berlin": datetime(2026, 3, 28, 22, 30, tzinfo=UTC),
    "autumn in Berlin": datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    "spring in New York": datetime(2026, 3, 8, 4, 30, tzinfo=UTC),
    "autumn in New York": datetime(2026, 11, 1, 4, 30, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 28, 20, 0, tzinfo=UTC),
    "a new year": datetime(2026, 12, 31, 22, 0, tzinfo=UTC),
}


class World:
    """A scheduler whose clock is moved, and what it has seen of time."""

    def __init__(self, works: Clockwork, schedule: str, missed: str) -> None:
        self.works = works
        self.wanted = SCHEDULES[schedule][1]
        self.began = works.clock.now()
        text = (
            f"kind: schedule\nschedule: {SCHEDULES[schedule][0]}\nmissed: {missed}\nstarts: {{command: unit.restart}}\n"
        )
        works.put("tidy", text)

    async def look(self, seconds: float = 0) -> None:
        """Let time pass, and whatever began meanwhile end."""
        await self.works.tick(seconds)
        await self.works.finish()
        await self.works.tick()

    async def minutes(self) -> None:
        await self.look(20 * 60)

    async def hours(self) -> None:
        """The machine is busy with something else for three hours."""
        await self.look(3 * HOUR)

    async def hour_forward(self) -> None:
        self.works.clock.set_wall(HOUR)
        await self.look()

    async def hour_back(self) -> None:
        self.works.clock.set_wall(-HOUR)
        await self.look()

    async def lid(self) -> None:
        """Closed for a night: the monotonic clock stands still."""
        self.works.clock.set_wall(9 * HOUR + 60)
        await self.look(1)

    async def restart(self) -> None:
        self.works.clock.reboot(200)
        await self.works.restart()
        await self.look()

    async def holds(self) -> None:
        """Everything due until now has one row, every row has its run or says why not, no run is there twice."""
        due = due_between(self.wanted, self.began, self.works.clock.now(), "UTC", "tidy", 10_000).moments
        rows = await self.works.rows()
        moments = [row.due for row in rows]
        assert len(set(moments)) == len(moments)
        assert sorted(set(due) - set(moments)) == []
        ran = [row.run for row in rows if row.run is not None]
        assert len(set(ran)) == len(ran) == max(await self.works.run_count(), 0)
        assert [row for row in rows if row.state in SETTLED and row.run is None and not row.reason] == []
        assert OccurrenceState.CLAIMED not in {row.state for row in rows}


MOVES: dict[str, Callable[[World], Awaitable[None]]] = {
    "minutes": World.minutes,
    "hours": World.hours,
    "an hour forward": World.hour_forward,
    "an hour back": World.hour_back,
    "lid": World.lid,
    "restart": World.restart,
}


async def lived(url: str, begins: str, schedule: str, missed: str, moves: list[str]) -> None:
    works = Clockwork(url, clock=MovedClock(BEGINS[begins]))
    world = World(works, schedule, missed)
    try:
        await world.look()
        for move in moves:
            await MOVES[move](world)
            await world.holds()
    finally:
        await works.end()


@pytest.mark.parametrize("begins", BEGINS)
async def test_a_day_with_everything_in_it(database_url: str, begins: str):
    moves = (
        ["minutes"] * 8 + ["an hour back"] + ["minutes"] * 4 + ["restart", "an hour forward", "lid", "hours", "minutes"]
    )
    schedule = "leap day" if "leap" in begins else "cron" if "York" in begins else "daily"
    await lived(database_url, begins, schedule, "all" if "autumn" in begins else "once", moves)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    begins=st.sampled_from(sorted(BEGINS)),
    schedule=st.sampled_from(sorted(SCHEDULES)),
    missed=st.sampled_from(["once", "all", "skip"]),
    moves=st.lists(st.sampled_from(sorted(MOVES)), min_size=1, max_size=9),
)
async def test_any_course_of_steps_pauses_and_restarts(
    fresh_url: Callable[[], str], begins: str, schedule: str, missed: str, moves: list[str]
):
    await lived(fresh_url(), begins, schedule, missed, moves)
