"""One action of a run: at most once on the machine, intent before, result after.

    brake ─> known here? ─> known there? ─> preconditions ─> intent committed ─> brake ─> machine ─> result committed

The machine's marker makes a second start impossible; this file only decides whether to start, to attach, to
record what was found, to say that nobody knows, or to leave it to another worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from steward.core.audit import Audit
from steward.core.brakes import Brakes
from steward.core.events import Events
from steward.core.look import Executors
from steward.core.orders import order_of
from steward.core.secrets import Secrets
from steward.core.step_log import IsMember, Overtaken, Result, StepLog, Task
from steward.core.storage import Storage
from steward.core.verify import FindMachine, Prober
from steward.core.ways import autonomy_of
from steward.lib.redact import Redactor
from steward.model.brake import Brake
from steward.model.command import Outcome
from steward.model.errors import Braked, Bug, Fenced, LinkLost, NotFound, StewardError, Unreachable
from steward.model.fence import Fence
from steward.model.ids import RunId
from steward.model.machine import THROUGH_ANOTHER, Autonomy, Machine
from steward.model.plan import target_of
from steward.model.principal import STEWARD
from steward.model.run import StepEnd, StepRecord
from steward.ports.clock import Clock
from steward.ports.executor import Guard, MarkerState, OnOutput, Order, Report
from steward.store import runs
from steward.store.database import Connection

_log = logging.getLogger("steward.perform")
REATTACH_SECONDS = 30.0
"""How long a broken link is tried again before the outcome is called unknown."""
_REATTACH_PAUSE_SECONDS = 2.0
_GONE = "it started, is no longer running and left no result: a person decides"

Reached = Callable[[str], None]


class Performer:
    """Carries out actions."""

    def __init__(  # noqa: PLR0913 - the ports of one effect
        self,
        *,
        storage: Storage,
        executors: Executors,
        prober: Prober,
        brakes: Brakes,
        secrets: Secrets,
        audit: Audit,
        events: Events,
        redactor: Redactor,
        clock: Clock,
        machine: FindMachine,
        reached: Reached,
        is_member: IsMember,
    ) -> None:
        """`is_member` is asked in the same moment as whether a step is still this worker's."""
        self._storage = storage
        self._executors = executors
        self._prober = prober
        self._brakes = brakes
        self._secrets = secrets
        self._log = StepLog(
            storage=storage, audit=audit, events=events, redactor=redactor, clock=clock, is_member=is_member
        )
        self._events = events
        self._redactor = redactor
        self._clock = clock
        self._machine = machine
        self._reached = reached
        self._in_flight: dict[str, tuple[RunId, Machine]] = {}
        self._being_ended: set[str] = set()

    async def perform(self, task: Task) -> tuple[StepEnd, str]:
        """Carry out one action at most once; return how it ended and why, in one line.

        Called again after a crash it starts nothing twice: a result already stored is returned, and a stored
        intent makes it ask the machine first.

        Raises:
            Overtaken: another worker carries it out; called again later, this finds what that one wrote down, or
                takes the action over.
        """
        self._reached("step.enter")
        known = await self._log.get(task)
        if known is not None and known.outcome is not None:
            return StepEnd(known.outcome.value), known.note
        try:
            if known is not None:
                return await self._resume(task, known)
            return await self._begin(task)
        except Braked as brake:
            return StepEnd.HELD, str(brake)

    async def reconcile(self, task: Task) -> tuple[StepEnd, str]:
        """Ask the machine what became of an action whose outcome is unknown; start nothing.

        Raises:
            Unreachable, NeedsPerson: it cannot be asked yet.
            Overtaken: somebody else asks or knows.
        """
        machine = self._machine(task.step.machine)
        known = await self._log.get(task)
        if known is None:
            raise Bug(f"action {task.action.key} was never begun")
        task = await self._log.take(task, known)
        report = await self._executors.of(machine).ask(machine, task.action.key)
        if report.state is MarkerState.RUNNING:
            return StepEnd.UNKNOWN, f"still running on {machine.name}"
        if report.state is MarkerState.GONE and known.note == _GONE:
            return StepEnd.UNKNOWN, _GONE  # asked every few seconds until a person decides: told once
        note = "reconciled with the machine after the link was lost"
        return await self._record(task, report, note=note)

    async def end_all(self) -> None:
        """End every program this process has started and is waiting for."""
        await asyncio.gather(*(self._end(key) for key in list(self._in_flight)))

    async def end_cancelled(self) -> None:
        """End the programs of runs that somebody asked to end, and all of them under stop, wherever that was said."""
        if self._in_flight:
            if await self._is_stopped():
                await self.end_all()
            wanted = await self._storage.read(runs.cancelled)
            await asyncio.gather(*(self._end(key) for key, (of, _) in list(self._in_flight.items()) if of in wanted))

    async def cancel_reason(self, run: RunId) -> str:
        """Return why nothing more of this run may start: a person cancelled it, or stop is on; else empty."""
        return await self._storage.read(self._cancel_reason, run)

    def _cancel_reason(self, connection: Connection, run: RunId) -> str:
        present = runs.get(connection, run)
        if present is not None and present.cancel_reason:
            return present.cancel_reason
        return "stop is on" if self._brakes.in_force(connection).brake is Brake.STOP else ""

    async def _is_stopped(self) -> bool:
        """Tell whether stop is on, by the flag here or, where it was said on another machine, by the store."""
        return self._brakes.is_stopped_now() or (await self._brakes.state()).brake is Brake.STOP

    async def _end(self, key: str) -> None:
        """End one program; while that is being tried it is not tried again, and a failure is tried at the next tick."""
        if key not in self._in_flight or key in self._being_ended:
            return
        _, machine = self._in_flight[key]
        self._being_ended.add(key)
        try:
            await self._executors.of(machine).end(machine, key)
        except StewardError as error:
            _log.warning("cannot end %s on %s yet: %s", key, machine.name, error)
        finally:
            self._being_ended.discard(key)

    async def _begin(self, task: Task) -> tuple[StepEnd, str]:
        await self._allow(task)
        stale = await self._stale(task)
        if stale:
            return StepEnd.STALE, stale
        self._reached("intent.before")
        await self._log.intend(task)
        self._reached("intent.after")
        return await self._send(task, note="")

    async def _resume(self, task: Task, known: StepRecord) -> tuple[StepEnd, str]:
        task = await self._log.take(task, known)
        machine = self._machine(task.step.machine)
        try:
            report = await self._executors.of(machine).ask(machine, task.action.key)
        except StewardError as error:
            return await self._unknown(task, f"Steward was restarted and cannot ask {machine.name}: {error}")
        if report.state is MarkerState.ABSENT:
            try:
                await self._allow(task)
            except Braked as brake:
                await self._not_started(task, str(brake))
                raise
            stale = await self._stale(task)
            if stale:
                await self._not_started(task, stale)
                return StepEnd.STALE, stale
            return await self._send(task, note="started after a restart; the machine had not seen it")
        if report.state is MarkerState.RUNNING:
            return await self._send(task, note="attached again after a restart", is_running=True)
        return await self._record(task, report, note="found on the machine after a restart")

    async def _allow(self, task: Task) -> None:
        await self._storage.read(self._demand_allowed, task)

    def _demand_allowed(self, connection: Connection, task: Task) -> None:
        why = "" if task.is_undo else self._cancel_reason(connection, task.run.id)
        if why:
            raise Braked("the run was cancelled", why=why)
        self._brakes.demand_clear_in(connection)

    def _demand_sendable(self, connection: Connection, task: Task, fence: Fence) -> None:
        """Ask everything that may keep an order from being sent, of one moment."""
        self._demand_allowed(connection, task)
        self._log.demand_latest_in(connection, task, fence)

    async def _stale(self, task: Task) -> str:
        """Return what is no longer as it was approved: where the action would run, or a precondition; else empty.

        A run may have waited for days: a machine its owner only lets be watched since is left alone, unless it is to
        put back there what this run did.
        """
        try:
            machine = self._machine(task.step.machine)
            parent = self._machine(machine.via) if machine.transport in THROUGH_ANOTHER else None
        except NotFound:
            return f"{task.target.name} is no longer looked after"
        if target_of(machine) != task.target:
            return f"{task.target.name} is no longer reached as it was when the plan was approved"
        if autonomy_of(machine, parent) is Autonomy.WATCH and not task.is_undo:
            return f"{task.target.name} is only watched by now"
        results = await self._prober.once(task.preconditions)
        broken = [result for result in results if result.holds is not True]
        if not broken:
            return ""
        first = broken[0]
        return f"expected before: {first.probe.says}; seen: {first.seen}"

    async def _send(self, task: Task, *, note: str, is_running: bool = False) -> tuple[StepEnd, str]:
        """Send the order until the machine reports, or until nobody can wait any longer.

        No brake keeps anybody from attaching to what is running: that starts nothing, and stop ends it.
        Once a link was lost after sending, the outcome is never called anything but unknown until the machine
        itself has told it.
        """
        machine = self._machine(task.step.machine)
        deadline: float | None = None
        lost = "it was running when Steward came back" if is_running else ""
        while True:
            try:
                report = await self._run_on(machine, task, is_running=is_running)
            except LinkLost as error:
                lost, problem = str(error), str(error)
            except Unreachable as error:
                problem = str(error)
            except StewardError as error:
                return await self._refused(task, error, lost)
            else:  # outside the try: a store that cannot be written says nothing about the machine
                return await self._record(task, report, note=note)
            deadline = deadline or self._clock.monotonic() + REATTACH_SECONDS
            if self._clock.monotonic() >= deadline:
                if lost:
                    return await self._unknown(task, f"{lost}; it is asked again when {machine.name} answers")
                return await self._not_started(task, problem)
            await self._clock.sleep(_REATTACH_PAUSE_SECONDS)

    async def _refused(self, task: Task, error: StewardError, lost: str) -> tuple[StepEnd, str]:
        """Write down what an error other than a silent machine means; whoever was overtaken writes nothing."""
        if isinstance(error, Overtaken):
            raise error
        if lost:
            return await self._unknown(task, f"{lost}; then: {error}")
        ended = await self._not_started(task, str(error))
        if isinstance(error, Braked):
            raise error
        return ended

    async def _run_on(self, machine: Machine, task: Task, *, is_running: bool) -> Report:
        if not is_running:
            await self._brakes.demand_clear()
        order = await order_of(task.action, storage=self._storage, secrets=self._secrets)
        executor = self._executors.of(machine)
        guard = None if is_running else self._guard(task, order)
        self._reached("send.before")
        self._in_flight[order.key] = (task.run.id, machine)
        try:
            report = await executor.run(machine, order, self._printer(task), guard)
        except Fenced:
            await self._log.demand_latest(task, order.fence)
            raise
        finally:
            del self._in_flight[order.key]
        self._reached("result.read")
        if report.state is MarkerState.ABSENT:  # somebody asked for the key while the order was on its way
            await self._log.demand_latest(task)
            await executor.ask(machine, order.key)
            raise Unreachable("the machine never started it", where=machine.name)
        return report

    def _guard(self, task: Task, order: Order) -> Guard:
        """Return what is asked right before the order is sent: however long it waited for that, it still may start."""

        async def ask() -> None:
            await self._storage.read(self._demand_sendable, task, order.fence)
            self._reached("send.allowed")

        return ask

    def _printer(self, task: Task) -> OnOutput:
        async def store(text: str) -> None:
            try:
                await self._storage.write(self._add_output, task.run.id, {"step": task.step.id, "text": text})
            except StewardError as error:  # the program runs: what it prints is told again when we are attached again
                raise LinkLost("its output could not be kept", where=task.step.id, why=str(error)) from error

        return store

    def _add_output(self, connection: Connection, run: str, data: dict[str, str]) -> None:
        self._events.add(connection, "run.output", run, actor=STEWARD.id, data=data)

    async def _record(self, task: Task, report: Report, *, note: str) -> tuple[StepEnd, str]:
        if report.state is MarkerState.GONE:
            return await self._unknown(task, _GONE)
        if report.state is MarkerState.ABSENT:
            return await self._not_started(task, "the machine never started it")
        outcome = Outcome.OK if report.exit_code == 0 else Outcome.FAILED
        if report.is_timed_out:
            note = f"ended by its deadline of {task.action.timeout_seconds} s"
        elif report.exit_code is None:
            note = "was ended before it was done"
        elif outcome is Outcome.FAILED:
            note = f"exit status {report.exit_code}" + (f"; {note}" if note else "")
        return await self._finish(task, Result(outcome=outcome, note=note, report=report))

    async def _unknown(self, task: Task, note: str) -> tuple[StepEnd, str]:
        return await self._finish(task, Result(outcome=Outcome.UNKNOWN, note=note))

    async def _not_started(self, task: Task, note: str) -> tuple[StepEnd, str]:
        return await self._finish(task, Result(outcome=Outcome.FAILED, note=f"not started: {note}", is_started=False))

    async def _finish(self, task: Task, result: Result) -> tuple[StepEnd, str]:
        result = replace(result, note=self._redactor.text(result.note))
        self._reached("result.before")
        await self._log.finish(task, result)
        self._reached("result.after")
        return StepEnd(result.outcome.value), result.note
