"""A soak of the clock in simulated time: `python -m tests.real.soak_clock [--days 30] [--a-day 200] [--seed 1]`.

Schedules that are never skipped by policy, a look every minute, and a fault every minute: the store is away for some
transactions, a start fails and may work later, or the process ends at one of the points between two commits. At the
end every moment that was due has exactly one row with an ending and a reason, and exactly one run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward.core.schedules import due_between
from steward.model.errors import TryLater, Unreachable
from steward.model.run import RunState
from steward.model.trigger import OccurrenceState, Schedule
from steward.store.database import Connection, Database
from steward.store.migrate import migrate
from steward.store.runs import RUNS
from steward.testing.crash import Crash, CrashAt
from tests.clockwork import START, Clockwork

POINTS = (
    "trigger.note.before",
    "trigger.note.after",
    "trigger.claim.before",
    "trigger.claim.after",
    "trigger.start.before",
    "ledger.before",
    "ledger.after",
    "trigger.start.after",
)
_A_DAY_EACH = 8
_MINUTE = 60
_QUIET_MINUTES = 60
"""Without faults at the end, for what a fault put off."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a soak."""

    due: int
    """Moments that were due."""
    rows: int
    """Rows there are."""
    lost: int
    """Moments without a row."""
    without_end: int
    """Rows without a good ending, or without a reason."""
    endings: tuple[str, ...]
    """How the first of these ended."""
    runs: int
    """Runs there are; one for each moment."""
    faults: int
    """Faults that were put in."""
    lives: int
    """Lives of the process."""
    memory_mb: tuple[float, float]
    """Resident memory after the first tenth, and at the end."""
    files: tuple[int, int]
    """Open files after the first tenth, and at the end."""

    @property
    def is_good(self) -> bool:
        """Tell whether none was lost and none doubled."""
        return self.lost == self.without_end == 0 and self.due == self.rows == self.runs

    def __str__(self) -> str:
        return (
            f"{self.due} due, {self.rows} rows, {self.lost} lost, {self.runs - self.due} doubled, "
            f"{self.without_end} without a good end; {self.faults} faults, {self.lives} lives; "
            f"memory {self.memory_mb[0]:.0f} -> {self.memory_mb[1]:.0f} MB, files {self.files[0]} -> {self.files[1]}"
        )


async def soak(folder: Path, *, days: float, a_day: int, seed: int, say: Callable[[str], None]) -> Outcome:
    """Let that time pass on a new store in a folder."""
    url = f"sqlite:///{folder}/soak.sqlite"
    fresh = Database(url)
    migrate(fresh, backups=folder, now=START)
    fresh.close()
    dice, works = random.Random(seed), Clockwork(url)
    count = max(1, a_day // _A_DAY_EACH)
    names = [f"soak-{number}" for number in range(count)]
    for number, name in enumerate(names):
        works.every(name, "3h", "missed: all\noverlap: allow\nmostAtOnce: 20\nstartWithin: 2h\n")
        text = works.repository.read(f"triggers/{name}.yaml") or ""
        works.put(name, text.replace("every: 3h", f"every: 3h, jitter: {number * 60}s"))
    await works.tick()
    minutes, lives, faults = round(days * 1440), 1, 0
    kept = (_memory_mb(), _files())
    for minute in range(minutes + _QUIET_MINUTES):
        if minute < minutes:
            faults += _put_in_a_fault(works, dice)
        lives += await _look(works)
        if minute % 10 == 0:
            await works.finish()
        if minute == minutes // 10:
            kept = (_memory_mb(), _files())
        if minute and minute % 1440 == 0:
            say(f"day {minute // 1440}: {await works.run_count()} runs, {_memory_mb():.0f} MB, {_files()} files")
    await works.finish()
    await works.tick(_MINUTE)
    outcome = await _outcome(works, names)
    await works.end()
    return Outcome(
        **outcome,
        faults=faults,
        lives=lives,
        memory_mb=(kept[0], _memory_mb()),
        files=(kept[1], _files()),
    )


def _put_in_a_fault(works: Clockwork, dice: random.Random) -> int:
    kind = dice.randrange(3)
    if kind == 0:
        works.storage.cut = dice.randrange(1, 4)
    elif kind == 1:
        works.fail_next(dice.choice([Unreachable("m1 does not answer"), TryLater("busy")]))
    else:
        works.reached = CrashAt(dice.choice(POINTS), dice.randrange(1, 3))
    return 1


async def _look(works: Clockwork) -> int:
    """Let a minute pass; return how many lives ended."""
    works.clock.advance(_MINUTE)
    try:
        await works.scheduler.tick()
        await works.scheduler.settled()
    except TryLater:  # the daemon logs it and goes on
        await works.scheduler.settled()
    except Crash:
        await works.restart()
        return 1
    finally:
        works.storage.cut = 0
        works.ledger.errors.clear()
    return 0


async def _outcome(works: Clockwork, names: list[str]) -> dict[str, Any]:
    now = works.clock.now()
    rows = {row.id: row for row in await works.rows()}
    lost = due = 0
    for number, name in enumerate(names):
        schedule = Schedule(every="3h", jitter_seconds=number * 60)
        moments = due_between(schedule, START, now, "UTC", name, 100_000).moments
        have = {row.due for row in rows.values() if row.trigger == name}
        due += len(moments)
        lost += len(set(moments) - have)
    bad = [
        row
        for row in rows.values()
        if row.state is not OccurrenceState.ENDED or row.result != RunState.VERIFIED.value or not row.reason
    ]
    return {
        "due": due,
        "rows": len(rows),
        "lost": lost,
        "without_end": len(bad),
        "endings": tuple(f"{row.id} {row.state.value} {row.result} {row.reason}" for row in bad[:5]),
        "runs": await works.storage.read(_run_count),
    }


def _run_count(connection: Connection) -> int:
    return len(connection.execute(RUNS.select()).all()) - 1


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def main() -> int:
    """Soak and print what came of it; 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.soak_clock", description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--a-day", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        outcome = asyncio.run(soak(Path(folder), days=given.days, a_day=given.a_day, seed=given.seed, say=print))
    print(outcome, *outcome.endings, sep="\n")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
