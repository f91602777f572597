"""One strike after another at whoever carries runs out, and what the four witnesses say of each."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from steward.model.ids import RunId
from steward.model.run import ENDED, Run, RunState
from steward.store import locks, plans, runs
from tests.real.crash.checker import Verdict, judge
from tests.real.crash.history import Answer, History
from tests.real.crash.machine import WORK, CrashMachine
from tests.real.crash.witnesses import actions_of, row_of
from tests.real.workers.crew import EVERYBODY, Crew

_ENDING_SECONDS = 120
_BEGIN_SECONDS = 60
_BACK_SECONDS = 60
_PAUSE_SECONDS = 0.05


class Means(StrEnum):
    """What is done to a process."""

    KILL = "kill -9"
    RESTART = "kill -9 and start again"
    STOP = "stop, then wake"
    CUT = "cut off from the database"
    HANG = "database link hangs"
    TERM = "SIGTERM"


LASTING = frozenset({Means.STOP, Means.CUT, Means.HANG})
"""Those that end by themselves, after a time that may be longer or shorter than what calls a worker silent."""


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One strike."""

    means: Means
    """What."""
    choice: float
    """Which of those who carry runs out, 0 to 1."""
    after_seconds: float
    """How long after the last run was taken from the queue."""
    lasts_seconds: float
    """How long, when it ends by itself."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one strike led to."""

    name: str
    """Name of the trial."""
    strike: Strike
    """What was done."""
    victim: str
    """To whom."""
    had: int
    """How many runs it was carrying out."""
    adopted_seconds: float | None
    """From the strike until another process had all of them; None when nobody needed to."""
    ended_seconds: float
    """From the strike until every run had ended."""
    histories: tuple[History, ...]
    """One of each run."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the checker says."""
        return tuple(judge(history) for history in self.histories)

    @property
    def states(self) -> tuple[str, ...]:
        """How the runs ended."""
        return tuple(run.state for history in self.histories for run in history.runs)

    @property
    def strays(self) -> tuple[str, ...]:
        """How runs ended that should all have gone to their end; a shell step has no proof, so that is `unverified`."""
        return tuple(state for state in self.states if state != RunState.UNVERIFIED.value)

    @property
    def problems(self) -> tuple[str, ...]:
        """What may never be."""
        found = [one for verdict in self.verdicts for one in (*verdict.lost, *verdict.doubled, *verdict.wrong)]
        return (*found, *(history.note for history in self.histories if history.note))

    def __str__(self) -> str:
        adopted = "-" if self.adopted_seconds is None else f"{self.adopted_seconds:.1f} s"
        lasts = f" for {self.strike.lasts_seconds:.1f} s" if self.strike.means in LASTING else ""
        told = f"{self.victim}: {self.strike.means.value}{lasts} after {self.strike.after_seconds:.1f} s"
        ends = ", ".join(self.states)
        head = "BAD" if self.problems else "ok "
        lines = [
            f"{head} {self.name}: {told}; had {self.had}, adopted {adopted}, {self.ended_seconds:.1f} s to: {ends}"
        ]
        return "\n    ".join([*lines, *self.problems])


def strikes(count: int, seed: int, means: Sequence[Means]) -> list[Strike]:
    """Return so many strikes: each of these means in turn, the rest by lot."""
    lot = random.Random(seed)
    return [
        Strike(
            means=means[number % len(means)],
            choice=lot.random(),
            after_seconds=lot.uniform(0, 2.5),
            lasts_seconds=lot.choice((lot.uniform(1, 4), lot.uniform(7, 12))),
        )
        for number in range(count)
    ]


class Trial:
    """One strike while three runs are under way, one on each machine."""

    def __init__(self, crew: Crew, strike: Strike, name: str) -> None:
        self._crew = crew
        self._strike = strike
        self._name = name
        self._runs: dict[RunId, CrashMachine] = {}
        self._answers: list[Answer] = []
        self._adopted: float | None = None

    def run(self) -> Outcome:
        """Play it to the end of every run, and bring everybody back."""
        self._everybody_is_back()
        with ThreadPoolExecutor() as threads:
            list(threads.map(self._start, self._crew.machines))
        self._crew.steward.until("every run was begun", self._all_begun, within=_BEGIN_SECONDS)
        time.sleep(self._strike.after_seconds)
        victim, had = self._victim()
        struck = time.monotonic()
        self._hit(victim)
        is_lifted = self._follow(victim, had, struck)
        ended = time.monotonic() - struck
        if not is_lifted:
            time.sleep(max(0, struck + self._strike.lasts_seconds - time.monotonic()))
            self._lift(victim)
        self._everybody_is_back()
        verified = self._crew.steward.run("audit", "verify", "--json")
        problems = () if verified.returncode == 0 else (verified.stdout[-300:],)
        return Outcome(
            name=self._name,
            strike=self._strike,
            victim=victim,
            had=len(had),
            adopted_seconds=self._adopted,
            ended_seconds=ended,
            histories=tuple(self._history(run, machine, problems) for run, machine in self._runs.items()),
        )

    # ---- before ----

    def _case(self, machine: CrashMachine) -> str:
        return f"{self._name}-{machine.name}"

    def _start(self, machine: CrashMachine) -> None:
        case = self._case(machine)
        machine.begin(case, with_units=False)
        file = self._crew.steward.folder / f"{case}.yaml"
        file.write_text(workflow(case, machine.name))
        card = self._crew.steward.plan(str(file))
        run = RunId(card["run"])
        self._answers.append(Answer(says="planned", run=run, at=datetime.now(tz=UTC)))
        self._crew.steward.approve(card["approval"]["code"])
        self._answers.append(Answer(says="approved", run=run, at=datetime.now(tz=UTC)))
        self._runs[run] = machine

    def _all_begun(self) -> bool:
        carriers = self._crew.carriers()
        return all(carriers.get(run, ("", False))[0] for run in self._runs)

    def _victim(self) -> tuple[str, set[RunId]]:
        """Choose among those who carry runs out; when all have ended already, among all."""
        carriers = self._crew.carriers()
        busy = {name for run in self._runs for name, is_over in [carriers[run]] if not is_over}
        candidates = sorted(busy) or list(EVERYBODY)
        victim = candidates[int(self._strike.choice * len(candidates))]
        return victim, {run for run in self._runs if carriers[run] == (victim, False)}

    # ---- the strike ----

    def _hit(self, victim: str) -> None:
        match self._strike.means:
            case Means.KILL:
                self._crew.signal(victim, signal.SIGKILL)
            case Means.RESTART:
                self._crew.signal(victim, signal.SIGKILL)
                self._crew.steward.wait_dead(victim)
                self._crew.revive(victim)
            case Means.STOP:
                self._crew.signal(victim, signal.SIGSTOP)
            case Means.CUT:
                self._crew.links[victim].cut()
            case Means.HANG:
                self._crew.links[victim].hang()
            case Means.TERM:
                self._crew.signal(victim, signal.SIGTERM)

    def _lift(self, victim: str) -> None:
        if self._strike.means is Means.STOP:
            self._crew.signal(victim, signal.SIGCONT)
        elif self._strike.means in LASTING:
            self._crew.links[victim].mend()

    def _follow(self, victim: str, had: set[RunId], struck: float) -> bool:
        """Wait until every run has ended, lifting what lasts when its time is over; tell whether it was."""
        is_lifted = self._strike.means not in LASTING
        while (past := time.monotonic() - struck) < _ENDING_SECONDS:
            carriers = self._crew.carriers()
            if had and self._adopted is None and all(carriers[run][0] not in {"", victim} for run in had):
                self._adopted = past
            if not is_lifted and past >= self._strike.lasts_seconds:
                self._lift(victim)
                is_lifted = True
            if all(state in ENDED for state in self._states()):
                return is_lifted
            time.sleep(_PAUSE_SECONDS)
        return is_lifted

    def _states(self) -> list[RunState]:
        with self._crew.database.read() as connection:
            return [run.state for run in (runs.get(connection, run) for run in self._runs) if run]

    # ---- after ----

    def _everybody_is_back(self) -> None:
        for name in EVERYBODY:
            process = self._crew.steward.processes.get(name)
            if process is not None and self._strike.means is Means.TERM and process.poll() is not None:
                assert process.poll() == 0, f"{name} left with {process.poll()}"
            if process is None or process.poll() is not None:
                self._crew.revive(name)
        self._crew.steward.until(
            "everybody is back", lambda: self._crew.alive() >= set(EVERYBODY), within=_BACK_SECONDS
        )
        for state, run in zip(self._states(), self._runs, strict=True):
            if state is RunState.UNKNOWN:
                self._crew.steward.run("runs", "settle", run, "failed")

    def _history(self, run_id: RunId, machine: CrashMachine, audit_problems: tuple[str, ...]) -> History:
        machine.quiet()
        case = self._case(machine)
        with self._crew.database.read() as connection:
            run = runs.get(connection, run_id)
            assert isinstance(run, Run)
            stored = plans.get(connection, run.plan)
            assert stored is not None
            return History(
                case=case,
                runs=(row_of(connection, run),),
                answers=tuple(answer for answer in self._answers if answer.run == run_id),
                actions=tuple(actions_of(connection, run, stored.plan, case, [machine])),
                effects=machine.effects(case),
                locks=tuple({lock.run for lock in locks.holders(connection)} & {run_id}),
                audit_problems=audit_problems,
            )


def workflow(case: str, machine: str) -> str:
    """Return the workflow file of one run: three steps of a second, one after another."""
    names = ("one", "two", "three")
    steps = [
        {
            "id": name,
            "command": "shell.run",
            "on": machine,
            "with": {"script": _script(f"{case}/{name}"), "reason": "a strike at a worker"},
            "needs": list(names[max(0, number - 1) : number]),
        }
        for number, name in enumerate(names)
    ]
    return json.dumps({"kind": "Workflow", "name": case, "title": f"Strike {case}", "goal": "it ends", "steps": steps})


def _script(label: str) -> str:
    return f"echo {label} $(date +%s%N) >>{WORK}/effects; sleep 1"
