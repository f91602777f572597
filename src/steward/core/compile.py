"""Workflow to plan: resolve every target and every word, so that nothing is left to decide later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from steward.core.catalogue import parse_input
from steward.core.expand import ProbeOf
from steward.lib.canonical import content_hash
from steward.lib.record import record
from steward.lib.text import nearest
from steward.model.command import Command
from steward.model.errors import InvalidInput, NotFound
from steward.model.fact import Snapshot
from steward.model.flow import Course, StepFlow
from steward.model.ids import FindingId, MachineId, PlanId
from steward.model.machine import Machine
from steward.model.operation import Action, AnyOperation, Blueprint, Undo
from steward.model.plan import (
    BlastRadius,
    Plan,
    PlannedAction,
    PlannedUndo,
    PlanStep,
    Requester,
    target_of,
    waves,
)
from steward.model.probe import Probe
from steward.model.risk import Risk
from steward.model.shown import render
from steward.model.taint import Taint
from steward.model.workflow import Workflow, WorkflowStep

QUEUED_LIFETIME = timedelta(hours=12)
"""A plan nobody decides on is a no after this time."""
INTERACTIVE_LIFETIME = timedelta(minutes=15)
"""The same for a plan asked for in a terminal: who asked sits there and answers now, or asks again."""
SUDO = ("sudo", "-n", "--")
"""What an action begins with that needs root where Steward's user is not root."""

VERIFY_SECONDS = 60
"""For how long a readable line that must hold after a step is asked again."""
_PLAIN = re.compile(r"[a-z0-9-]{1,60}")
_LONGEST_WORDS = 40

Keep = Callable[[str], None]
"""Takes a text that a program reads on standard input: the plan only names it by its hash."""


@record
class PlanContext:
    """What a plan carries besides its steps."""

    id: PlanId
    """Id."""
    requester: Requester
    """Who asks."""
    policy_version: str
    """Rules and grants it is judged by."""
    now: datetime
    """When it is made (UTC)."""
    lifetime: timedelta = QUEUED_LIFETIME
    """How long it may wait."""
    taint: Taint = Taint.TRUSTED
    """Whether untrusted text took part."""
    if_nothing: str = "nothing changes"
    """What happens if nothing is done."""
    undoes: str | None = None
    """Run it undoes."""
    services: int = 0
    """Services that stop meanwhile, as far as the graph tells."""


def _keep_nothing(_text: str) -> None:
    """Drop a text: nobody will run this plan."""


def compile_steps(  # noqa: PLR0913 - what is resolved, against what, and who keeps the rest
    workflow: Workflow,
    snapshots: Mapping[MachineId, Snapshot],
    operations: Mapping[str, AnyOperation],
    plan: PlanId,
    *,
    keep: Keep = _keep_nothing,
    course: Course | None = None,
    probe: ProbeOf | None = None,
) -> tuple[PlanStep, ...]:
    """Resolve every step of a workflow against the facts of its machines.

    `keep` is given what its programs read on standard input; who wants to run the plan stores it. `course` holds what
    the steps may need besides each other, `probe` reads the readable lines they have.

    Raises:
        NotFound: a command that is not in the catalogue, with the nearest name.
        InvalidInput: an input that does not fit, or a target the command makes no sense for.
    """
    holds = course.holds if course else ()
    if not workflow.steps and not holds:
        raise InvalidInput("the workflow has no steps", where=workflow.name, next_step="give it at least one step")
    _check_ids(workflow, [hold.id for hold in holds])
    making = _Making(snapshots=snapshots, operations=operations, plan=plan, keep=keep, probe=probe or _no_lines)
    steps = tuple(_step(step, making) for step in workflow.steps)
    _check_keys(workflow, steps)
    try:
        ordered = tuple(step for wave in waves(steps, holds) for step in wave)
    except ValueError as error:
        raise InvalidInput(str(error), where=workflow.name, next_step="break the circle in `needs`") from error
    return steps if course else ordered  # an expanded workflow is in order, and its lanes stay together


def assemble(
    workflow: Workflow,
    steps: tuple[PlanStep, ...],
    machines: Mapping[MachineId, Machine],
    context: PlanContext,
    course: Course | None = None,
) -> Plan:
    """Make the plan of resolved steps; its risk is the worst of the steps until policy has spoken."""
    touched = sorted({step.machine for step in steps})
    only = [f"{step.says} on {machines[step.machine].name}" for step in steps]
    return Plan(
        id=context.id,
        requester=context.requester,
        title=workflow.title or (only[0] if len(only) == 1 else workflow.name),
        goal=workflow.goal or "it was asked for",
        finding=FindingId(workflow.finding) if workflow.finding else None,
        taint=context.taint,
        risk=max((step.risk for step in steps), key=lambda risk: risk.rank, default=Risk.REVERSIBLE),
        policy_version=context.policy_version,
        steps=steps,
        targets=tuple(target_of(machines[machine]) for machine in touched),
        if_nothing=context.if_nothing,
        created=context.now,
        not_before=context.now,
        expires=context.now + context.lifetime,
        blast=BlastRadius(
            machines=len(touched),
            services=max(context.services, len({step.resource.id for step in steps if step.downtime_seconds})),
            bytes=sum(step.bytes_touched for step in steps),
        ),
        shown_hash="",
        undoes=context.undoes,
        course=course,
    )


def seal(plan: Plan, risk: Risk) -> tuple[Plan, str]:
    """Fix the risk policy settled on and bind the text a person is shown; return the plan and that text."""
    settled = replace(plan, risk=risk, shown_hash="")
    shown = render(settled)
    return replace(settled, shown_hash=content_hash(shown.encode())), shown


def _check_ids(workflow: Workflow, holds: Sequence[str]) -> None:
    ids = [*(step.id for step in workflow.steps), *holds]
    doubled = sorted({name for name in ids if ids.count(name) > 1})
    if doubled:
        raise InvalidInput(f"two steps are called `{doubled[0]}`", where=workflow.name, next_step="rename one")
    for step in workflow.steps:
        for need in step.needs:
            if need not in ids:
                near = nearest(need, ids)
                hint = f"did you mean `{near}`?" if near else f"steps are: {', '.join(ids)}"
                raise InvalidInput(f"step `{step.id}` needs unknown step `{need}`", where=workflow.name, next_step=hint)


def _check_keys(workflow: Workflow, steps: tuple[PlanStep, ...]) -> None:
    """Refuse two actions of one key: the machine would take the second for the first and not run it."""
    keys = [action.key for step in steps for action in (step.action, *step.undo.actions)]
    for step in steps:
        if keys.count(step.action.key) > 1:
            what, why = f"no step can be called `{step.id}`", "the undo of another step has this name"
            raise InvalidInput(what, where=workflow.name, why=why, next_step="rename it")


@dataclass(frozen=True, kw_only=True)
class _Making:
    """What steps are resolved with."""

    snapshots: Mapping[MachineId, Snapshot]
    operations: Mapping[str, AnyOperation]
    plan: PlanId
    keep: Keep
    probe: ProbeOf

    def blueprint(self, step: str, command: str, given: dict[str, Any], snapshot: Snapshot) -> tuple[Blueprint, Risk]:
        """Return what a command would do, and its risk."""
        operation = self.operations.get(command)
        if operation is None:
            near = nearest(command, self.operations)
            hint = f"did you mean `{near}`?" if near else f"commands are: {', '.join(sorted(self.operations))}"
            raise NotFound(f"step `{step}` names unknown command `{command}`", next_step=hint)
        made = operation.build(parse_input(command, operation.input, given), snapshot)
        return made, max(made.risk, operation.risk, key=lambda risk: risk.rank)


def _no_lines(line: str, _machine: MachineId | None, _within_seconds: int) -> Probe:
    raise InvalidInput("readable lines are asked in workflows only", where=line)


def _step(step: WorkflowStep, making: _Making) -> PlanStep:
    machine_id = MachineId(str(step.input.get("machine", "")))
    snapshot = making.snapshots[machine_id]
    blueprint, risk = making.blueprint(step.id, step.command, step.input, snapshot)
    flow, undo = step.flow, blueprint.undo
    if step.undo is not None:
        given = {**step.undo.input, "machine": machine_id}
        way_back, its_risk = making.blueprint(step.id, step.undo.command, given, snapshot)
        undo = Undo(says=way_back.says, actions=(way_back.action,), verify=way_back.verify)
        risk = max(risk, its_risk, key=lambda each: each.rank)
        flow = replace(flow or StepFlow(), undone_by=Command(name=step.undo.command, input=given))
    user_id = _user_id(snapshot)
    key = key_of(making.plan, step.id)
    for text in (each.stdin for each in (blueprint.action, *undo.actions) if each.stdin):
        making.keep(text)
    action = _planned(blueprint.action, key=key, user_id=user_id)
    if step.timeout_seconds is not None:
        action = replace(action, timeout_seconds=step.timeout_seconds)
    if step.until:
        until = making.probe(step.until, machine_id, action.timeout_seconds)
        flow = replace(flow or StepFlow(), until=until)
    return PlanStep(
        id=step.id,
        command=Command(name=step.command, input=step.input),
        machine=machine_id,
        resource=blueprint.resource,
        says=blueprint.says,
        action=action,
        effects=blueprint.effects,
        preconditions=blueprint.preconditions,
        verify=(*blueprint.verify, *(making.probe(line, machine_id, VERIFY_SECONDS) for line in step.verify)),
        undo=_undo(undo, key=key, user_id=user_id),
        risk=risk,
        needs=step.needs,
        downtime_seconds=blueprint.downtime_seconds,
        bytes_touched=blueprint.bytes_touched,
        flow=flow,
    )


def key_of(plan: PlanId, step: str) -> str:
    """Return the key of a step's action: machines take lower-case letters, digits and dashes, 128 at most."""
    if _PLAIN.fullmatch(step):
        return f"{plan}-{step}"
    words = re.sub(r"[^a-z0-9]+", "-", step.lower())[:_LONGEST_WORDS].strip("-")
    return f"{plan}-{words}-{content_hash(step.encode())[:8]}"


def _planned(action: Action, *, key: str, user_id: int) -> PlannedAction:
    needs_sudo = action.needs_root and user_id != 0
    return PlannedAction(
        key=key,
        argv=(*SUDO, *action.argv) if needs_sudo else action.argv,
        stdin_hash=content_hash(action.stdin.encode()) if action.stdin else "",
        environment=action.environment,
        timeout_seconds=action.timeout_seconds,
        output_limit=action.output_limit,
    )


def _undo(undo: Undo, *, key: str, user_id: int) -> PlannedUndo:
    actions = tuple(
        _planned(action, key=f"{key}-undo{number}", user_id=user_id) for number, action in enumerate(undo.actions)
    )
    return PlannedUndo(says=undo.says, is_possible=undo.is_possible, actions=actions, verify=undo.verify)


def _user_id(snapshot: Snapshot) -> int:
    facts: Any = snapshot.values.get("os")
    if facts is None:
        reason = snapshot.unread.get("os", "its operating system was not read")
        raise InvalidInput(f"cannot plan for {snapshot.machine.name}", why=reason)
    return int(facts.user_id)
