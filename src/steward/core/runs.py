"""A run from its first step to its proven end.

    begin ─> next ─> act, side by side ─> next ─> ...      (see `core.walk`; a run that only waits ends here for now)
                └─> conclude ─────────┬─ proof holds ──────────────> verified | partial
                                      ├─ proof cannot be taken ────> unverified
                                      ├─ proof fails, step failed ─> undo ─> rolled_back | rollback_failed
                                      ├─ nothing can be put back ──> failed
                                      └─ nobody knows ─────────────> unknown ─> reconcile ─> conclude

Each method is one durable step: called again after a crash it carries on where the first call ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from steward.core.asking import is_asked_again
from steward.core.audit import Audit
from steward.core.autonomy import Consequences
from steward.core.events import Events
from steward.core.holds import Holds
from steward.core.known_plans import KnownPlans
from steward.core.last_proofs import last_proofs
from steward.core.perform import Performer, Task
from steward.core.step_outputs import taken
from steward.core.storage import Storage
from steward.core.turns import TurnJson, Turns, begun_in, is_composed, steps_of_lane
from steward.core.verify import Prober
from steward.core.walk import End, all_ids, carried_of
from steward.model.command import Outcome
from steward.model.errors import Bug, StewardError
from steward.model.flow import OnFailure
from steward.model.ids import PlanId, RunId
from steward.model.plan import Plan, PlannedAction, PlanStep, waves
from steward.model.principal import STEWARD
from steward.model.probe import Probe, ProbeResult
from steward.model.resumed import Carried
from steward.model.run import ENDED, Run, RunState, StepEnd, StepRecord
from steward.ports.clock import Clock
from steward.store import changes, locks, plans, resumptions, runs, steps
from steward.store.database import Connection
from steward.store.plans import StoredPlan

_ABANDONED = {
    RunState.QUEUED: RunState.CANCELLED,
    RunState.RUNNING: RunState.UNKNOWN,
    RunState.VERIFYING: RunState.UNVERIFIED,
    RunState.UNDOING: RunState.UNKNOWN,
}
"""Where a run goes that a mistake of ours, or a file that cannot be read, keeps from going on."""
_UNTOUCHED = "nothing was started"
_ONLY_WAITED = (RunState.VERIFIED, "nothing was to be changed, and everything that was waited for has come")
_AGAIN = re.compile(r"-again[0-9]+\Z")
Reached = Callable[[str], None]
RunIn = tuple[Run, StoredPlan]
ReadPlan = Callable[[Connection, PlanId], StoredPlan | None]


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
        holds: Holds,
    ) -> None:
        self._consequences = consequences
        self._holds = holds
        self._plans = KnownPlans()
        self._turns = Turns(storage=storage, holds=holds, prober=prober, events=events, clock=clock)
        self._storage = storage
        self.performer = performer
        self._prober = prober
        self._audit = audit
        self._events = events
        self._clock = clock
        self._reached = reached

    async def begin(self, run_id: RunId) -> list[list[str]] | None:
        """Take the locks of every machine the plan touches, and start the run or let it go on.

        Returns the waves of what is to be done; None while another run holds one of the machines. A run that may not
        begin, or not go on, gives no waves.
        """
        self._reached("dequeue.after")
        run, stored = await self._load(run_id)
        if run.state not in {RunState.QUEUED, RunState.RUNNING}:
            return []
        refused = await self._refused(run, stored.plan) if run.state is RunState.QUEUED else None
        if refused:
            begun = ", ".join(sorted(await self._done_steps(run_id)))
            await self._end(run_id, refused[0], f"{refused[1]}; {f'begun before: {begun}' if begun else _UNTOUCHED}")
            return []
        self._reached("begin.before")
        if not await self._storage.write(self._start, run, stored.plan):
            return None
        self._reached("begin.after")
        return _waves(stored.plan) if await self._is_sound(run, stored.plan) else []

    async def next(self, run_id: RunId) -> TurnJson:
        """Return what the run does now; once nothing more begins, how everything ended."""
        _, stored = await self._load(run_id)
        self._reached("turn.before")
        turn = await self._turns.next(run_id, stored.plan)
        self._reached("turn.after")
        return turn

    async def act(self, run_id: RunId, step_id: str) -> str:
        """Carry out one step, as often as it may be tried; return its `StepEnd`."""
        run, stored = await self._load(run_id)
        step = stored.plan.step(step_id)
        end, why = await self._tried(run, stored, step)
        if end is StepEnd.OK and is_composed(step):
            end, why = await self._completed(run_id, step)
        if end in {StepEnd.STALE, StepEnd.HELD} or is_composed(step):
            await self._turns.put(run_id, step_id, end, why)
        return f"{end.value}:{why}"

    async def _tried(self, run: Run, stored: StoredPlan, step: PlanStep) -> tuple[StepEnd, str]:
        """Try a step; what an earlier try left behind is no reason to call it stale, for that would leave it there."""
        retry = step.flow.retry if step.flow else None
        end, why = await self.performer.perform(_task(run, stored, step, step.action))
        for number in range(1, retry.times + 1 if retry else 1):
            if end is not StepEnd.FAILED or retry is None:
                break
            key = again_key(step.action.key, number)
            if await self._storage.read(steps.get, key) is None:
                await self._clock.sleep(retry.pause(number))
            failed = why
            end, why = await self.performer.perform(_task(run, stored, step, replace(step.action, key=key)))
            if end is StepEnd.STALE:
                return StepEnd.FAILED, f"{failed}; not tried again: {why}"
        return end, why

    async def _completed(self, run_id: RunId, step: PlanStep) -> tuple[StepEnd, str]:
        """Judge a step whose program ended well by what it printed and by what must come true after it."""
        flow = step.flow
        assert flow is not None  # noqa: S101 - only composed steps come here
        records = await self._storage.read(steps.of_run, run_id)
        printed = next(record.output for record in reversed(records) if record.step == step.id and not record.is_undo)
        try:
            taken(flow.outputs, printed)
        except ValueError as error:
            return StepEnd.FAILED, str(error)
        results = await self._prober.settled([flow.until] if flow.until else [])
        wrong = next((result for result in results if result.holds is not True), None)
        return (StepEnd.FAILED, f"expected: {wrong.probe.says}; seen: {wrong.seen}") if wrong else (StepEnd.OK, "")

    async def put_back(self, run_id: RunId, lane: str) -> list[tuple[str, int]]:
        """Return the undo actions of everything done in a lane, last step first."""
        _, stored = await self._load(run_id)
        done = await self._done_steps(run_id)
        chosen = [step for step in reversed(steps_of_lane(stored.plan, lane)) if step.id in done]
        return [(step.id, number) for step in chosen for number in range(len(step.undo.actions))]

    async def conclude_lane(self, run_id: RunId, lane: str, undone: Sequence[str]) -> str:
        """Judge how a lane was put back; the next turn goes on, or breaks where it was not."""
        _, stored = await self._load(run_id)
        await self._turns.conclude_lane(run_id, stored.plan, lane, undone)
        return lane

    async def conclude(self, run_id: RunId, ends: Sequence[str]) -> str:
        """Judge the acted steps and take the proof; return the state reached, `undoing` when steps must be undone."""
        run, stored = await self._load(run_id)
        if run.state in ENDED and run.state is not RunState.UNKNOWN:
            return run.state.value
        if run.state is RunState.UNDOING:
            return run.state.value
        if run.state is RunState.UNKNOWN and await self._was_undone(run_id, stored.plan):
            await self._storage.write(runs.move, run_id, to=RunState.UNDOING, at=self._clock.now())
            return RunState.UNDOING.value
        state, why = _judge_steps(ends)
        reached = await self._turns.ends(run_id, stored.plan)
        cancelled = await self.performer.cancel_reason(run_id)
        if cancelled and state is RunState.UNDOING:
            state, why = RunState.CANCELLED, f"{cancelled}; {why}"
        if state is RunState.VERIFYING:
            await self._storage.write(runs.move, run_id, to=RunState.VERIFYING, at=self._clock.now())
            self._reached("verify.before")
            results = await self._prober.settled(_proofs_after(stored.plan, reached))
            await self._storage.write(runs.set_after, run_id, results)
            self._reached("verify.after")
            state, why = _judge_proof(results) if stored.plan.steps or results else _ONLY_WAITED
            state, why = _with_lanes(state, why, reached)
        done = await self._done_steps(run_id)
        if state is RunState.UNDOING and _keeps(stored.plan, reached):
            return await self._end(run_id, RunState.FAILED, f"{why}; what was done is kept as it is")
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
        back = [(step,) for step in reversed(stored.plan.steps) if step.id in done]
        probes = last_proofs(back, lambda step: step.undo.verify)
        results = await self._prober.settled(probes)
        await self._storage.write(runs.set_after, run_id, (*run.after, *results))
        wrong = [result for result in results if result.holds is not True]
        if wrong:
            seen = f"expected after undo: {wrong[0].probe.says}; seen: {wrong[0].seen}"
            return await self._end(run_id, RunState.ROLLBACK_FAILED, f"{run.reason}; {seen}")
        return await self._end(run_id, RunState.ROLLED_BACK, f"{run.reason}; put back and checked")

    async def reconcile(self, run_id: RunId) -> list[str] | None:
        """Ask the machines about every step whose outcome is unknown.

        Returns how everything planned ended, what was never waited for too; None while something is still unknown or
        cannot be asked.
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
        reached = await self._turns.ends(run_id, stored.plan)
        return [_end_of(name, reached) for name in all_ids(stored.plan)]

    async def abandon(self, run_id: RunId, why: str) -> str:
        """End a run that cannot be carried on, so that it neither stays open nor keeps its machines for ever.

        What may have begun is unknown, and asked about like any other unknown outcome.
        """
        run, _ = await self._load(run_id)
        state = _ABANDONED.get(run.state)
        return await self._end(run_id, state, why) if state else run.state.value

    async def _refused(self, run: Run, plan: Plan) -> tuple[RunState, str] | None:
        """Return how a queued run ends that may not begin or go on, and why."""
        cancelled = await self.performer.cancel_reason(run.id)
        if cancelled:
            return RunState.CANCELLED, cancelled
        held = await self._held(run, plan)
        if held:
            return RunState.CANCELLED, held
        if run.started is None and self._clock.now() >= plan.expires:
            return RunState.EXPIRED, "its time was over before a worker was free"
        return None

    async def _is_sound(self, run: Run, plan: Plan) -> bool:
        """Ask what the proof will ask, before the first action; end the run where its pre-flight says no.

        A run that waited for a person before that, for days perhaps, is asked again: what it saw then is old.
        What somebody did with their hands for it is an action too, and may be what its pre-flight forbade.
        """
        if await self._done_steps(run.id) or await self._has_hands(run.id, plan):
            return True
        seen = await self._prober.once([*_before(plan), *_proofs(plan)])
        await self._storage.write(runs.set_before, run.id, seen)
        wrong = next((one for one in seen if one.probe in _before(plan) and one.holds is not True), None)
        if wrong is None:
            return True
        text = f"pre-flight: expected {wrong.probe.says}; seen: {wrong.seen}; {_UNTOUCHED}"
        await self._end(run.id, RunState.FAILED, text)
        return False

    async def _held(self, run: Run, plan: Plan) -> str:
        """Say why a run that only grants allowed may not begin any more, or nothing."""
        return await self._storage.read(self._consequences.held, run, plan)

    async def _load(self, run_id: RunId) -> RunIn:
        return await self._storage.read(load, run_id, self._plans.get)

    def _start(self, connection: Connection, run: Run, plan: Plan) -> bool:
        keys = sorted(f"machine:{target.machine}" for target in plan.targets)
        if not locks.take(connection, keys, run=run.id, at=self._clock.now()):
            return False
        if runs.move(connection, run.id, to=RunState.RUNNING, at=self._clock.now()):
            self._events.add(connection, "run.started", run.id, actor=STEWARD.id, data={"text": plan.title})
        return True

    async def _done_steps(self, run_id: RunId) -> set[str]:
        return await self._storage.read(begun_in, run_id)

    async def _has_hands(self, run_id: RunId, plan: Plan) -> bool:
        """Tell whether somebody did a task of it with their hands."""
        tasks = [hold.id for hold in plan.course.holds if hold.task] if plan.course else []
        reached = await self._turns.ends(run_id, plan) if tasks else {}
        return any(task in reached and reached[task][0] is StepEnd.OK for task in tasks)

    async def _was_undone(self, run_id: RunId, plan: Plan) -> bool:
        """Tell whether putting back had begun, of more than lanes alone: then the run can only go on to its end."""
        ends = await self._turns.ends(run_id, plan)
        lanes = {name for name, (end, _) in ends.items() if end is StepEnd.PUT_BACK}
        records = await self._storage.read(steps.of_run, run_id)
        return any(record.is_undo and record.step not in lanes for record in records)

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
        run, stored = load(connection, run_id, self._plans.get)
        if state is not RunState.UNKNOWN:
            self._holds.cancel(connection, run_id)
            locks.release(connection, run_id)
            changes.close(connection, run.change, at=now, result=state.value)
        if state is RunState.STALE and is_asked_again(connection, run, stored.plan):
            resumptions.ask(connection, run_id, at=now)
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


def load(connection: Connection, run_id: RunId, read: ReadPlan = plans.get) -> RunIn:
    """Return a run with its plan."""
    run = runs.get(connection, run_id)
    stored = read(connection, run.plan) if run else None
    if run is None or stored is None:
        raise Bug(f"run {run_id} or its plan is not in the store")
    return run, stored


def _task(run: Run, stored: StoredPlan, step: PlanStep, action: PlannedAction, *, is_undo: bool = False) -> Task:
    target = stored.plan.target(step.machine)
    return Task(run=run, step=step, action=action, target=target, fingerprint=stored.fingerprint, is_undo=is_undo)


def again_key(key: str, number: int) -> str:
    """Return the idempotency key of a try after the first, counted from 1: a machine runs each key at most once."""
    return f"{key}-again{number}"


def again(key: str) -> str:
    """Return how the keys begin under which an undo that is planned later does the action of this key."""
    return f"{key}-again"


def _recorded(run: Run, stored: StoredPlan, record: StepRecord) -> Task:
    """Return the task that a record belongs to."""
    step = stored.plan.step(record.step)
    first = _AGAIN.sub("", record.key) if step.flow and step.flow.retry else record.key
    action = next(action for action in (step.action, *step.undo.actions) if action.key == first)
    return _task(run, stored, step, replace(action, key=record.key), is_undo=record.is_undo)


def _waves(plan: Plan) -> list[list[str]]:
    """Return what is to be done, in waves; what really begins is worked out turn by turn."""
    holds = plan.course.holds if plan.course else ()
    return [[step.id for step in wave] for wave in waves(plan.steps, holds)] or [[hold.id for hold in holds]]


def _proofs(plan: Plan) -> list[Probe]:
    return [probe for step in plan.steps for probe in step.verify]


def _before(plan: Plan) -> tuple[Probe, ...]:
    return (*plan.course.preflight, *plan.course.invariants, *_still(plan)) if plan.course else ()


def _still(plan: Plan) -> tuple[Probe, ...]:
    """Return the proofs of what is taken over from an earlier run: what does not stand is no ground to go on from."""
    return tuple(last_proofs([(known,) for known in carried_of(plan)], lambda known: known.proofs))


def _proofs_after(plan: Plan, reached: Mapping[str, End]) -> list[Probe]:
    """Return what must hold at the end: the proof of what was done, and what must hold whatever was done.

    What was taken over was done before, so what was done now may have changed it again.
    """
    done = {step.id for step in plan.steps if reached.get(step.id, (StepEnd.OK, ""))[0] is StepEnd.OK}
    order = waves(plan.steps, plan.course.holds if plan.course else ())
    before = [(known,) for known in carried_of(plan)]
    proofs = last_proofs([*before, *order], lambda part: _proofs_of(part, done))
    return [*proofs, *(plan.course.invariants if plan.course else ())]


def _proofs_of(part: PlanStep | Carried, done: Collection[str]) -> Sequence[Probe]:
    if isinstance(part, Carried):
        return part.proofs
    return part.verify if part.id in done else ()


def _with_lanes(state: RunState, why: str, reached: Mapping[str, End]) -> tuple[RunState, str]:
    """Tell of lanes that failed and were put back, however well the others ended."""
    back = sorted(item for item, (end, _) in reached.items() if end is StepEnd.PUT_BACK)
    if not back or state not in {RunState.VERIFIED, RunState.UNVERIFIED}:
        return state, why
    told = f"failed and put back: {', '.join(back)}"
    return (RunState.PARTIAL if state is RunState.VERIFIED else state), f"{told}; of the others: {why}"


def _keeps(plan: Plan, reached: Mapping[str, End]) -> bool:
    """Tell whether what failed says that nothing is to be put back; of a proof that fails the workflow says it."""
    failed = [item for item, (end, _) in reached.items() if end is StepEnd.FAILED]
    flows = {step.id: step.flow for step in plan.steps}
    of_run = plan.course.on_failure if plan.course else OnFailure.UNDO
    said = [flow.on_failure if (flow := flows.get(item)) else of_run for item in failed]
    return OnFailure.KEEP in (said or [of_run])


def _end_of(name: str, reached: Mapping[str, End]) -> str:
    end, why = reached.get(name, (StepEnd.HELD, f"step {name} never ran; plan it again"))
    return f"{end.value}:{why}"


def _judge_steps(ends: Sequence[str]) -> tuple[RunState, str]:
    """The worst of the ends decides; unknown before failed, because an undo may meet a program that still runs."""
    by_end = {end.partition(":")[0]: end.partition(":")[2] for end in reversed(ends)}
    for end, state in (
        (StepEnd.UNKNOWN, RunState.UNKNOWN),
        (StepEnd.LOST, RunState.UNDOING),
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
