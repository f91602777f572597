"""Going on from a run that has ended, or beginning it anew in part: what becomes a new plan, and what is taken over.

    the run's text and inputs ─> expanded against today ─> what ended well is taken over ─> a plan like any other

Nothing of the old approval is used. What is taken over is read from the journal of the old run, and is data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from steward.core.carrying import Past, Place, what_it_does
from steward.core.desk import Desk
from steward.core.expand import FindWorkflow
from steward.core.runs import again, load
from steward.core.turns import ends_of, given_of
from steward.core.walk import carried_of
from steward.core.wishes import Wish
from steward.core.workflow_plans import read_sources
from steward.core.workflow_wishes import named
from steward.core.workflows import no_other
from steward.lib.codec import CodecError, encode
from steward.model.errors import Conflict, StewardError
from steward.model.flow import Course
from steward.model.hold import Hold, HoldKind
from steward.model.ids import RunId
from steward.model.plan import Plan, PlanStep
from steward.model.resumed import Carried, Resumed
from steward.model.run import ENDED, Run, RunState, StepEnd
from steward.model.workflow import Workflow
from steward.store import blobs, findings, holds, steps
from steward.store.database import Connection

LONGEST_OUTPUT = 4_096
"""Most characters of a whole output that an expression sees of a step that is taken over."""
_WELL = frozenset({StepEnd.OK, StepEnd.SKIPPED})
_READS_OUTPUT = re.compile(r"""\.\s*output\b|\[\s*["']output["']\s*\]""")
_BEGUN_NEVER = frozenset({RunState.PROPOSED, RunState.WAITING, RunState.DENIED, RunState.EXPIRED})
_ENDED_WELL = frozenset({RunState.VERIFIED, RunState.UNVERIFIED})


@dataclass(frozen=True, kw_only=True)
class GoOn:
    """What somebody wants of a run that has ended."""

    run: RunId
    """The run."""
    start: str = ""
    """Step from which everything is done again; empty: what did not end well, or for a fork everything."""
    is_fork: bool = False
    """Whether it is a beginning of its own."""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Other inputs, for a fork."""
    is_newest: bool = False
    """Whether the text of today is taken, for a fork."""
    is_asked_again: bool = False
    """Whether Steward asks by itself."""


async def wish_to_go_on(desk: Desk, order: GoOn) -> Wish:
    """Return the wish for a plan that goes on from a run.

    Raises:
        Conflict: nothing can be gone on from there; the next step says what can.
    """
    run, stored = await desk.storage.read(load, order.run)
    plan, course = stored.plan, demand_course(run, stored.plan)
    refuse_open(run)
    if not order.is_fork:
        refuse_resume(run, start=order.start)
    workflow, find = await _text(desk, run, course, is_newest=order.is_newest)
    is_taken_over = not order.is_fork or bool(order.start)
    if is_taken_over:
        await desk.storage.read(_refuse_undone, run, plan)
    given = _inputs(course, workflow, order)
    reads_output = any(map(_reads_output, _with_called(workflow, find)))
    past = await desk.storage.read(_past, run, plan, order, reads_output=reads_output, is_taken_over=is_taken_over)
    finding = await desk.storage.read(findings.get, plan.finding) if plan.finding else None
    return Wish(
        workflow=workflow,
        actor=desk.actor,
        given=given,
        find=find,
        is_named=True,
        past=past,
        finding=finding,
        if_nothing=plan.if_nothing,
        taint=plan.taint,
        is_asked_again=order.is_asked_again,
    )


def same_again(old: Plan, course: Course, resumed: Resumed) -> GoOn:
    """Return how a plan that nobody answered in time was to go on from a run, whose plan is `old`."""
    is_other_text = old.course is not None and old.course.source_hash != course.source_hash
    return GoOn(
        run=resumed.run,
        start=resumed.start,
        is_fork=resumed.is_fork,
        inputs=course.inputs if resumed.is_fork else {},
        is_newest=resumed.is_fork and is_other_text,
    )


def demand_course(run: Run, plan: Plan) -> Course:
    """Return what a run of a workflow has beside its steps.

    Raises:
        Conflict: it is no run of a workflow.
    """
    if plan.undoes:
        why = "an undo is planned from what it undoes"
        raise Conflict(f"{run.id} is an undo", why=why, next_step=f"steward undo {plan.undoes}")
    if plan.course is None:
        raise Conflict(f"{run.id} is no run of a workflow", next_step=f"steward runs retry {run.id}")
    return plan.course


def refuse_open(run: Run) -> None:
    """Refuse to go on from a run that still lives, or of which nobody knows how it ended.

    Raises:
        Conflict: with what to do first.
    """
    if run.state not in ENDED:
        why = f"it is {run.state.value}"
        raise Conflict(
            f"{run.id} has not ended", why=why, next_step=f"`steward runs show {run.id}`, or cancel it first"
        )
    if run.state is RunState.UNKNOWN:
        step = f"look yourself, then `steward runs settle {run.id} ok` or `failed`"
        raise Conflict(f"nobody knows how {run.id} ended", why="a step may have happened or not", next_step=step)


def refuse_resume(run: Run, *, start: str) -> None:
    """Refuse to resume a run of which nothing stands, or nothing is left.

    Raises:
        Conflict: with the fork that is meant.
    """
    anew = f"begin anew: `steward runs fork {run.id}`"
    if run.state in _BEGUN_NEVER or run.started is None:
        raise Conflict(f"{run.id} never began", why=f"it is {run.state.value}", next_step=anew)
    if run.state is RunState.ROLLED_BACK:
        raise Conflict(f"{run.id} was put back", why="what it did is gone", next_step=anew)
    if run.state is RunState.ROLLBACK_FAILED:
        why = "nobody knows from where it would go on"
        raise Conflict(f"{run.id} was put back only in part", why=why, next_step=f"look at the machine, then {anew}")
    if run.state in _ENDED_WELL and not start:
        step = f"`steward runs fork {run.id} --step STEP` does a part of it a second time"
        raise Conflict(f"every step of {run.id} ended well", next_step=step)


def first_left(connection: Connection, run: Run, plan: Plan) -> str:
    """Return the first step or hold from which a run could go on, by its name in the workflow; empty for none."""
    try:
        demand_course(run, plan)
        refuse_open(run)
        refuse_resume(run, start="")
        _refuse_undone(connection, run, plan)
    except Conflict:
        return ""
    ends = ends_of(connection, run.id, plan)
    course_holds = plan.course.holds if plan.course else ()
    left = (item for item in (*plan.steps, *course_holds) if ends.get(item.id, (StepEnd.HELD, ""))[0] not in _WELL)
    return next((_origin(item) for item in left), "")


def _refuse_undone(connection: Connection, run: Run, plan: Plan) -> None:
    """Refuse to take over what another run put back: the undo of this run, or of one it took over from.

    Raises:
        Conflict: it is gone.
    """
    for mine in {run.id, *(known.run for known in carried_of(plan))}:
        _, stored = load(connection, mine)
        begins = [again(action.key) for step in stored.plan.steps for action in step.undo.actions]
        others = (load(connection, other) for other in steps.runs_of_keys(connection, begins))
        if any(other.plan.undoes == mine for _, other in others):
            what = f"{mine} was put back, or is being put back"
            raise Conflict(what, why="what it did is gone", next_step=f"begin anew: `steward runs fork {run.id}`")
    if run.state in {RunState.ROLLED_BACK, RunState.ROLLBACK_FAILED}:
        raise Conflict(f"{run.id} was put back", next_step=f"begin anew: `steward runs fork {run.id}`")


async def _text(desk: Desk, run: Run, course: Course, *, is_newest: bool) -> tuple[Workflow, FindWorkflow]:
    """Return the workflow of a run as it was then, or as it is today, with those it calls."""
    if is_newest:
        return named(desk, course.workflow, ""), desk.workspace.workflows.find
    newest = f"take the text of today: `steward runs fork {run.id} --newest`"
    if not course.sources:
        raise Conflict(f"the text that {run.id} began with was not kept", next_step=newest)
    text = (await desk.storage.read(blobs.get, course.sources)).decode()
    try:
        workflow, *others = read_sources(text)
    except (CodecError, ValueError) as error:
        raise Conflict(f"the text that {run.id} began with is of an older Steward", next_step=newest) from error
    by_name = {each.name: each for each in others}
    return workflow, lambda name: by_name.get(name) or no_other(name)


def _inputs(course: Course, workflow: Workflow, order: GoOn) -> dict[str, Any]:
    names = {each.name for each in workflow.inputs}
    return {**{name: value for name, value in course.inputs.items() if name in names}, **order.inputs}


def _past(
    connection: Connection, run: Run, plan: Plan, order: GoOn, *, reads_output: bool, is_taken_over: bool
) -> Past:
    """Read from the journal what ended well."""
    done: dict[str, Carried] = {}
    if is_taken_over:
        done = {known.id: known for known in carried_of(plan)}
        done |= {known.id: known for known in _ended_well(connection, run, plan, reads_output=reads_output)}
    places = {
        known.id: Place(origin=known.origin or known.id, lane=known.lane, machine=known.machine)
        for known in done.values()
    }
    for item in (*plan.steps, *(plan.course.holds if plan.course else ())):
        places[item.id] = Place(origin=_origin(item), lane=_lane(item), machine=str(item.machine or ""))
    return Past(
        run=run.id,
        is_fork=order.is_fork,
        start=order.start,
        done=done,
        places=places if is_taken_over else {},
        is_same=not order.inputs and not order.is_newest,
    )


def _ended_well(connection: Connection, run: Run, plan: Plan, *, reads_output: bool) -> Iterator[Carried]:
    ends, given = ends_of(connection, run.id, plan), given_of(connection, run.id, plan)
    moments = _moments(connection, run.id)
    for item in (*plan.steps, *(plan.course.holds if plan.course else ())):
        end = ends.get(item.id, (StepEnd.HELD, ""))[0]
        if end not in _WELL:
            continue
        values = given.get(item.id, {}) if end is StepEnd.OK else {}
        yield Carried(
            id=item.id,
            says=item.says,
            run=run.id,
            end=end,
            ended=moments.get(item.id) or run.ended or run.created,
            does=what_it_does(item),
            origin="" if _origin(item) == item.id else _origin(item),
            lane=_lane(item),
            machine=str(item.machine or ""),
            values=_bounded(item.id, values, reads_output=reads_output),
            proofs=_proofs(item) if end is StepEnd.OK else (),
        )


def _bounded(name: str, values: Mapping[str, Any], *, reads_output: bool) -> dict[str, Any]:
    """Return what later expressions may know of a step: its typed values; all it printed only where that is read."""
    kept = {key: value for key, value in values.items() if key != "output" and value is not None}
    if reads_output and "output" in values:
        if len(values["output"]) > LONGEST_OUTPUT:
            what = f"what `{name}` printed is too long to be taken over"
            why = f"it has {len(values['output'])} characters, more than {LONGEST_OUTPUT}"
            raise Conflict(what, why=why, next_step="take `outputs` of it in the workflow, and fork it from there")
        kept["output"] = values["output"]
    return cast("dict[str, Any]", encode(kept))


def _moments(connection: Connection, run: RunId) -> dict[str, datetime]:
    """Return when each step and hold ended."""
    found = {ending.step: ending.at for ending in holds.endings(connection, run)}
    found |= {each.step: each.ended_at for each in steps.of_run(connection, run) if each.ended_at and not each.is_undo}
    return found | {known.hold: known.ended for known in holds.of_run(connection, run) if known.ended}


def _proofs(item: PlanStep | Hold) -> tuple[Any, ...]:
    if isinstance(item, Hold):
        return item.proofs if item.kind is HoldKind.PHYSICAL else ()
    return item.verify


def _origin(item: PlanStep | Hold) -> str:
    origin = item.origin if isinstance(item, Hold) else item.flow.origin if item.flow else ""
    return origin or item.id


def _lane(item: PlanStep | Hold) -> str:
    return item.lane if isinstance(item, Hold) else item.flow.lane if item.flow else ""


def _with_called(workflow: Workflow, find: FindWorkflow) -> list[Workflow]:
    """Return a workflow and those it calls, as far as they are there: expanding it tells of any that is not."""
    found, names = [workflow], {workflow.name}
    for each in found:
        for name in (step.workflow for step in each.steps if step.workflow and step.workflow not in names):
            names.add(name)
            with suppress(StewardError):
                found.append(find(name))
    return found


def _reads_output(workflow: Workflow) -> bool:
    """Tell whether some expression may see all that a step printed."""
    return _READS_OUTPUT.search(json.dumps(encode(workflow)).replace('\\"', '"')) is not None
