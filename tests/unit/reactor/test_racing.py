"""Several processes with a scheduler each, on one store: whatever is due is begun once, by one of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from steward.model.trigger import OccurrenceState
from tests.clockwork import Clockwork

ROOT = Path(__file__).parents[3]
PROCESSES, TRIGGERS, ROUNDS = 2, 6, 4


def begin(url: str, number: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.unit.reactor.racing", url, f"worker-{number}", str(TRIGGERS)]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def all_say(processes: list[subprocess.Popen[str]], word: str) -> None:
    assert [process.stdout.readline().strip() for process in processes] == [word] * len(processes)


async def test_two_processes_that_look_at_the_same_moment_begin_everything_once(database_url: str):
    works = Clockwork(database_url)
    processes = [begin(database_url, number) for number in range(PROCESSES)]
    try:
        all_say(processes, "ready")
        for _ in range(ROUNDS):
            for process in processes:
                process.stdin.write("look\n")
                process.stdin.flush()
            all_say(processes, "done")
        for process in processes:
            process.stdin.close()
        assert [process.wait(60) for process in processes] == [0] * PROCESSES
        rows = await works.rows()
        assert len({row.id for row in rows}) == len(rows) == TRIGGERS * ROUNDS
        assert {row.state for row in rows} == {OccurrenceState.STARTED}
        assert len({row.run for row in rows}) == TRIGGERS * ROUNDS == await works.run_count()
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()
        await works.end()
