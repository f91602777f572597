"""The turns of a run: what is written down of it, what may begin next, and where it only waits.

Everything a turn decides is worked out and written in one transaction from what the store holds, so that a restart,
another worker or an answer that comes in between meet the same run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steward.core.events import Events
from steward.core.holds import Holds
from steward.core.last_proofs import last_proofs
from steward.core.step_outputs import taken
from steward.core.storage import Storage
from steward.core.verify import Prober
from steward.core.walk import FAILING, End, Turn, all_ids, next_turn, unforeseen, values_of
from steward.model.command import Outcome
from steward.model.hold import Hold, HoldState
from steward.model.ids import RunId
from steward.model.plan import Plan, PlanStep
from steward.model.principal import STEWARD
from steward.model.run import Ending, StepEnd, StepRecord
from steward.ports.clock import Clock
from steward.store import holds as table
from steward.store import steps
from steward.store.database import Connection

TurnJson = dict[str, Any]
"""A turn as a durable journal keeps it: `act`, `put_back`, `is_suspended`, and `ends` once nothing more begins."""
_HOLD_ENDS = {
    HoldState.DONE: StepEnd.OK,
    HoldState.FAILED: StepEnd.FAILED,
    HoldState.EXPIRED: StepEnd.FAILED,
    HoldState.CANCELLED: StepEnd.HELD,
    HoldState.SKIPPED: StepEnd.DROPPED,
}
_VAIN = frozenset({*FAILING, StepEnd.LOST})
"""How a hold ended that failed its lane; one that ended well stays so, for an answer that was given is not undone."""


class Turns:
    """Works out turns and keeps what they settle."""

    def __init__(self, *, storage: Storage, holds: Holds, prober: Prober, events: Events, clock: Clock) -> None:
        self._storage = storage
        self._holds = holds
        self._prober = prober
        self._events = events
        self._clock = clock

    async def next(self, run_id: RunId, plan: Plan) -> TurnJson:
        """Return what the run does now; a run that only waits is suspended when this returns.

        Most turns settle nothing: those are only read, and keep no other run from writing.
        """
        turn = await self._storage.read(_turn_of, run_id, plan)
        if (turn.act or turn.put_back) and not (turn.settle or turn.open or turn.is_broken):
            return _as_json(act=turn.act, put_back=turn.put_back)
        return await self._storage.write(self._next, run_id, plan)

    async def put(self, run_id: RunId, step: str, end: StepEnd, why: str) -> None:
        """Write down how a step ended where that is more than the outcome of its action."""
        await self._storage.write(self._settle, run_id, {step: (end, why)})

    async def ends(self, run_id: RunId, plan: Plan) -> dict[str, End]:
        """Return how everything of a run that has ended did."""
        return await self._storage.read(ends_of, run_id, plan)

    async def conclude_lane(self, run_id: RunId, plan: Plan, lane: str, undone: Sequence[str]) -> None:
        """Write down whether a lane was put back: its actions ended well and its proof holds."""
        ends = await self.ends(run_id, plan)
        acted = [step for step in steps_of_lane(plan, lane) if step.id in ends and _acted(ends[step.id][0])]
        refused = [hold.id for hold in _holds_of_lane(plan, lane) if hold.id in ends and ends[hold.id][0] in _VAIN]
        over = [*(step.id for step in acted), *refused]
        begun = await self._storage.read(begun_in, run_id)
        why = await self._not_back([step for step in acted if step.id in begun], undone)
        if why:
            failed = next(item for item in over if ends[item][0] is not StepEnd.OK)
            settled = {failed: (StepEnd.LOST, f"{ends[failed][1]}; {why}")}
        else:
            settled = {item: (StepEnd.PUT_BACK, ends[item][1] or "put back with its lane") for item in over}
        await self._storage.write(self._settle, run_id, settled)

    async def _not_back(self, acted: Sequence[PlanStep], undone: Sequence[str]) -> str:
        """Say why what was begun is not back, or nothing: a machine on which nothing was is not asked."""
        lost = next((step for step in acted if not step.undo.is_possible), None)
        if lost is not None:
            return f"cannot be put back: {lost.undo.says}"
        bad = next((end for end in undone if not end.startswith(StepEnd.OK.value)), "")
        if bad:
            return f"undo: {bad.partition(':')[2]}"
        proofs = last_proofs([(step,) for step in reversed(acted)], lambda step: step.undo.verify)
        results = await self._prober.settled(proofs)
        wrong = next((result for result in results if result.holds is not True), None)
        return f"expected after undo: {wrong.probe.says}; seen: {wrong.seen}" if wrong else ""

    def _next(self, connection: Connection, run_id: RunId, plan: Plan) -> TurnJson:
        turn = _turn_of(connection, run_id, plan)
        self._settle(connection, run_id, turn.settle)
        if turn.is_broken:
            return _as_json(ends=_in_order(plan, ends_of(connection, run_id, plan)))
        if any(end in FAILING for end, _ in turn.settle.values()):
            return self._next(connection, run_id, plan)  # what failed just now may be within what is tolerated
        is_waiting = self._waiting(connection, run_id, plan, turn)
        if turn.act or turn.put_back:
            return _as_json(act=turn.act, put_back=turn.put_back)
        if is_waiting:
            self._holds.suspend(connection, run_id)
            return _as_json(is_suspended=True)
        return _as_json(ends=_in_order(plan, ends_of(connection, run_id, plan)))

    def _waiting(self, connection: Connection, run_id: RunId, plan: Plan, turn: Turn) -> bool:
        holds = {hold.id: hold for hold in (plan.course.holds if plan.course else ())}
        for hold in turn.open:
            self._holds.begin(connection, run_id, holds[hold])
        return any(known.state is HoldState.OPEN for known in table.of_run(connection, run_id))

    def _settle(self, connection: Connection, run_id: RunId, settled: Mapping[str, End]) -> None:
        for step, (end, why) in settled.items():
            masked = self._events.masked(why)
            self._holds.drop(connection, run_id, step, masked)
            ending = Ending(run=run_id, step=step, end=end, why=masked, at=self._clock.now())
            table.put_ending(connection, ending)
            if end is not StepEnd.OK:
                data = {"step": step, "text": f"{step}: {end.value.replace('_', ' ')} ({masked})"}
                self._events.add(connection, "run.step.ended", run_id, actor=STEWARD.id, data=data)


def ends_of(connection: Connection, run_id: RunId, plan: Plan) -> dict[str, End]:
    """Return how each step and hold ended, by what is written down; what has not ended is left out."""
    written = {ending.step: ending for ending in table.endings(connection, run_id)}
    records = _last_records(steps.of_run(connection, run_id))
    ends: dict[str, End] = {}
    for step in plan.steps:
        end = _end_of(step, records.get(step.id), written.get(step.id))
        if end is not None:
            ends[step.id] = end
    for known in table.of_run(connection, run_id):
        if known.state is not HoldState.OPEN and known.hold not in written:
            ends[known.hold] = (_HOLD_ENDS[known.state], known.note)
    for name, ending in written.items():
        ends.setdefault(name, (ending.end, ending.why))
    return ends


def begun_in(connection: Connection, run_id: RunId) -> set[str]:
    """Return the steps of a run that may have done something."""
    return {record.step for record in steps.of_run(connection, run_id) if record.is_started and not record.is_undo}


def unforeseen_in(connection: Connection, run_id: RunId, plan: Plan) -> tuple[str, ...]:
    """Return the steps of a run that ended at a value they were not planned for."""
    ends = ends_of(connection, run_id, plan)
    return unforeseen(plan, ends, values_of(plan, ends, given_of(connection, run_id, plan)))


def _turn_of(connection: Connection, run_id: RunId, plan: Plan) -> Turn:
    ends = ends_of(connection, run_id, plan)
    return next_turn(plan, ends, values_of(plan, ends, given_of(connection, run_id, plan)))


def is_composed(step: PlanStep) -> bool:
    """Tell whether a step is more than its action: then only what is written down of the whole counts."""
    return step.flow is not None and bool(step.flow.retry or step.flow.until or step.flow.outputs)


def steps_of_lane(plan: Plan, lane: str) -> tuple[PlanStep, ...]:
    """Return the steps of one lane of a fan-out."""
    return tuple(step for step in plan.steps if step.flow is not None and step.flow.lane == lane)


def _holds_of_lane(plan: Plan, lane: str) -> tuple[Hold, ...]:
    return tuple(hold for hold in (plan.course.holds if plan.course else ()) if hold.lane == lane)


def _end_of(step: PlanStep, record: StepRecord | None, written: Ending | None) -> End | None:
    if written is not None and written.end is not StepEnd.UNKNOWN:
        return written.end, written.why
    if record is None or record.outcome is None:
        return None
    if is_composed(step) and written is None:
        return None
    return StepEnd(record.outcome.value), record.note


def _last_records(records: Sequence[StepRecord]) -> dict[str, StepRecord]:
    return {record.step: record for record in records if not record.is_undo}


def _acted(end: StepEnd) -> bool:
    return end not in {StepEnd.SKIPPED, StepEnd.DROPPED, StepEnd.PUT_BACK}


def given_of(connection: Connection, run_id: RunId, plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what expressions may know of each step and hold that this run itself came to."""
    if plan.course is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    records = _last_records(steps.of_run(connection, run_id))
    for step in plan.steps:
        record = records.get(step.id)
        if record is not None:
            found[step.id] = {
                "exit_code": record.exit_code,
                "output": record.output.strip(),
                "outputs": _outputs(step, record),
                "machine": plan.target(step.machine).name,
            }
    found |= {known.hold: {"answer": known.answer or {}} for known in table.of_run(connection, run_id)}
    return found


def _outputs(step: PlanStep, record: StepRecord) -> dict[str, Any]:
    if step.flow is None or record.outcome is not Outcome.OK:
        return {}
    try:
        return taken(step.flow.outputs, record.output)
    except ValueError:  # the step failed for just this, which is written down
        return {}


def _in_order(plan: Plan, ends: Mapping[str, End]) -> list[str]:
    return [f"{ends[item][0].value}:{ends[item][1]}" for item in all_ids(plan) if item in ends]


def _as_json(
    *,
    act: Sequence[str] = (),
    put_back: Sequence[str] = (),
    is_suspended: bool = False,
    ends: Sequence[str] = (),
) -> TurnJson:
    return {"act": list(act), "put_back": list(put_back), "is_suspended": is_suspended, "ends": list(ends)}
