"""One case after another on one Steward: arm, propose, approve, die, start again, wait, write down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from steward.model.approval import Approval, ApprovalState
from steward.model.ids import RunId
from steward.model.plan import Plan
from steward.model.run import ENDED, Run, RunState
from steward.store import approvals, audit, locks, plans, runs
from steward.store.database import Connection, Database
from tests.real.crash.deployment import DAEMON, WORKER, Deployment
from tests.real.crash.history import Action, Answer, History, RunRow
from tests.real.crash.machine import CrashMachine
from tests.real.crash.nursery import Nursery
from tests.real.crash.plans import QUESTION, title_of, workflow
from tests.real.crash.points import DEQUEUE_BEFORE, Case, Place, Shape, Victim
from tests.real.crash.witnesses import actions_of, row_of
from tests.real.lab import Lab
from tests.real.operator import Refused

_ENDING_SECONDS = 60
_SETTLING_SECONDS = 60
_PAUSE_SECONDS = 0.1
_TRIES = 6
NewDatabase = Callable[[], str]
"""Returns the URL of an empty database; empty for the file in the data folder."""


class Lane:
    """One Steward and its machines."""

    def __init__(self, lab: Lab, names: Sequence[str], new_database: NewDatabase, nursery: Nursery | None) -> None:
        self._lab = lab
        self._machines = [CrashMachine(lab, name) for name in names]
        self._new_database = new_database
        self._nursery = nursery
        self._opened: tuple[Deployment, Database] | None = None
        for machine in self._machines:
            machine.prepare()

    def run(self, case: Case, name: str) -> History:
        """Carry out one case and return its history; a Steward that is of no more use is thrown away."""
        deployment, database = self._ready()
        play = _Play(case, name, deployment, database, self._machines)
        try:
            history = play.run()
            is_clean = play.settle()
        except Refused as error:
            history, is_clean = replace(play.collect(), note=f"the harness gave up: {error}"), False
        if not is_clean:
            self.close(keep=True)
        return history

    def close(self, *, keep: bool = False) -> None:
        """End everything; `keep` leaves the folder, with its log and store, to be looked at."""
        if self._opened is None:
            return
        deployment, database = self._opened
        self._opened = None
        database.close()
        if keep:
            for process in list(deployment.processes):
                deployment.kill(process)
        else:
            deployment.close()

    def _ready(self) -> tuple[Deployment, Database]:
        if self._opened is None:
            deployment = Deployment(self._lab, nursery=self._nursery)
            url = self._new_database() or f"sqlite:///{deployment.data}/steward.db"
            deployment.init(database=url)
            deployment.relax()
            deployment.shape(is_split=False)
            for machine in self._machines:
                deployment.add(machine.name)
            self._opened = deployment, Database(url)
        return self._opened


class _Play:
    """One case."""

    def __init__(
        self, case: Case, name: str, deployment: Deployment, database: Database, machines: Sequence[CrashMachine]
    ) -> None:
        self.case = case
        self.name = name
        self._steward = deployment
        self._database = database
        self._machines = machines
        self._title = title_of(case.shape, name)
        self._answers: list[Answer] = []
        self._notes: list[str] = []
        self._is_struck = False
        self._is_typed_after_all = False
        self._struck_at: float | None = None
        self._recovery: float | None = None

    def run(self) -> History:
        """Play it to its ending, or until a minute after the restart."""
        is_queued_only = self.case.point.name == DEQUEUE_BEFORE
        self._steward.shape(is_split=is_queued_only or self.case.victim in {Victim.CONTROL, Victim.WORKER})
        for machine in self._machines:
            machine.begin(self.name, with_units=self.case.shape is Shape.UNDO)
        if is_queued_only:
            self._steward.kill(WORKER)
        else:
            self._arm()
        run = self._approved()
        if is_queued_only:
            self._kill_while_queued()
        self._wait(run)
        if not self._is_struck:
            self._notes.append(f"{self.case.point} was never reached")
        return self.collect()

    def settle(self) -> bool:
        """Say `failed` of what stays unknown, so that the next case may have the machine; False when that fails."""
        for run in self._runs():
            if run.state is RunState.UNKNOWN:
                self._steward.run("runs", "settle", run.id, "failed")
        with suppress(Refused):
            self._steward.until("every run has ended", self._is_over, within=_SETTLING_SECONDS)
        return self._is_over()

    def _is_over(self) -> bool:
        return all(run.state in ENDED - {RunState.UNKNOWN} for run in self._runs())

    def collect(self) -> History:
        """Ask all four witnesses."""
        for machine in self._machines:
            machine.quiet()
        with self._database.read() as connection:
            found = self._rows(connection)
            held = tuple({lock.run for lock in locks.holders(connection)})
        rows, actions = tuple(row for row, _ in found), tuple(action for _, some in found for action in some)
        return History(
            case=f"{self.name}: {self.case}",
            runs=rows,
            answers=tuple(self._answers),
            actions=actions,
            effects=tuple(effect for machine in self._machines for effect in machine.effects(self.name)),
            locks=held,
            audit_problems=self._audit_problems(),
            note="; ".join(self._notes),
            recovery_seconds=self._recovery,
        )

    # ---- on the way ----

    def _arm(self) -> None:
        point, victim = self.case.point, self.case.victim
        if point.place is Place.HOST:
            self._machines[0].arm(point.name, point.count, waits=victim is not Victim.HOST)
        else:
            self._steward.arm(point.name, point.count, self._steward.pids(victim))

    def _approved(self) -> RunId:
        """Propose and approve, as often as it takes while processes die under it."""
        file = self._steward.folder / f"{self.name}.yaml"
        file.write_text(workflow(self.case.shape, self.name, *[machine.name for machine in (self._machines * 2)[:2]]))
        for _ in range(_TRIES):
            self._strike()
            found = self._run_and_approval()
            if found is None:
                self._tell("planned", "plan", str(file), ok=(12,))
            elif found[1].state is ApprovalState.PENDING:
                names = " ".join(sorted({machine.name for machine in self._machines}))
                self._tell("approved", "approvals", "approve", found[1].code, "--target", names, ok=(0,))
            else:
                return found[0].id
        raise Refused("it could not be planned and approved:\n" + "\n".join(self._notes))

    def _tell(self, says: str, *words: str, ok: Sequence[int]) -> None:
        done = self._steward.run(*words, "--json")
        if done.returncode in ok:
            found = self._run_and_approval()
            run = found[0].id if found else "no run"
            self._answers.append(Answer(says=says, run=run, at=datetime.now(tz=UTC)))
            self._is_typed_after_all = self._is_struck
        elif not self._is_reached():
            self._notes.append(f"`steward {' '.join(words[:2])}` left with {done.returncode}: {done.stdout[-300:]}")

    def _kill_while_queued(self) -> None:
        self._is_struck = True
        if self.case.victim in {Victim.CONTROL, Victim.BOTH}:
            self._steward.kill(DAEMON)
        self._revive()

    def _is_reached(self) -> bool:
        if self.case.point.place is Place.HOST:
            return self._machines[0].arrived()
        return self._steward.fired(self.case.point.name)

    def _strike(self) -> None:
        """Once the point was reached: kill whoever did not die by itself, and start again what is dead."""
        if self._is_struck or not self._is_reached():
            return
        self._is_struck = True
        if self.case.point.place is Place.HOST and self.case.victim is not Victim.HOST:
            for process in {Victim.CONTROL: [DAEMON], Victim.WORKER: [WORKER]}.get(
                self.case.victim, list(self._steward.processes)
            ):
                self._steward.kill(process)
            self._machines[0].let_go()
        elif self.case.victim is not Victim.HOST:
            for process in {Victim.CONTROL: [DAEMON], Victim.WORKER: [WORKER]}.get(
                self.case.victim, list(self._steward.processes)
            ):
                self._steward.wait_dead(process, within=60)
        self._revive()

    def _revive(self) -> None:
        self._struck_at = time.monotonic()
        self._steward.revive()

    def _wait(self, run: RunId) -> None:
        """Wait for the ending; a minute in which nothing is written down is none."""
        end, written, was_struck = time.monotonic() + _ENDING_SECONDS, 0, False
        while True:
            self._strike()
            if self._state(run) is RunState.SUSPENDED:
                self._tell("answered", "holds", "answer", run, QUESTION, ok=(0, 5))
            if self._state(run) in ENDED and (self._is_struck or not self._is_reached()):
                break
            if (now := (self._written(run), self._is_struck)) != (written, was_struck):
                (written, was_struck), end = now, time.monotonic() + _ENDING_SECONDS
            if time.monotonic() > end:
                self._notes.append(f"no ending, and nothing written down for {_ENDING_SECONDS} s")
                return
            time.sleep(_PAUSE_SECONDS)
        if self._struck_at is not None and not self._is_typed_after_all:
            self._recovery = round(time.monotonic() - self._struck_at, 1)

    def _written(self, run: RunId) -> int:
        with self._database.read() as connection:
            return len(audit.rows(connection, subject=run))

    # ---- what the store says ----

    def _runs(self) -> list[Run]:
        with self._database.read() as connection:
            return [run for run, _ in self._mine(connection)]

    def _state(self, run: RunId) -> RunState | None:
        with self._database.read() as connection:
            found = runs.get(connection, run)
        return found.state if found else None

    def _mine(self, connection: Connection) -> list[tuple[Run, Plan]]:
        found: list[tuple[Run, Plan]] = []
        for run in runs.listing(connection, limit=5):
            stored = plans.get(connection, run.plan)
            if stored is not None and stored.plan.title == self._title:
                found.append((run, stored.plan))
        return found

    def _run_and_approval(self) -> tuple[Run, Approval] | None:
        with self._database.read() as connection:
            mine = self._mine(connection)
            approval = approvals.of_plan(connection, mine[0][0].plan) if mine else None
        return (mine[0][0], approval) if mine and approval else None

    def _rows(self, connection: Connection) -> list[tuple[RunRow, list[Action]]]:
        return [
            (row_of(connection, run), actions_of(connection, run, plan, self.name, self._machines))
            for run, plan in self._mine(connection)
        ]

    def _audit_problems(self) -> tuple[str, ...]:
        done = self._steward.run("audit", "verify", "--json")
        return () if done.returncode == 0 else (f"audit verify left with {done.returncode}: {done.stdout[-300:]}",)
