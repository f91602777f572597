"""Retry: a new plan of what did not end well, from a fresh look, with an approval of its own. Nothing is run again.

    run ended ─> steps that do not stand ─> planned anew from today's facts ─> policy ─> approval ─> a run of its own

Each command is planned from its typed input as if it were asked for now: a fresh look, new checks, a new key. What
the first run did and what stands is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.runs import again, load
from steward.core.wishes import PlanCard, Wish
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example, Outcome
from steward.model.errors import Conflict
from steward.model.plan import Plan, PlanStep
from steward.model.risk import Risk
from steward.model.run import ENDED, Run, RunState
from steward.model.step_state import StepEnding, is_back
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import findings, steps
from steward.store.database import Connection

_PREFIX = "Retry: "


@record
class RetryInput:
    """Plan anew what did not end well in a run, from a fresh look, and put it before you for approval.

    Steps that ended well and still stand are left out. Nothing runs before the new plan is approved.
    """

    run: str
    """Run that did not end well."""


async def retry(desk: Desk, given: RetryInput) -> PlanCard:
    """Plan the rest of a run anew."""
    known = await require_run(desk, given.run)
    run, stored = await desk.storage.read(load, known.id)
    if (refusal := why_not(run, stored.plan)) is not None:
        raise refusal
    endings = await desk.storage.read(steps.endings, (run.id,))
    rest = remaining(stored.plan, endings, is_undone=await desk.storage.read(was_undone, run, stored.plan))
    if not rest:
        raise Conflict(f"every step of {run.id} ended well", next_step=f"steward runs show {run.id}")
    finding = await desk.storage.read(findings.get, stored.plan.finding) if stored.plan.finding else None
    workflow = Workflow(
        name="retry",
        title=_PREFIX + stored.plan.title.removeprefix(_PREFIX),
        goal=stored.plan.goal,
        steps=_asked_again(rest),
        finding=finding.id if finding else None,
    )
    return await propose(
        desk, Wish(workflow=workflow, actor=desk.actor, if_nothing=stored.plan.if_nothing, finding=finding)
    )


def why_not(run: Run, plan: Plan) -> Conflict | None:
    """Return why a run cannot be planned anew, or None when it can."""
    if (never := _never(run, plan)) is not None:
        return never
    if run.state not in ENDED:
        why = f"it is {run.state.value}"
        return Conflict(f"{run.id} has not ended", why=why, next_step=f"steward runs show {run.id}")
    if run.state is RunState.VERIFIED:
        return Conflict(f"{run.id} ended well", why="every proof holds", next_step=f"steward runs show {run.id}")
    if run.state is RunState.UNKNOWN:
        step = f"look yourself, then `steward runs settle {run.id} ok` or `failed`"
        return Conflict(f"nobody knows how {run.id} ended", next_step=step)
    if run.state is RunState.ROLLBACK_FAILED:
        why = "putting it back did not end well, so nobody knows from where it would go on"
        return Conflict(f"{run.id} was put back only in part", why=why, next_step="look at the machine, then plan anew")
    return None


def _never(run: Run, plan: Plan) -> Conflict | None:
    """Return why such a run is never planned anew in parts, however it ended."""
    if plan.undoes:
        why = "an undo is planned from what it undoes"
        return Conflict(f"{run.id} is an undo", why=why, next_step=f"steward undo {plan.undoes}")
    if plan.course is not None:
        why = "its conditions, questions and lanes belong to the whole of it"
        verb = "fork" if run.state in {RunState.ROLLED_BACK, RunState.ROLLBACK_FAILED} else "resume"
        return Conflict(f"{run.id} is a run of a workflow", why=why, next_step=f"steward runs {verb} {run.id}")
    return None


def remaining(plan: Plan, endings: Sequence[StepEnding], *, is_undone: bool) -> tuple[PlanStep, ...]:
    """Return the steps of a plan that do not stand: never begun, not ended well, or put back."""
    if is_undone:
        return plan.steps
    well = {each.step for each in endings if not each.is_undo and each.outcome is Outcome.OK}
    return tuple(step for step in plan.steps if step.id not in well or is_back(step, endings))


def was_undone(connection: Connection, run: Run, plan: Plan) -> bool:
    """Tell whether another run put back what this one did, and proved it: its actions are named after these."""
    begins = [again(action.key) for step in plan.steps for action in step.undo.actions]
    others = (load(connection, other) for other in steps.runs_of_keys(connection, begins))
    return any(other.state is RunState.VERIFIED and stored.plan.undoes == run.id for other, stored in others)


def _asked_again(rest: Sequence[PlanStep]) -> tuple[WorkflowStep, ...]:
    """Return steps as they were asked for; what they needed and what stands is needed no more."""
    kept = {step.id for step in rest}
    asked = [
        WorkflowStep(id=step.id, command=step.command.name, input=step.command.input, needs=step.needs) for step in rest
    ]
    return tuple(replace(step, needs=tuple(need for need in step.needs if need in kept)) for step in asked)


COMMANDS = (
    CommandSpec(
        name="runs.retry",
        right=Right.PROPOSE,
        input=RetryInput,
        output=PlanCard,
        handler=retry,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="runs retry run-2v7k9q0m3x", does="Plan anew what did not end well, for your approval"),
            Example(line="runs retry run-2v7k9q0m3x --dry-run", does="Only show what would be planned"),
        ),
    ),
)
