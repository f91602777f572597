"""A run from its first step to its proven end.

    begin ─> act (waves) ─> conclude ─┬─ proof holds ──────────────> verified
                                      ├─ proof cannot be taken ────> unverified
                                      ├─ proof fails, step failed ─> undo ─> rolled_back | rollback_failed
                                      ├─ nothing can be put back ──> failed
                                      └─ nobody knows ─────────────> unknown ─> reconcile ─> conclude

Each method is one durable step: called again after a crash it carries on where the first call ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steward.core.audit import Audit
from steward.core.autonomy import Consequences
from steward.core.events import Events
from steward.core.perform import Performer, StepEnd, Task
from steward.core.storage import Storage
from steward.core.verify import Prober
from steward.model.command import Outcome
from steward.model.errors import Bug, StewardError
from steward.model.ids import RunId
from steward.model.plan import Plan, PlannedAction, PlanStep, waves
from steward.model.principal import STEWARD
from steward.model.probe import Probe, ProbeResult
from steward.model.run import ENDED, Run, RunState, StepRecord
from steward.ports.clock import Clock
from steward.store import changes, locks, plans, runs, steps
from steward.store.database import Connection
from steward.store.plans import StoredPlan

_ABANDONED = {
    RunState.QUEUED: RunState.CANCELLED,
    RunState.RUNNING: RunState.UNKNOWN,
    RunState.VERIFYING: RunState.UNVERIFIED,
    RunState.UNDOING: RunState.UNKNOWN,
}
"""Where a run goes that a mistake of ours, or a file that cannot be read, keeps from going on."""
Reached = Callable[[str], None]
RunIn = tuple[Run, StoredPlan]


class Runner:
    """Moves runs along their state diagram."""

    def __init__(  # noqa: PLR0913 - the ports of a run
        self,
        *,
        storage: Storage,
        performer: Performer,
        prober: Prober,
        audit: Audit,
        events: Events,
        clock: Clock,
        reached: Reached,
        consequences: Consequences,
    ) -> None:
        self._consequences = consequences
        self._storage = storage
        self.performer = performer
        self._prober = prober
        self._audit = audit
        self._events = events
        self._clock = clock
        self._reached = reached

    async def begin(self, run_id: RunId) -> list[list[str]] | None:
        """Take the locks of every machine the plan touches and start the run.

        Returns the waves of step ids to act on; None while another run holds one of the machines. A run that
        may no longer start gives no waves.
        """
        self._reached("dequeue.after")
        run, stored = await self._load(run_id)
        cancelled = await self.performer.cancel_reason(run_id)
        if run.state is RunState.QUEUED and cancelled:
            await self._end(run_id, RunState.CANCELLED, f"{cancelled}; nothing was started")
        elif run.state is RunState.QUEUED and (held := await self._held(run, stored.plan)):
            await self._end(run_id, RunState.CANCELLED, f"{held}; nothing was started")
        elif run.state is RunState.QUEUED and self._clock.now() >= stored.plan.expires:
            await self._end(run_id, RunState.EXPIRED, "its time was over before a worker was free")
        elif run.state in {RunState.QUEUED, RunState.RUNNING}:
            self._reached("begin.before")
            if not await self._storage.write(self._start, run, stored.plan):
                return None
            self._reached("begin.after")
            if not run.before:
                seen = await self._prober.once(_proofs(stored.plan))
                await self._storage.write(runs.set_before, run_id, seen)
            return [[step.id for step in wave] for wave in waves(stored.plan.steps)]
        return []

    async def act(self, run_id: RunId, step_id: str) -> str:
        """Carry out one step; return its `StepEnd`."""
        run, stored = await self._load(run_id)
        step = stored.plan.step(step_id)
        task = _task(run, stored, step, step.action)
        end, why = await self.performer.perform(task)
        if end in {StepEnd.STALE, StepEnd.HELD}:
            await self._storage.write(self._note, run_id, step_id, end, why)
        return f"{end.value}:{why}"

    async def conclude(self, run_id: RunId, ends: Sequence[str]) -> str:
        """Judge the acted steps and take the proof; return the state reached, `undoing` when steps must be undone."""
        run, stored = await self._load(run_id)
        if run.state in ENDED and run.state is not RunState.UNKNOWN:
            return run.state.value
        if run.state is RunState.UNDOING:
            return run.state.value
        if run.state is RunState.UNKNOWN and await self._was_undone(run_id):
            await self._storage.write(runs.move, run_id, to=RunState.UNDOING, at=self._clock.now())
            return RunState.UNDOING.value
        state, why = _judge_steps(ends)
        cancelled = await self.performer.cancel_reason(run_id)
        if cancelled and state is RunState.UNDOING:
            state, why = RunState.CANCELLED, f"{cancelled}; {why}"
        if state is RunState.VERIFYING:
            await self._storage.write(runs.move, run_id, to=RunState.VERIFYING, at=self._clock.now())
            self._reached("verify.before")
            results = await self._prober.settled(_proofs(stored.plan))
            await self._storage.write(runs.set_after, run_id, results)
            self._reached("verify.after")
            state, why = _judge_proof(results)
        done = await self._done_steps(run_id)
        if state is RunState.UNDOING:
            return await self._undo_or_fail(run_id, stored.plan, done, why)
        if state in {RunState.STALE, RunState.CANCELLED}:
            why += f"; begun before: {', '.join(sorted(done))}" if done else ""
            state = RunState.FAILED if run.state is RunState.UNKNOWN else state
        return await self._end(run_id, state, why)

    async def undo(self, run_id: RunId, step_id: str, number: int) -> str:
        """Carry out one action that puts a step back; return its `StepEnd`."""
        run, stored = await self._load(run_id)
        step = stored.plan.step(step_id)
        task = _task(run, stored, step, step.undo.actions[number], is_undo=True)
        end, why = await self.performer.perform(task)
        return f"{end.value}:{why}"

    async def undo_list(self, run_id: RunId) -> list[tuple[str, int]]:
        """Return the undo actions of every started step, last step first."""
        _, stored = await self._load(run_id)
        done = await self._done_steps(run_id)
        chosen = [step for step in reversed(stored.plan.steps) if step.id in done]
        return [(step.id, number) for step in chosen for number in range(len(step.undo.actions))]

    async def conclude_undo(self, run_id: RunId, ends: Sequence[str]) -> str:
        """Judge the undo and take its proof."""
        run, stored = await self._load(run_id)
        if run.state is not RunState.UNDOING:
            return run.state.value
        done = await self._done_steps(run_id)
        bad = [end for end in ends if not end.startswith(StepEnd.OK.value)]
        lost = next((end for end in bad if end.startswith(StepEnd.UNKNOWN.value)), "")
        if lost:
            return await self._end(run_id, RunState.UNKNOWN, f"{run.reason}; undo: {lost.partition(':')[2]}")
        if bad:
            return await self._end(run_id, RunState.ROLLBACK_FAILED, f"{run.reason}; undo: {bad[0].partition(':')[2]}")
        probes = [probe for step in stored.plan.steps if step.id in done for probe in step.undo.verify]
        results = await self._prober.settled(probes)
        await self._storage.write(runs.set_after, run_id, (*run.after, *results))
        wrong = [result for result in results if result.holds is not True]
        if wrong:
            seen = f"expected after undo: {wrong[0].probe.says}; seen: {wrong[0].seen}"
            return await self._end(run_id, RunState.ROLLBACK_FAILED, f"{run.reason}; {seen}")
        return await self._end(run_id, RunState.ROLLED_BACK, f"{run.reason}; put back and checked")

    async def reconcile(self, run_id: RunId) -> list[str] | None:
        """Ask the machines about every step whose outcome is unknown.

        Returns how each planned step ended, or None while something is still unknown or cannot be asked.
        """
        run, stored = await self._load(run_id)
        if run.state is not RunState.UNKNOWN:
            return None
        records = await self._storage.read(steps.of_run, run_id)
        for record in (record for record in records if record.outcome in {None, Outcome.UNKNOWN}):
            try:
                end, _ = await self.performer.reconcile(_recorded(run, stored, record))
            except StewardError:
                return None
            if end is StepEnd.UNKNOWN:
                return None
        return [_end_of(step, await self._storage.read(steps.of_run, run_id)) for step in stored.plan.steps]

    async def abandon(self, run_id: RunId, why: str) -> str:
        """End a run that cannot be carried on, so that it neither stays open nor keeps its machines for ever.

        What may have begun is unknown, and asked about like any other unknown outcome.
        """
        run, _ = await self._load(run_id)
        state = _ABANDONED.get(run.state)
        return await self._end(run_id, state, why) if state else run.state.value

    async def _held(self, run: Run, plan: Plan) -> str:
        """Say why a run that only grants allowed may not begin any more, or nothing."""
        return await self._storage.read(self._consequences.held, run, plan)

    async def _load(self, run_id: RunId) -> RunIn:
        return await self._storage.read(load, run_id)

    def _start(self, connection: Connection, run: Run, plan: Plan) -> bool:
        keys = sorted(f"machine:{target.machine}" for target in plan.targets)
        if not locks.take(connection, keys, run=run.id, at=self._clock.now()):
            return False
        if runs.move(connection, run.id, to=RunState.RUNNING, at=self._clock.now()):
            self._events.add(connection, "run.started", run.id, actor=STEWARD.id, data={"text": plan.title})
        return True

    def _note(self, connection: Connection, run_id: RunId, step_id: str, end: StepEnd, why: str) -> None:
        text = f"{step_id}: not started, {end.value} ({why})"
        self._events.add(connection, "run.step.ended", run_id, actor=STEWARD.id, data={"step": step_id, "text": text})

    async def _done_steps(self, run_id: RunId) -> set[str]:
        records = await self._storage.read(steps.of_run, run_id)
        return {record.step for record in records if not record.is_undo and _may_have_acted(record)}

    async def _was_undone(self, run_id: RunId) -> bool:
        """Tell whether putting back had begun: then the run can only go on to its end."""
        return any(record.is_undo for record in await self._storage.read(steps.of_run, run_id))

    async def _undo_or_fail(self, run_id: RunId, plan: Plan, done: set[str], why: str) -> str:
        acted = [step for step in plan.steps if step.id in done]
        if not acted:
            return await self._end(run_id, RunState.FAILED, why)
        lost = [step for step in acted if not step.undo.is_possible]
        if lost:
            return await self._end(run_id, RunState.FAILED, f"{why}; cannot be put back: {lost[0].undo.says}")
        self._reached("undo.before")
        reason = self._events.masked(why)
        await self._storage.write(runs.move, run_id, to=RunState.UNDOING, at=self._clock.now(), reason=reason)
        self._reached("undo.after")
        return RunState.UNDOING.value

    async def _end(self, run_id: RunId, state: RunState, why: str) -> str:
        self._reached("end.before")
        await self._storage.write(self._store_end, run_id, state, self._events.masked(why))
        self._reached("end.after")
        return state.value

    def _store_end(self, connection: Connection, run_id: RunId, state: RunState, why: str) -> None:
        now = self._clock.now()
        if not runs.move(connection, run_id, to=state, at=now, reason=why):
            return
        run, stored = load(connection, run_id)
        if state is not RunState.UNKNOWN:
            locks.release(connection, run_id)
            changes.close(connection, run.change, at=now, result=state.value)
        self._consequences.ended(connection, run, stored.plan, state)
        self._audit.append(
            connection,
            kind=f"run.{state.value}",
            actor=STEWARD,
            subject=run_id,
            fingerprint=stored.fingerprint,
            payload={"reason": why},
        )
        data = {"text": why or state.value, "state": state.value}
        self._events.add(connection, f"run.{state.value}", run_id, actor=STEWARD.id, data=data)


def load(connection: Connection, run_id: RunId) -> RunIn:
    """Return a run with its plan."""
    run = runs.get(connection, run_id)
    stored = plans.get(connection, run.plan) if run else None
    if run is None or stored is None:
        raise Bug(f"run {run_id} or its plan is not in the store")
    return run, stored


def _task(run: Run, stored: StoredPlan, step: PlanStep, action: PlannedAction, *, is_undo: bool = False) -> Task:
    target = stored.plan.target(step.machine)
    return Task(run=run, step=step, action=action, target=target, fingerprint=stored.fingerprint, is_undo=is_undo)


def _recorded(run: Run, stored: StoredPlan, record: StepRecord) -> Task:
    """Return the task that a record belongs to."""
    step = stored.plan.step(record.step)
    action = next(action for action in (step.action, *step.undo.actions) if action.key == record.key)
    return _task(run, stored, step, action, is_undo=record.is_undo)


def _proofs(plan: Plan) -> list[Probe]:
    return [probe for step in plan.steps for probe in step.verify]


def _may_have_acted(record: StepRecord) -> bool:
    return record.is_started


def _end_of(step: PlanStep, records: Sequence[StepRecord]) -> str:
    record = next((record for record in records if record.key == step.action.key), None)
    if record is None or record.outcome is None:
        return f"{StepEnd.HELD.value}:step {step.id} never ran; plan it again"
    return f"{record.outcome.value}:{record.note}"


def _judge_steps(ends: Sequence[str]) -> tuple[RunState, str]:
    """The worst of the ends decides; unknown before failed, because an undo may meet a program that still runs."""
    by_end = {end.partition(":")[0]: end.partition(":")[2] for end in reversed(ends)}
    for end, state in (
        (StepEnd.UNKNOWN, RunState.UNKNOWN),
        (StepEnd.FAILED, RunState.UNDOING),
        (StepEnd.HELD, RunState.CANCELLED),
        (StepEnd.STALE, RunState.STALE),
    ):
        if end.value in by_end:
            return state, by_end[end.value]
    return RunState.VERIFYING, ""


def _judge_proof(results: Sequence[ProbeResult]) -> tuple[RunState, str]:
    wrong = [result for result in results if result.holds is False]
    if wrong:
        return RunState.UNDOING, f"proof failed: {wrong[0].probe.says}; seen: {wrong[0].seen}"
    unasked = [result for result in results if result.holds is None]
    if unasked:
        return RunState.UNVERIFIED, f"proof could not be taken: {unasked[0].seen}"
    if not results:
        return RunState.UNVERIFIED, "it ended well, but nothing was named that would prove it; look yourself"
    return RunState.VERIFIED, "every proof holds"
