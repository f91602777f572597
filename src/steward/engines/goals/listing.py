"""Which goals there are, what they say, and what is wrong with them."""

from __future__ import annotations

import asyncio

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.goals import FoundGoal
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.goal import Goal
from steward.model.risk import Risk


@record
class GoalLine:
    """One goal."""

    name: str
    """Name."""
    title: str
    """What it is for."""
    is_shipped: bool
    """Whether it came with Steward."""
    plans: int
    """Plans one run of it may ask for."""
    problems: tuple[str, ...]
    """What is wrong with its file."""


@record
class GoalList:
    """Every goal."""

    sentence: str
    """How many there are."""
    goals: tuple[GoalLine, ...]
    """By name."""

    @property
    def exit_code(self) -> int:
        """10 when something is wrong with one, else 0."""
        return 10 if any(goal.problems for goal in self.goals) else 0


@record
class ListGoals:
    """List goals: those of the workspace and those that come with Steward."""


@record
class CheckGoals:
    """Check the files of goals; every problem is told with its line."""

    name: str = ""
    """Goal; empty for all."""


@record
class ShowGoal:
    """Show a goal: its fields and its words."""

    name: str
    """Goal."""


async def listed(desk: Desk, _given: ListGoals) -> GoalList:
    """List goals."""
    return _told(await asyncio.to_thread(desk.goals.all))


async def checked(desk: Desk, given: CheckGoals) -> GoalList:
    """Check goals."""
    found = await asyncio.to_thread(desk.goals.all)
    chosen = tuple(each for each in found if given.name in {"", each.name})
    if not chosen:
        await asyncio.to_thread(desk.goals.require, given.name)
    return _told(chosen)


async def shown(desk: Desk, given: ShowGoal) -> Goal:
    """Show a goal."""
    return await asyncio.to_thread(desk.goals.require, given.name)


def _told(found: tuple[FoundGoal, ...]) -> GoalList:
    lines = tuple(_line(each) for each in found)
    wrong = sum(1 for line in lines if line.problems)
    ending = f", {wrong} with problems" if wrong else ""
    return GoalList(sentence=f"{plural(len(lines), 'goal')}{ending}.", goals=lines)


def _line(found: FoundGoal) -> GoalLine:
    return GoalLine(
        name=found.name,
        title=found.goal.title if found.goal else "",
        is_shipped=found.is_shipped,
        plans=found.goal.budget.plans if found.goal else 0,
        problems=tuple(str(problem) for problem in found.problems),
    )


COMMANDS = (
    CommandSpec(
        name="goal.ls",
        right=Right.READ,
        input=ListGoals,
        output=GoalList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="goal ls", does="List goals"),
            Example(line="goal ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="goal.check",
        right=Right.READ,
        input=CheckGoals,
        output=GoalList,
        handler=checked,
        risk=Risk.READ,
        examples=(
            Example(line="goal check", does="Check every goal's file"),
            Example(line="goal check --name health-check", does="Check one"),
        ),
    ),
    CommandSpec(
        name="goal.show",
        right=Right.READ,
        input=ShowGoal,
        output=Goal,
        handler=shown,
        risk=Risk.READ,
        examples=(
            Example(line="goal show health-check", does="Show what the goal wants and what it may propose"),
            Example(line="goal show incident --json", does="The same as one JSON object"),
        ),
    ),
)
