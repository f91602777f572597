"""What a trigger starts, as a port: operations here, workflows and goals by whoever knows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from steward.core.desk import Desk
from steward.core.dispatch import OpenDesk, propose
from steward.core.wishes import Claim, PlanCard, Wish
from steward.core.workflow_wishes import named, wish_of
from steward.lib.codec import Json
from steward.lib.expression import compiled, evaluate, names_in, reference, unescaped
from steward.lib.expression_errors import ExpressionError
from steward.lib.text import nearest, visible_line
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.errors import InvalidInput, NotFound
from steward.model.ids import PrincipalId, RunId
from steward.model.principal import Principal, PrincipalKind
from steward.model.taint import Taint
from steward.model.trigger import Occurrence, Starts, Trigger, TriggerKind
from steward.model.workflow import Workflow, WorkflowStep

_DELIBERATE = frozenset({TriggerKind.SCHEDULE, TriggerKind.HOOK})
"""Kinds in which somebody means each start; what the others set off may set them off again, and is broken as a loop."""
_SEEN = ("event",)


@dataclass(frozen=True, kw_only=True)
class Start:
    """An order to start what a trigger starts."""

    trigger: Trigger
    """The trigger."""
    starts: Starts
    """What; its `input` has the values of this occurrence in the place of expressions."""
    actor: Principal
    """Who asks: the trigger, with no rights but to look and to propose."""
    taint: Taint
    """Whether others had a say in the input."""
    event: Mapping[str, Any]
    """What arrived; empty for time."""
    claim: Claim | None
    """Claimed occurrence, to be handed on as `Wish.occurrence`; None for a preview."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What came of an order."""

    run: RunId | None = None
    """Run to follow; None where there is none and it is done already."""
    is_asked: bool = False
    """Whether it waits for a person."""
    says: str = ""
    """What was done, where there is no run."""
    is_in_vain: bool = False
    """Whether what was wanted is not so all the same: a goal that is not met."""


StartWork = Callable[[Start], Awaitable[Begun]]
"""Starts one kind of work; `claim` makes a second try harmless."""

Propose = Callable[[Desk, Start], Awaitable[PlanCard]]
"""Turns an order into a plan at a desk; a desk for a dry run only drafts it."""


class ProposedWork:
    """Starts what becomes a plan: judged like everybody's, run by a grant, or put before a person."""

    def __init__(self, desk: OpenDesk, propose_it: Propose) -> None:
        self._desk = desk
        self._propose = propose_it

    async def __call__(self, start: Start) -> Begun:
        """Propose it."""
        return begun_of(await self._propose(self._desk(start.actor, False, _unheard), start))  # noqa: FBT003 - a port's shape


async def propose_command(desk: Desk, start: Start) -> PlanCard:
    """Propose an operation of the catalogue as a plan of one step.

    Raises:
        NotFound: there is no such operation.
        StewardError: as `core.dispatch.propose`.
    """
    name = start.starts.command
    if name not in desk.catalogue.operations:
        near = nearest(name, desk.catalogue.operations)
        hint = f"did you mean `{near}`?" if near else "`steward --help` lists operations"
        raise NotFound(f"there is no operation `{visible_line(name)}`", next_step=hint)
    desk.catalogue.parse(name, start.starts.input)
    step = WorkflowStep(id="step-1", command=name, input=start.starts.input)
    goal = start.trigger.says or f"the trigger {start.trigger.name} asks for it"
    workflow = Workflow(name="one-command", goal=goal, steps=(step,))
    return await propose(desk, Wish(workflow=workflow, actor=desk.actor, taint=start.taint, occurrence=start.claim))


async def propose_workflow(desk: Desk, start: Start) -> PlanCard:
    """Propose a workflow of the workspace or the library.

    Raises:
        NotFound: there is no such workflow.
        StewardError: as `core.dispatch.propose`.
    """
    workflow = named(desk, start.starts.workflow, "")
    wish = wish_of(desk, workflow, start.starts.input, is_named=True)
    return await propose(desk, replace(wish, taint=start.taint, occurrence=start.claim))


PROPOSERS: Mapping[str, Propose] = {"command": propose_command, "workflow": propose_workflow}
"""What becomes a plan, by what `starts` names."""


def kind_of(starts: Starts) -> str:
    """Return which of its three fields says what is started."""
    return "command" if starts.command else "workflow" if starts.workflow else "goal"


def begun_of(card: PlanCard) -> Begun:
    """Return what a kept plan is for the occurrence it came of."""
    is_asked = card.approval is not None and card.approval.state is ApprovalState.PENDING
    return Begun(run=card.run, is_asked=is_asked)


def actor_of(trigger: Trigger) -> Principal:
    """Return who asks for what a trigger starts: a trigger holds no rights, it looks and proposes."""
    kind = PrincipalKind.SCHEDULE if trigger.kind in _DELIBERATE else PrincipalKind.ALERT
    return Principal(
        id=PrincipalId(f"trigger-{trigger.name}"),
        kind=kind,
        name=f"trigger {trigger.name}",
        channel="trigger",
        rights=(Right.READ, Right.PROPOSE),
    )


def order_of(trigger: Trigger, starts: Starts, occurrence: Occurrence | None, claim: Claim | None = None) -> Start:
    """Return the order to start this for an occurrence, or for a preview without one.

    Raises:
        InvalidInput: an expression does not fit what arrived.
    """
    event = occurrence.event if occurrence is not None else {}
    is_told_by_others = bool(event) and event.get("taint") != Taint.TRUSTED.value and uses_event(starts.input)
    given = Starts(
        workflow=starts.workflow, goal=starts.goal, command=starts.command, input=filled(starts.input, event)
    )
    return Start(
        trigger=trigger,
        starts=given,
        actor=actor_of(trigger),
        taint=Taint.OUTSIDE if is_told_by_others else Taint.TRUSTED,
        event=event,
        claim=claim,
    )


def filled(value: Any, event: Mapping[str, Json]) -> Any:
    """Return input with the typed value in the place of each `${ ... }`; expressions see `event`.

    Raises:
        InvalidInput: an expression cannot be understood, or does not fit what arrived.
    """
    if isinstance(value, dict):
        return {str(name): filled(each, event) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [filled(each, event) for each in value]  # pyright: ignore[reportUnknownVariableType]
    text = reference(value)
    if text is None:
        return unescaped(value) if isinstance(value, str) else value
    try:
        return evaluate(compiled(text, _SEEN), {"event": dict(event)})
    except ExpressionError as error:
        raise InvalidInput(f"`${{{visible_line(text)}}}` has no value", why=str(error), next_step=error.hint) from error


def uses_event(value: Any) -> bool:
    """Tell whether input is known only once something arrived."""
    if isinstance(value, dict):
        return any(uses_event(each) for each in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return any(uses_event(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
    text = reference(value)
    return text is not None and "event" in names_in(text)


async def _unheard(_event: dict[str, Any]) -> None:
    """Drop what nobody follows."""
