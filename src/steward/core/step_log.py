"""What is written down about one action, and who of several workers may write it.

    intend ─> attempt 1 ─┬─ finish
                         └─ take ─> attempt 2 ─┬─ finish
                                               └─ take ─> ...

A worker that finds an action begun takes it over before it asks the machine. Whoever had it before is overtaken: what
it says late is not written down, and it looks again at what the other one wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from steward.core.audit import Audit
from steward.core.events import Events
from steward.core.storage import Storage
from steward.lib.redact import Redactor
from steward.model.command import Outcome
from steward.model.errors import TryLater
from steward.model.fence import Fence
from steward.model.plan import PlannedAction, PlanStep, Target
from steward.model.principal import STEWARD
from steward.model.probe import Probe
from steward.model.run import Run, StepRecord
from steward.ports.clock import Clock
from steward.ports.executor import Report
from steward.store import identity, steps
from steward.store.database import Connection

IsMember = Callable[[Connection], bool]
"""Tells whether this process still has its place among the workers."""


class Overtaken(TryLater):
    """Another worker carries this action out, or another start of this control plane speaks; look again later."""

    def __init__(self, task: Task) -> None:
        super().__init__("another worker has taken the step over", where=task.step.id)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One action with everything it needs to be carried out."""

    run: Run
    step: PlanStep
    action: PlannedAction
    target: Target
    """The machine as the plan binds it."""
    fingerprint: str
    is_undo: bool = False
    attempt: int = 1
    """Which worker in turn this is; see `StepRecord.attempt`."""

    @property
    def preconditions(self) -> tuple[Probe, ...]:
        """What must hold immediately before; putting back is never held up."""
        return () if self.is_undo else self.step.preconditions


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one action came out, before it is stored."""

    outcome: Outcome
    """Ok, failed or unknown."""
    note: str
    """What a person should know."""
    report: Report | None = None
    """What the machine said, if it did."""
    is_started: bool = True
    """False when it is certain that nothing was started."""


class StepLog:
    """Writes intents and results, each with its audit row and event in one transaction."""

    def __init__(
        self,
        *,
        storage: Storage,
        audit: Audit,
        events: Events,
        redactor: Redactor,
        clock: Clock,
        is_member: IsMember,
    ) -> None:
        self._is_member = is_member
        self._storage = storage
        self._audit = audit
        self._events = events
        self._redactor = redactor
        self._clock = clock

    async def get(self, task: Task) -> StepRecord | None:
        """Return what is known of an action."""
        return await self._storage.read(steps.get, task.action.key)

    async def intend(self, task: Task) -> None:
        """Write down what is about to be done.

        Raises:
            Overtaken: another worker wrote that down first, or carries out what this one had.
        """
        if not await self._storage.write(self._intend, task):
            raise Overtaken(task)

    async def take(self, task: Task, known: StepRecord) -> Task:
        """Take an action over, so that only what this worker says of it is written down.

        Raises:
            Overtaken: it is no longer as `known` says, or others carry out what this worker had.
        """
        if not await self._storage.write(self._take, known):
            raise Overtaken(task)
        return replace(task, attempt=known.attempt + 1)

    async def demand_latest(self, task: Task, fence: Fence | None = None) -> None:
        """Refuse to go on for a worker that was overtaken, or with the fence of an older start.

        Raises:
            Overtaken: one of these.
        """
        await self._storage.read(self.demand_latest_in, task, fence)

    def demand_latest_in(self, connection: Connection, task: Task, fence: Fence | None = None) -> None:
        """Refuse the same within a transaction.

        Raises:
            Overtaken: as for `demand_latest`.
        """
        if not self._is_latest(connection, task, fence):
            raise Overtaken(task)

    async def finish(self, task: Task, result: Result) -> None:
        """Write down how it came out.

        Raises:
            Overtaken: another worker has taken it over, or wrote how it came out; nothing was written.
        """
        if not await self._storage.write(self._store_result, task, result):
            raise Overtaken(task)

    def _take(self, connection: Connection, known: StepRecord) -> bool:
        return self._is_member(connection) and steps.take(connection, known)

    def _intend(self, connection: Connection, task: Task) -> bool:
        if not self._is_member(connection):
            return False
        now = self._clock.now()
        intent = StepRecord(
            run=task.run.id, step=task.step.id, key=task.action.key, is_undo=task.is_undo, intent_at=now
        )
        if not steps.intend(connection, intent):
            return False
        self._audit.append(
            connection,
            kind="step.undo.intended" if task.is_undo else "step.intended",
            actor=STEWARD,
            subject=task.run.id,
            fingerprint=task.fingerprint,
            payload={"step": task.step.id, "key": task.action.key, "argv": list(task.action.argv)},
        )
        text = task.step.undo.says if task.is_undo else task.step.says
        self._tell(connection, "run.step.started", task, text)
        return True

    def _store_result(self, connection: Connection, task: Task, result: Result) -> bool:
        report = result.report
        is_written = steps.finish(
            connection,
            task.action.key,
            outcome=result.outcome,
            exit_code=report.exit_code if report else None,
            output=self._redactor.text(report.output) if report else "",
            output_hash=report.output_hash if report else "",
            at=self._clock.now(),
            note=result.note,
            is_started=result.is_started,
            attempt=task.attempt,
        )
        if not is_written:
            return False
        self._audit.append(
            connection,
            kind=f"step.{result.outcome.value}",
            actor=STEWARD,
            subject=task.run.id,
            fingerprint=task.fingerprint,
            payload={"step": task.step.id, "key": task.action.key, "note": result.note},
        )
        text = f"{task.step.id}: {result.outcome.value}" + (f" ({result.note})" if result.note else "")
        self._tell(connection, "run.step.ended", task, text)
        return True

    def _tell(self, connection: Connection, name: str, task: Task, text: str) -> None:
        data = {"step": task.step.id, "text": text}
        self._events.add(connection, name, task.run.id, actor=STEWARD.id, data=data)

    def _is_latest(self, connection: Connection, task: Task, fence: Fence | None) -> bool:
        known = steps.get(connection, task.action.key)
        is_mine = known is not None and known.attempt == task.attempt and known.outcome in {None, Outcome.UNKNOWN}
        return is_mine and self._is_member(connection) and fence in {None, identity.control_plane(connection)}
