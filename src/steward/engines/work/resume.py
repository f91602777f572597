"""Resume and fork: a new plan of a run's workflow that takes over what ended well. Nothing runs before its approval."""

from __future__ import annotations

from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.resuming import GoOn, wish_to_go_on
from steward.core.wishes import PlanCard
from steward.core.workflow_wishes import inputs_of
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk


@record
class ResumeInput:
    """Plan the rest of a workflow's run anew and put it before you for approval.

    It goes on with the text and inputs that it began with. Steps that ended well are not done again: what they gave is
    taken from the run's journal, shown on the card, and must still hold before anything else is done.
    """

    run: str
    """Run of a workflow that did not end well."""
    step: str = ""
    """Step to begin with, by its name in the workflow or in the plan; empty: the first that did not end well."""


@record
class ForkInput:
    """Plan a variation of a workflow's run and put it before you for approval.

    It begins at the beginning, or with one step; then what ended well before that step is taken over, if it would be
    the same with the inputs and the text you choose.
    """

    run: str
    """Run of a workflow that has ended, however it did."""
    step: str = ""
    """Step to begin with; empty: everything is done anew."""
    input: tuple[str, ...] = ()
    """Another input as `NAME=VALUE`; may be given several times. What is not given stays as it was."""
    inputs: dict[str, Any] | None = None
    """The same as one object with typed values, for programs."""
    newest: bool = False
    """Take the workflow as it is today, not as it was when the run was planned."""


async def resume(desk: Desk, given: ResumeInput) -> PlanCard:
    """Plan the rest."""
    run = await require_run(desk, given.run)
    return await propose(desk, await wish_to_go_on(desk, GoOn(run=run.id, start=given.step)))


async def fork(desk: Desk, given: ForkInput) -> PlanCard:
    """Plan a variation."""
    run = await require_run(desk, given.run)
    values = inputs_of(given.input, given.inputs)
    order = GoOn(run=run.id, start=given.step, is_fork=True, inputs=values, is_newest=given.newest)
    return await propose(desk, await wish_to_go_on(desk, order))


COMMANDS = (
    CommandSpec(
        name="runs.resume",
        right=Right.PROPOSE,
        input=ResumeInput,
        output=PlanCard,
        handler=resume,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="runs resume run-2v7k9q0m3x", does="Plan what did not end well, for your approval"),
            Example(line="runs resume run-2v7k9q0m3x --step flush", does="The same, from a step you name"),
        ),
    ),
    CommandSpec(
        name="runs.fork",
        right=Right.PROPOSE,
        input=ForkInput,
        output=PlanCard,
        handler=fork,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="runs fork run-2v7k9q0m3x --input unit=nginx.service", does="Begin anew with another input"),
            Example(line="runs fork run-2v7k9q0m3x --newest --dry-run", does="Show what today's text would do"),
        ),
    ),
)
