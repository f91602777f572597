"""Benchmark: runs a minute with two workers, against one; on one computer, so what a second costs shows too."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from steward.model.run import ENDED, RunState
from steward.store import runs as table
from tests.bench.measure import BenchError, Sample, say
from tests.bench.report import Row, Section
from tests.real.crash.cluster import cluster
from tests.real.crash.nursery import Nursery
from tests.real.lab import Lab
from tests.real.workers.crew import WORKERS, Crew
from tests.real.workers.storm import workflow

_MACHINES = ("m3", "m4", "m5")
_ENDING_SECONDS = 600


def measure(count: int, *, runs: int) -> Section:
    """Let one and two of them carry out the same runs, in turns, each time from a full queue."""
    lab = Lab.from_environment()
    lab.up()
    minutes: dict[int, list[float]] = {1: [], 2: []}
    for number in range(count):
        for workers, some in minutes.items():
            say(f"workers {number + 1}/{count}, {workers}")
            some.append(_runs_a_minute(lab, workers, runs))
    one, two = (Sample(values=tuple(minutes[workers])) for workers in (1, 2))
    return Section(
        title="Runs with a second worker",
        intro=(
            f"{runs} approved runs of three shell steps (each writes a line and sleeps for a second) on three machines "
            "of the lab. A control plane that takes no runs has put all of them on the queue before the workers are "
            "started. PostgreSQL and every process are on this one computer. From the start of the first to the end of "
            "the last."
        ),
        rows=[
            Row(
                what="runs a minute, two workers",
                figure=two.text("", 1).strip(),
                anchor=f"one worker {one.text('', 1).strip()}",
                ratio=f"{two.median / one.median:.2f}x",
            )
        ],
        notes=[
            "A machine carries out one run at a time, and one worker waits for 64 runs at once: a second worker is for "
            "the day on which the first one dies, not for more runs.",
            f"If nothing but sleeping cost time: {_fastest():.0f} runs a minute.",
        ],
    )


def _fastest() -> float:
    return len(_MACHINES) * 60 / 3


def _runs_a_minute(lab: Lab, workers: int, runs: int) -> float:
    nursery = Nursery()
    try:
        with cluster(is_wanted=True) as server:
            if server is None:
                raise BenchError("there is no PostgreSQL here")
            crew = Crew(lab, server, _MACHINES, nursery=nursery)
            try:
                crew.start((), control_works=False)
                return _carried_out(crew, WORKERS[:workers], runs)
            finally:
                crew.close()
    finally:
        nursery.close()


def _carried_out(crew: Crew, workers: Sequence[str], runs: int) -> float:
    """Return how many runs a minute were carried out."""

    def approve(number: int) -> None:
        machine = crew.machines[number % len(crew.machines)]
        file = crew.steward.folder / f"b{number}.yaml"
        file.write_text(workflow(f"b{number}", machine.name))
        crew.steward.approve(crew.steward.plan(str(file))["approval"]["code"])

    with ThreadPoolExecutor(max_workers=2) as threads:
        list(threads.map(approve, range(runs)))
        list(threads.map(crew.revive, workers))
    crew.steward.until(f"{runs} runs have ended", lambda: len(_ended(crew)) == runs, within=_ENDING_SECONDS)
    ended = _ended(crew)
    if any(state is not RunState.UNVERIFIED for state, _, _ in ended):
        raise BenchError(f"not every run went to its end: {sorted({state.value for state, _, _ in ended})}")
    seconds = (max(end for _, _, end in ended) - min(start for _, start, _ in ended)).total_seconds()
    return runs * 60 / seconds


def _ended(crew: Crew) -> list[tuple[RunState, datetime, datetime]]:
    with crew.database.read() as connection:
        found = table.listing(connection, limit=500)
    return [(run.state, run.started, run.ended) for run in found if run.state in ENDED and run.started and run.ended]
