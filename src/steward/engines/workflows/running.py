"""Check a workflow, plan it against today's facts, and ask for it."""

from __future__ import annotations

from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_wishes import inputs_of, named, wish_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidFile
from steward.model.risk import Risk


@record
class CheckInput:
    """Check a workflow without looking at any machine, and tell every problem with its line."""

    what: str
    """Name of a workflow, or the path of a file."""
    text: str = ""
    """Content of the file; filled in by the terminal."""


@record
class PlanInput:
    """Show what a workflow would do today: its plan, reach, undo and verdict. Nothing is kept and nobody is asked."""

    what: str
    """Name of a workflow, or the path of a file."""
    text: str = ""
    """Content of the file; filled in by the terminal."""
    input: tuple[str, ...] = ()
    """An input as `NAME=VALUE`; may be given several times."""
    inputs: dict[str, Any] | None = None
    """The same as one object with typed values, for programs."""


@record
class RunInput:
    """Plan a workflow against fresh facts and put it before you for approval."""

    what: str
    """Name of a workflow, or the path of a file."""
    text: str = ""
    """Content of the file; filled in by the terminal."""
    input: tuple[str, ...] = ()
    """An input as `NAME=VALUE`; may be given several times."""
    inputs: dict[str, Any] | None = None
    """The same as one object with typed values, for programs."""


@record
class WorkflowProblem:
    """One thing that is wrong with a text."""

    line: int
    """Line, from 1."""
    column: int
    """Column, from 1."""
    what: str
    """What is wrong."""
    why: str
    """Why."""
    next_step: str
    """What to write instead."""


@record
class Checked:
    """What a check found."""

    sentence: str
    """The answer in one sentence."""
    file: str
    """What was checked."""
    problems: tuple[WorkflowProblem, ...]
    """In the order of the text; none: it can be planned."""

    @property
    def exit_code(self) -> int:
        """2 when something is wrong, else 0."""
        return 2 if self.problems else 0


async def check(desk: Desk, given: CheckInput) -> Checked:
    """Check a workflow."""
    try:
        workflow = named(desk, given.what, given.text)
    except InvalidFile as error:
        found = tuple(
            WorkflowProblem(
                line=one.line, column=one.column, what=one.what, why=one.why, next_step=one.next_step.split("\n")[0]
            )
            for one in error.problems
        )
        return Checked(sentence=f"{plural(len(found), 'problem')}.", file=error.file, problems=found)
    steps = plural(len(workflow.steps), "step")
    return Checked(sentence=f"Nothing is wrong: `{workflow.name}`, {steps}.", file=given.what, problems=())


async def plan(desk: Desk, given: PlanInput) -> PlanCard:
    """Show what it would do."""
    return await desk.proposals.draft(_wish(desk, given))


async def run(desk: Desk, given: RunInput) -> PlanCard:
    """Ask for it."""
    return await propose(desk, _wish(desk, given))


def _wish(desk: Desk, given: PlanInput | RunInput) -> Wish:
    values = inputs_of(given.input, given.inputs)
    return wish_of(desk, named(desk, given.what, given.text), values, is_named=not given.text)


COMMANDS = (
    CommandSpec(
        name="workflow.check",
        right=Right.READ,
        input=CheckInput,
        output=Checked,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="workflow check restart-web.yaml", does="Tell every problem of a file with its line"),
            Example(line="workflow check weekly-updates", does="The same for a workflow by name"),
        ),
    ),
    CommandSpec(
        name="workflow.plan",
        right=Right.READ,
        input=PlanInput,
        output=PlanCard,
        handler=plan,
        risk=Risk.READ,
        examples=(
            Example(line="workflow plan weekly-updates", does="Show what it would do today; nothing is kept"),
            Example(line="workflow plan restart-web.yaml --input unit=nginx.service", does="The same for a file"),
        ),
    ),
    CommandSpec(
        name="workflow.run",
        right=Right.PROPOSE,
        input=RunInput,
        output=PlanCard,
        handler=run,
        risk=Risk.READ,
        examples=(
            Example(line="workflow run disk-replacement --input disk=sdb", does="Plan it and wait for your approval"),
            Example(line="workflow run restart-web.yaml", does="The same for a file that is not kept"),
        ),
    ),
)
