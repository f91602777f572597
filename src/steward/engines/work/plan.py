"""Plan, apply, undo: what a person types between a finding and its receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from steward.core.catalogue import CommandSpec
from steward.core.cures import wish_for
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.runs import again, load
from steward.core.starts import approve_and_start
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_wishes import read_here, wish_of
from steward.lib.codec import CodecError, decode
from steward.lib.io.ids import new_id
from steward.lib.record import record
from steward.lib.text import nearest
from steward.model.access import Right
from steward.model.approval import Approval, fingerprint
from steward.model.command import Example, Outcome
from steward.model.errors import Conflict, InvalidInput, NotFound
from steward.model.finding import Finding
from steward.model.ids import FindingId, RunId
from steward.model.plan import Plan, PlannedUndo, PlanStep
from steward.model.risk import Risk, Strength
from steward.model.run import ENDED, RunState
from steward.model.workflow import Workflow
from steward.store import approvals, findings, plans, runs, steps


@record
class PlanInput:
    """Plan the cure of a finding, or a workflow file, and put it before you for approval.

    With --dry-run nothing is kept and nobody is asked.
    """

    what: str
    """A finding (`find-...`), or the path of a workflow file."""
    text: str = ""
    """Content of the workflow file; filled in by the terminal."""


@record
class ApplyInput:
    """Approve a plan and run it: by its four-letter code, or by a plan file saved earlier.

    Refused when the file was changed, or when the world is no longer the one the plan was made for.
    """

    what: str
    """Approval code, or the path of a plan file."""
    text: str = ""
    """Content of the plan file; filled in by the terminal."""
    target: str = ""
    """For what cannot be put back: names of the machines it hits, typed out. A passkey makes up for it."""


@record
class UndoInput:
    """Plan the undo of a run from its own receipt and put it before you for approval."""

    run: str
    """Run to undo."""


async def plan(desk: Desk, given: PlanInput) -> PlanCard:
    """Plan a cure or a workflow."""
    return await propose(desk, await _wish(desk, given))


async def _wish(desk: Desk, given: PlanInput) -> Wish:
    if given.text:
        return wish_of(desk, read_here(desk, given.text, given.what), {}, is_named=False)
    finding = await desk.storage.read(findings.get, FindingId(given.what))
    if finding is None:
        raise _not_a_finding(given.what, await desk.storage.read(findings.still_open))
    machine = desk.workspace.require(finding.machine)
    return await wish_for(desk, finding, machine, is_fresh=True)


def _not_a_finding(what: str, found: Sequence[Finding]) -> NotFound:
    """Say what to type instead: people name the unit, the container or the file system that troubles them."""
    about = [each for each in found if what in {each.resource.name, each.resource.name.partition(".")[0]}]
    if about:
        lines = "".join(
            f"\n  steward plan {each.id}   ({each.title})"
            if each.fix
            else f"\n  steward why {each.id}   ({each.title})"
            for each in about
        )
        return NotFound(f"`{what}` is no finding, but something is known of it", next_step=f"type{lines}")
    near = nearest(what, [each.id for each in found])
    step = f"did you mean `steward plan {near}`?" if near else "`steward why` lists what is wrong, with its plans"
    why = "" if what.startswith("find-") else "only what is wrong, or a workflow file, can be planned"
    return NotFound(f"there is no finding {what}", why=why, next_step=step)


async def apply(desk: Desk, given: ApplyInput) -> PlanCard:
    """Approve and start a plan."""
    approval = await (_of_file(desk, given) if given.text else desk.approvals.by_code(given.what))
    return await approve_and_start(desk, approval, approval.fingerprint, typed=given.target)


async def preview_apply(desk: Desk, given: ApplyInput) -> str:
    """Show the plan that would run."""
    approval = await (_of_file(desk, given) if given.text else desk.approvals.by_code(given.what))
    return (await desk.proposals.card(approval)).shown


async def _of_file(desk: Desk, given: ApplyInput) -> Approval:
    """Find the waiting approval of a plan file; a file that was changed belongs to no approval."""
    try:
        read = decode(Plan, json.loads(given.text))
    except (json.JSONDecodeError, CodecError) as error:
        raise InvalidInput(
            "this is not a plan file", where=given.what, why=str(error), next_step="`steward plan ... -o plan.json`"
        ) from error
    stored = await desk.storage.read(plans.get, read.id)
    if stored is None:
        raise NotFound(f"plan {read.id} is not known here", where=given.what, next_step="plan it again")
    if fingerprint(read) != stored.fingerprint:
        raise Conflict("the plan file was changed after it was planned", where=given.what, next_step="plan it again")
    found = await desk.storage.read(approvals.of_plan, read.id)
    if found is None:
        raise Conflict(f"nothing waits for plan {read.id}", where=given.what, next_step="plan it again")
    return found


async def undo(desk: Desk, given: UndoInput) -> PlanCard:
    """Plan the undo of a run."""
    if await desk.storage.read(runs.get, RunId(given.run)) is None:
        raise NotFound(f"there is no run {given.run}", next_step="`steward runs ls` lists them")
    run, stored = await desk.storage.read(load, RunId(given.run))
    if run.state not in ENDED:
        raise Conflict(
            f"{run.id} has not ended", why=f"it is {run.state.value}", next_step=f"steward runs show {run.id}"
        )
    records = await desk.storage.read(steps.of_run, run.id)
    done = {record.step for record in records if not record.is_undo and record.outcome is Outcome.OK}
    undone = {record.step for record in records if record.is_undo}
    if undone and run.state is not RunState.PARTIAL:
        raise Conflict(f"{run.id} was already put back", next_step=f"steward runs show {run.id}")
    chosen = undo_steps(stored.plan, done - undone)
    workflow = Workflow(
        name="undo", title=f"Undo: {stored.plan.title}", goal=f"put back what {run.id} changed", steps=()
    )
    wish = Wish(workflow=workflow, actor=desk.actor, undoes=run.id, ready_steps=chosen)
    return await propose(desk, wish)


def undo_steps(plan: Plan, done: set[str]) -> tuple[PlanStep, ...]:
    """Return the undo of a plan's done steps as steps of their own, last first.

    Raises:
        Conflict: something done cannot be put back, or nothing needs to be.
    """
    acted = [step for step in reversed(plan.steps) if step.id in done]
    lost = [step for step in acted if not step.undo.is_possible]
    if lost:
        raise Conflict("this run cannot be undone", where=lost[0].says, why=lost[0].undo.says)
    chosen: list[PlanStep] = []
    for step in acted:
        for action in step.undo.actions:
            needs = (chosen[-1].id,) if chosen else ()
            chosen.append(_undo_step(step, action.key, number=len(chosen) + 1, needs=needs))
    if not chosen:
        raise Conflict("there is nothing to put back", why=acted[-1].undo.says if acted else "no step was done")
    return tuple(chosen)


def _undo_step(step: PlanStep, key: str, *, number: int, needs: tuple[str, ...]) -> PlanStep:
    action = next(action for action in step.undo.actions if action.key == key)
    return replace(
        step,
        id=f"undo-{number}",
        says=f"Undo: {step.undo.says}",
        action=replace(action, key=new_id(again(key))),
        effects=(step.undo.says,),
        preconditions=(),
        verify=step.undo.verify,
        undo=PlannedUndo(says="an undo is not itself undone; plan the original again", is_possible=False),
        needs=needs,
    )


COMMANDS = (
    CommandSpec(
        name="plan",
        right=Right.PROPOSE,
        input=PlanInput,
        output=PlanCard,
        handler=plan,
        risk=Risk.READ,
        live={"what": "finding"},
        examples=(
            Example(line="plan find-3f9a1c20bd", does="Plan the cure of a finding and wait for your approval"),
            Example(line="plan restart-web.yaml --dry-run", does="Show what a workflow would do today"),
        ),
    ),
    CommandSpec(
        name="apply",
        right=Right.DECIDE,
        input=ApplyInput,
        output=PlanCard,
        handler=apply,
        preview=preview_apply,
        undo="steward undo RUN",
        verify="the run's own proof, shown in its receipt",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live={"what": "approval"},
        examples=(
            Example(line="apply K7QM", does="Approve the plan that waits under K7QM and run it"),
            Example(line="apply plan.json", does="Approve and run a plan saved with `steward plan -o plan.json`"),
        ),
    ),
    CommandSpec(
        name="undo",
        right=Right.PROPOSE,
        input=UndoInput,
        output=PlanCard,
        handler=undo,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="undo run-2v7k9q0m3x", does="Plan the undo of a run and wait for your approval"),
            Example(line="undo run-2v7k9q0m3x --dry-run", does="Only show what undoing would do"),
        ),
    ),
)
