"""Benchmark: what it costs to wait: runs that are suspended, schedules of which none is due, nothing else to do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from steward.app.daemon import Daemon
from steward.app.plugins import load_know_how
from steward.app.settings import read_settings
from steward.app.start import prepare
from steward.app.wiring import Steward, Surroundings, build
from steward.model.approval import fingerprint
from steward.model.flow import Course
from steward.model.hold import Hold, HoldKind, HoldRecord, HoldState, Inquiry, Wait
from steward.model.run import Run, RunState
from steward.store import changes, events, holds, plans, runs
from steward.store.database import Connection
from tests.bench.measure import Sample, say
from tests.bench.report import Row, Section, table
from tests.bench.steps_steward import change_of, plan_of, write_inventory

RUNS = 60
SCHEDULES = 1_000
_STEPS = 10
_CALLS = 20
_DAY = timedelta(days=1)
_KINDS = (
    Hold(id="go", kind=HoldKind.ASK, says="a question", inquiry=Inquiry(text="Now?")),
    Hold(id="go", kind=HoldKind.WAIT, says="a time", wait=Wait(seconds=7 * 86_400)),
    Hold(id="go", kind=HoldKind.WAIT, says="an event", wait=Wait(event="backup.done", subject="nas")),
)

_AIM = 1.0
_TRIGGERS_READ_SECONDS = 5.0
"""How often the scheduler reads the folder; between that a turn goes by what it read last."""
_SETTLED_SECONDS = 2.5
"""After so long a file that was written counts as not being written any more."""
_OTHERS = frozenset({"look", "beat", "sign", "ask_others", "tidy"})
"""Loops that look at machines, or that no waiting run and no schedule can make dearer."""


def measure(count: int) -> Section:
    """Let the loops of a daemon turn, with nothing and with everything that waits, each in a Steward of its own."""
    none: dict[str, list[float]] = {}
    many: dict[str, list[float]] = {}
    for number in range(count):
        for found, runs_count, schedules in ((none, 0, 0), (many, RUNS, SCHEDULES)):
            say(f"waiting {number + 1}/{count}, {runs_count} runs, {schedules} schedules")
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                for name, share in asyncio.run(_once(Path(folder), runs_count, schedules)).items():
                    found.setdefault(name, []).append(share)
    return _section(none, many)


async def _once(folder: Path, run_count: int, schedules: int) -> dict[str, float]:
    """Return how much of a core each loop takes, in percent."""
    steward = _built(folder, schedules)
    await steward.storage.write(_suspend, steward, run_count)
    loops = [each for each in Daemon(steward).loops() if each[0].__name__ not in _OTHERS]
    loops.append((_reading_triggers(steward), _TRIGGERS_READ_SECONDS))
    await asyncio.sleep(_SETTLED_SECONDS)
    found: dict[str, float] = {}
    for turn, pause in loops:
        await turn()  # reads files and plans for the first time
        before = time.process_time()
        for _ in range(_CALLS):
            await turn()
        found[turn.__name__] = (time.process_time() - before) / _CALLS / pause * 100
    await steward.scheduler.close()
    steward.storage.close()
    return found


def _reading_triggers(steward: Steward) -> Callable[[], Awaitable[object]]:
    async def read_triggers() -> None:
        await asyncio.to_thread(steward.triggers.look)

    return read_triggers


def _built(folder: Path, schedules: int) -> Steward:
    environment = {
        "STEWARD_DATA": str(folder / "data"),
        "STEWARD_KEYS": str(folder / "keys"),
        "STEWARD_WORKSPACE": str(folder / "workspace"),
        "STEWARD_SSH_CONFIG": str(folder / "none"),
    }
    settings = read_settings(environment, folder)
    prepare(settings)
    write_inventory(settings.workspace)
    triggers = settings.workspace / "triggers"
    triggers.mkdir(exist_ok=True)
    for number in range(schedules):
        text = f"kind: schedule\nschedule: {{every: {number % 20 + 2}d}}\nstarts: {{command: status}}\n"
        (triggers / f"bench-{number}.yaml").write_text(text)
    return build(settings, load_know_how(), Surroundings(environment=environment, reached=_unheard))


def _suspend(connection: Connection, steward: Steward, run_count: int) -> None:
    """Keep runs that wait: a third each for a person, a time and an event."""
    now = steward.clock.now()
    machines = steward.workspace.inventory().machines
    for number in range(run_count):
        hold = _KINDS[number % len(_KINDS)]
        course = Course(workflow="bench", source_hash="ab", inputs={}, holds=(hold,))
        plan = replace(plan_of(f"plan-{number}", machines[number], _STEPS, now), course=course)
        run = Run(id=f"run-{number}", plan=plan.id, change=f"chg-{number}", state=RunState.SUSPENDED, created=now)
        plans.insert(connection, plan, fingerprint=fingerprint(plan), shown="do nothing")
        runs.insert(connection, run)
        changes.insert(connection, change_of(number, now))
        row = HoldRecord(
            run=run.id,
            hold=hold.id,
            kind=hold.kind,
            state=HoldState.OPEN,
            opened=now,
            due=now + 7 * _DAY,
            remind_at=now + _DAY,
            since_event=events.last(connection),
        )
        holds.open_hold(connection, row)


def _unheard(_point: str) -> None:
    """Go on."""


def _section(none: dict[str, list[float]], many: dict[str, list[float]]) -> Section:
    total = Sample(values=tuple(map(sum, zip(*many.values(), strict=True))))
    anchor = Sample(values=tuple(map(sum, zip(*none.values(), strict=True))))
    rows = [
        [
            name,
            Sample(values=tuple(many[name])).text("", 2).strip(),
            Sample(values=tuple(none[name])).text("", 2).strip(),
        ]
        for name in sorted(many, key=lambda name: -Sample(values=tuple(many[name])).median)
    ]
    return Section(
        title="Waiting",
        intro=(
            f"{RUNS} suspended runs of {_STEPS} steps (a third each waits for a person, a time and an event) and "
            f"{SCHEDULES} schedules in files of the workspace, of which none is due. Each loop of `steward up` is "
            f"turned {_CALLS} times; its processor time, by its pause, is what it takes of a core. The anchor is the "
            "same Steward with nothing that waits and no schedules."
        ),
        rows=[
            Row(
                what="processor, of one core",
                figure=total.text("%", 2),
                anchor=f"nothing waits {anchor.text('%', 2)}",
                ratio=f"{total.median - anchor.median:+.2f} %",
                aim=f"{_AIM:g} % more",
                is_met=total.median - anchor.median < _AIM,
            )
        ],
        tables=["By loop, in percent of a core:", table(["loop", "60 runs, 1,000 schedules", "nothing"], rows)],
        notes=[
            "Left out is what has nothing to do with waiting: looking at machines, the queue, the signature of the "
            "audit, numbers of other servers and tidying.",
        ],
    )
