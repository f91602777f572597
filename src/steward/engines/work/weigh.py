"""What helps to decide on a plan: what it can reach, how long such steps took before, how it would be changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.workflow_files import write_workflow
from steward.engines.work.reaching import Reached, reach_of, told
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import Approval, ApprovalState
from steward.model.brake import Brake
from steward.model.command import Example, Outcome
from steward.model.graph import Edge
from steward.model.plan import Plan
from steward.model.risk import Risk
from steward.model.run import ENDED, StepRecord
from steward.store import plans, runs, steps
from steward.store.database import Connection

_MOST_RUNS = 100


@record
class WeighInput:
    """Weigh a plan that waits: what it can reach, how long such steps took before, what its workflow file would be."""

    code: str
    """Four-letter code."""


@record
class Past:
    """How steps of one kind went in the last hundred runs."""

    command: str
    """The command."""
    count: int
    """How many there were."""
    failed: int
    """How many of them failed."""
    shortest_seconds: float | None = None
    """The quickest that went well; None where none did."""
    median_seconds: float | None = None
    """The one in the middle."""
    longest_seconds: float | None = None
    """The slowest."""
    last: datetime | None = None
    """When the last one ended (UTC)."""


@record
class Weighing:
    """What helps to decide."""

    sentence: str
    """What stands on what is changed, in one sentence."""
    reached: tuple[Reached, ...]
    """What is changed first, then what stands on it, nearest first; at most sixty."""
    edges: tuple[Edge, ...]
    """How these stand on each other."""
    past: tuple[Past, ...]
    """How each kind of step went before; empty for an undo."""
    held: str
    """Why a plan that was approved has not begun; empty for one that waits for its answer."""
    workflow: str
    """The plan as a workflow file, to be changed and planned anew; empty for an undo and where it holds more."""


async def weigh(desk: Desk, given: WeighInput) -> Weighing:
    """Weigh a plan."""
    approval = await desk.approvals.by_code(given.code)
    plan = (await desk.proposals.card(approval)).plan
    reached, edges = reach_of(plan, await desk.graph())
    return Weighing(
        sentence=told(reached),
        reached=reached,
        edges=edges,
        past=() if plan.undoes else await desk.storage.read(past_of, plan),
        held=await _held(desk, approval, plan),
        workflow="" if plan.undoes or plan.course else write_workflow(plan),
    )


def past_of(connection: Connection, plan: Plan) -> tuple[Past, ...]:
    """Return how the kinds of steps of a plan went before; putting back is none of them."""
    commands = dict.fromkeys(step.command.name for step in plan.steps)
    found: dict[str, list[StepRecord]] = {name: [] for name in commands}
    for run in runs.listing(connection, states=ENDED, limit=_MOST_RUNS):
        stored = plans.get(connection, run.plan)
        if stored is None or stored.plan.undoes:
            continue
        kinds = {step.id: step.command.name for step in stored.plan.steps if step.command.name in commands}
        for done in _acted(steps.of_run(connection, run.id) if kinds else ()):
            if done.step in kinds:
                found[kinds[done.step]].append(done)
    return tuple(_past(name, records) for name, records in found.items())


def _acted(records: Sequence[StepRecord]) -> Iterator[StepRecord]:
    ended = {Outcome.OK, Outcome.FAILED}
    return (one for one in records if one.is_started and not one.is_undo and one.outcome in ended)


def _past(command: str, records: Sequence[StepRecord]) -> Past:
    good = [one for one in records if one.outcome is Outcome.OK and one.intent_at and one.ended_at]
    seconds = sorted((one.ended_at - one.intent_at).total_seconds() for one in good if one.intent_at and one.ended_at)
    return Past(
        command=command,
        count=len(records),
        failed=sum(one.outcome is Outcome.FAILED for one in records),
        shortest_seconds=round(seconds[0], 1) if seconds else None,
        median_seconds=round(median(seconds), 1) if seconds else None,
        longest_seconds=round(seconds[-1], 1) if seconds else None,
        last=max((one.ended_at for one in records if one.ended_at), default=None),
    )


async def _held(desk: Desk, approval: Approval, plan: Plan) -> str:
    """Say why an approved plan has not begun; whatever it is, it is tried again every few seconds."""
    if approval.state is not ApprovalState.APPROVED:
        return ""
    brake = (await desk.brakes.state()).brake
    if brake in {Brake.FREEZE, Brake.STOP}:
        return f"{brake.value} is on; it begins when that is lifted with `steward resume`"
    if desk.clock.now() < plan.not_before:
        return "its time has not come yet"
    return "it begins as soon as a budget has room for it"


COMMANDS = (
    CommandSpec(
        name="approvals.weigh",
        right=Right.READ,
        input=WeighInput,
        output=Weighing,
        handler=weigh,
        risk=Risk.READ,
        live={"code": "approval"},
        examples=(
            Example(line="approvals weigh K7QM", does="Show what a plan can reach, and how such steps went before"),
            Example(line="approvals weigh K7QM --json", does="The same as one JSON object"),
        ),
    ),
)
