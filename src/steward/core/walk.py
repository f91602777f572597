"""What comes next in a run: pure; from a plan and how its steps and holds ended so far to what may begin now.

    ends ──> turn ─┬─ act       steps whose needs are met and whose condition is true
                   ├─ open      holds that begin now
                   ├─ settle    what will never begin, and why
                   ├─ put_back  lanes that failed within what is tolerated
                   └─ is_broken nothing more begins

Nothing is decided by when things happened, only by how: asked again with the same ends the answer is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from steward.lib.expression import ExpressionError, compiled, evaluate
from steward.model.flow import Choice, OnFailure, StepFlow
from steward.model.hold import Hold
from steward.model.plan import Plan, PlanStep
from steward.model.resumed import Carried
from steward.model.run import StepEnd

NAMES = ("steps", "inputs")
"""What an expression sees at run time."""
_PLAIN = StepFlow()
_MET = frozenset({StepEnd.OK, StepEnd.SKIPPED})
FAILING = frozenset({StepEnd.FAILED, StepEnd.STALE})
"""Ends that a lane may have within what is tolerated."""
_SPOILING = frozenset({*FAILING, StepEnd.PUT_BACK})
_BREAKING = frozenset({*FAILING, StepEnd.UNKNOWN, StepEnd.HELD, StepEnd.LOST})

End = tuple[StepEnd, str]
"""How something ended, and why."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What comes next."""

    act: tuple[str, ...] = ()
    """Steps to carry out now, side by side."""
    open: tuple[str, ...] = ()
    """Holds that begin now."""
    settle: Mapping[str, End] = field(default_factory=dict[str, End])
    """What ends without beginning."""
    put_back: tuple[str, ...] = ()
    """Lanes to put back before anything else."""
    is_broken: bool = False
    """Whether the run can only be concluded."""


def next_turn(plan: Plan, ends: Mapping[str, End], values: Mapping[str, Any]) -> Turn:
    """Work out what comes next; `values` is what expressions see (see `values_of`)."""
    tolerated = _tolerated(plan, ends)
    if any(end in _BREAKING and item not in tolerated for item, (end, _) in ends.items()):
        return Turn(is_broken=True)
    if tolerated:
        return Turn(put_back=tuple(dict.fromkeys(tolerated.values())))
    return _begin(plan, dict(ends), values)


def values_of(plan: Plan, ends: Mapping[str, End], given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what expressions see: `given` holds what is known of each step and hold beside how it ended."""
    seen: dict[str, Any] = {}
    for item in (*plan.steps, *_holds(plan)):
        if item.id in ends:
            seen[item.id] = {**_seen(ends[item.id]), **given.get(item.id, {})}
    seen.update({known.id: known.seen for known in carried_of(plan)})
    return {"steps": seen, "inputs": plan.course.inputs if plan.course else {}}


def unforeseen(plan: Plan, ends: Mapping[str, End], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the steps that ended because a value is none of those they were planned for."""
    return tuple(
        step.id
        for step in plan.steps
        if step.flow
        and ends.get(step.id, (StepEnd.OK, ""))[0] is StepEnd.STALE
        and any(_is_unforeseen(choice, values) for choice in step.flow.choices)
    )


def carried_of(plan: Plan) -> tuple[Carried, ...]:
    """Return what a plan takes over from an earlier run."""
    return plan.course.resumed.carried if plan.course and plan.course.resumed else ()


def all_ids(plan: Plan) -> tuple[str, ...]:
    """Return the ids of every step and hold."""
    return tuple(item.id for item in (*plan.steps, *_holds(plan)))


def _tolerated(plan: Plan, ends: Mapping[str, End]) -> dict[str, str]:
    """Return what failed where so many failed lanes are tolerated, with its lane; not yet put back."""
    flows = {item.id: _flow(item) for item in (*plan.steps, *_holds(plan)) if item.id in ends}
    spoilt: dict[str, set[str]] = {}
    for item, flow in flows.items():
        if flow.lane and ends[item][0] in _SPOILING:
            spoilt.setdefault(flow.block, set()).add(flow.lane)
    return {
        item: flow.lane
        for item, flow in flows.items()
        if flow.lane
        and ends[item][0] in FAILING
        and (flow.on_failure is OnFailure.CONTINUE or len(spoilt[flow.block]) <= flow.tolerated)
    }


def _begin(plan: Plan, ends: dict[str, End], values: Mapping[str, Any]) -> Turn:
    act: list[str] = []
    opened: list[str] = []
    settle: dict[str, End] = {}
    lost = _lost_lanes(plan, ends)
    seen: dict[str, Any] = dict(values["steps"])
    values = {**values, "steps": seen}
    moved = True
    while moved:  # what is settled now may settle what needs it, and is seen by what comes after it
        moved = False
        for item in (*plan.steps, *_holds(plan)):
            if item.id in ends or item.id in act or item.id in opened:
                continue
            end = _fate(item, ends, values, lost)
            if end is None:
                continue
            moved = True
            if end[0] is StepEnd.OK:
                (opened if isinstance(item, Hold) else act).append(item.id)
            else:
                ends[item.id] = settle[item.id] = end
                seen[item.id] = _seen(end)
    return Turn(act=tuple(act), open=tuple(opened), settle=settle)


def _seen(end: End) -> dict[str, Any]:
    return {"state": end[0].value, "ok": end[0] in _MET}


def _fate(
    item: PlanStep | Hold, ends: Mapping[str, End], values: Mapping[str, Any], lost: frozenset[str]
) -> End | None:
    """Return OK where it may begin, how it ends where it never will, None while that is not known."""
    flow = _flow(item)
    if flow.lane and flow.lane in lost:
        return StepEnd.DROPPED, "another step of its lane failed"
    missing = next((need for need in item.needs if need in ends and ends[need][0] not in _MET), "")
    if missing:
        return StepEnd.DROPPED, f"it needs {missing}"
    if not all(need in ends for need in (*item.needs, *flow.after)):
        return None
    try:
        return _as_told(flow, values)
    except ExpressionError as error:
        return StepEnd.FAILED, f"its condition cannot be told: {error}"


def _as_told(flow: StepFlow, values: Mapping[str, Any]) -> End:
    """Return whether it begins by its condition and by the values it was planned for."""
    if flow.when and evaluate(compiled(flow.when, NAMES), values) is not True:
        return StepEnd.SKIPPED, f"not so: {flow.when}"
    for choice in flow.choices:
        value = evaluate(compiled(choice.expression, NAMES), values)
        if value not in choice.domain:
            return StepEnd.STALE, f"{choice.expression} is {value!r}: none of the values that were approved"
        if value != choice.value:
            return StepEnd.SKIPPED, f"{choice.expression} is {value!r}"
    return StepEnd.OK, ""


def _is_unforeseen(choice: Choice, values: Mapping[str, Any]) -> bool:
    try:
        return evaluate(compiled(choice.expression, NAMES), values) not in choice.domain
    except ExpressionError:
        return False


def _flow(item: PlanStep | Hold) -> StepFlow:
    if isinstance(item, Hold):
        return StepFlow(after=item.after, when=item.when, block=item.block, lane=item.lane, tolerated=item.tolerated)
    return item.flow or _PLAIN


def _lost_lanes(plan: Plan, ends: Mapping[str, End]) -> frozenset[str]:
    back = (item for item in (*plan.steps, *_holds(plan)) if item.id in ends and ends[item.id][0] is StepEnd.PUT_BACK)
    return frozenset(lane for item in back if (lane := _flow(item).lane))


def _holds(plan: Plan) -> Sequence[Hold]:
    return plan.course.holds if plan.course else ()
