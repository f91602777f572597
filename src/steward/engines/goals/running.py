"""Run a goal without a model: look, propose the fixes it allows within its budget, and say whether it is met.

1. Look at its machines now.
2. Of everything wrong there: a fix all of whose commands are allowed is proposed, while there is budget.
3. Ask the readable lines of its success of what was seen. Nothing is made to look better than it is: a line that
   cannot be asked is not met.

What is proposed goes through policy like everything else: it waits for a person, or runs where a grant covers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fnmatch import fnmatchcase

from steward.core.catalogue import CommandSpec
from steward.core.cures import wish_for
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.line_probes import ask
from steward.core.wishes import PlanCard, Wish
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, StewardError
from steward.model.finding import Finding
from steward.model.goal import Goal
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.store import findings

NO_MODEL = "No model took part: what is proposed are fixes Steward knows; the words of the goal were read by nobody."


@record
class RunGoal:
    """Run a goal: look at its machines, propose the fixes it allows, and say whether it is met.

    No model takes part. With --dry-run nothing is kept and nobody is asked.
    """

    name: str
    """Goal."""
    machine: str = ""
    """Only this machine, by name or id; empty: those of the goal."""


@record
class GoalPlan:
    """One plan that came of it."""

    finding: str
    """What it cures."""
    title: str
    """What is wrong."""
    code: str
    """Code to decide with; empty where nobody needs to be asked, and in a dry run."""
    run: str
    """Run that began by a grant; empty for none."""


@record
class GoalLeft:
    """One thing that is wrong and was left."""

    finding: str
    """The finding."""
    title: str
    """What is wrong."""
    why: str
    """Why nothing was proposed."""


@record
class GoalProof:
    """One line of success on one machine."""

    machine: str
    """Machine."""
    line: str
    """The line."""
    holds: bool | None
    """Whether it holds; None when that cannot be told."""
    seen: str
    """What was seen, in words."""


@record
class GoalReport:
    """What came of one run of a goal."""

    goal: str
    """Goal."""
    sentence: str
    """The end of it, in words."""
    no_model: str
    """That no model took part."""
    is_met: bool
    """Whether every line holds on every machine."""
    proposed: tuple[GoalPlan, ...]
    """Plans that came of it."""
    left: tuple[GoalLeft, ...]
    """What is wrong and was left, with the reason."""
    success: tuple[GoalProof, ...]
    """Every line on every machine."""
    missing: tuple[str, ...]
    """What should have been gathered and was not, a line each."""

    @property
    def exit_code(self) -> int:
        """0 when it is met, else 10."""
        return 0 if self.is_met else 10


async def run(desk: Desk, given: RunGoal) -> GoalReport:
    """Run a goal."""
    goal = await asyncio.to_thread(desk.goals.require, given.name)
    machines = await asyncio.to_thread(_machines, desk, goal, given.machine)
    await desk.scan(machines)
    proposed, left = await _cured(desk, goal, machines)
    success = tuple(_proof(desk, machine, line) for machine in machines for line in goal.success)
    is_met = bool(success) and all(proof.holds is True for proof in success)
    return GoalReport(
        goal=goal.name,
        sentence=_sentence(goal, machines, proposed, left, success),
        no_model=NO_MODEL,
        is_met=is_met,
        proposed=tuple(proposed),
        left=tuple(left),
        success=success,
        missing=tuple(each for machine in machines for each in _missing(desk, goal, machine)),
    )


def _machines(desk: Desk, goal: Goal, only: str) -> tuple[Machine, ...]:
    about = tuple(desk.workspace.require(name) for name in goal.machines) or desk.workspace.inventory().machines
    if not only:
        return about
    machine = desk.workspace.require(only)
    if machine.id not in {each.id for each in about}:  # what a webhook says may choose among them, and no other
        step = f"it is about {', '.join(goal.machines)}"
        raise InvalidInput(f"`{goal.name}` is not about {machine.name}", next_step=step)
    return (machine,)


async def _cured(desk: Desk, goal: Goal, machines: Sequence[Machine]) -> tuple[list[GoalPlan], list[GoalLeft]]:
    """Propose what may be proposed; what may not, or cannot, is left with the reason."""
    by_id = {machine.id: machine for machine in machines}
    proposed, left = list[GoalPlan](), list[GoalLeft]()
    for finding in await desk.storage.read(findings.still_open):
        machine = by_id.get(finding.machine)
        if machine is None:
            continue
        try:
            wish = await _wish(desk, goal, finding, machine, room=goal.budget.plans - len(proposed))
            proposed.append(_plan(finding, await _proposed(desk, goal, wish)))
        except StewardError as reason:
            why = visible_line(desk.events.masked(str(reason)))
            left.append(GoalLeft(finding=finding.id, title=finding.title, why=why))
    return proposed, left


class _Left(StewardError):
    """Nothing is proposed; the text says why."""


async def _wish(desk: Desk, goal: Goal, finding: Finding, machine: Machine, *, room: int) -> Wish:
    if finding.fix is None:
        raise _Left("there is no fix for it, a person must think")
    wish = await wish_for(desk, finding, machine, is_fresh=False)
    others = {step.command for step in wish.workflow.steps if not _is_allowed(goal, step.command)}
    if others:
        raise _Left(f"the goal does not allow {', '.join(sorted(others))}", next_step=f"steward plan {finding.id}")
    if room <= 0:
        raise _Left("the budget of the goal is used up", next_step=f"steward plan {finding.id}")
    return wish


async def _proposed(desk: Desk, goal: Goal, wish: Wish) -> PlanCard:
    """Put a cure before a person; one that cannot be put back only where the goal says so."""
    if not goal.budget.irreversible:
        draft = await desk.proposals.draft(wish)
        if draft.decision.risk is Risk.DESTRUCTIVE:
            raise _Left(
                "it cannot be put back, and the goal does not allow that",
                next_step=f"steward plan {wish.finding.id}" if wish.finding else "",
            )
    return await propose(desk, wish)


def _is_allowed(goal: Goal, command: str) -> bool:
    return any(fnmatchcase(command, pattern) for pattern in goal.allow)


def _plan(finding: Finding, card: PlanCard) -> GoalPlan:
    code = card.approval.code if card.approval else ""
    return GoalPlan(finding=finding.id, title=finding.title, code=code, run=card.run or "")


def _proof(desk: Desk, machine: Machine, line: str) -> GoalProof:
    snapshot = desk.seen(machine.id)
    if snapshot is None:
        return GoalProof(machine=machine.name, line=line, holds=None, seen="it could not be looked at")
    holds, seen = ask(line, snapshot, desk.goals.words.measures)
    return GoalProof(machine=machine.name, line=line, holds=holds, seen=visible_line(seen))


def _missing(desk: Desk, goal: Goal, machine: Machine) -> list[str]:
    snapshot = desk.seen(machine.id)
    if snapshot is None:
        return [f"{machine.name}: nothing could be read"]
    absent = (name for name in goal.gather if name not in snapshot.values)
    return [f"{machine.name}: {name}: {visible_line(snapshot.unread.get(name, 'not read yet'))}" for name in absent]


def _sentence(
    goal: Goal,
    machines: Sequence[Machine],
    proposed: Sequence[GoalPlan],
    left: Sequence[GoalLeft],
    success: Sequence[GoalProof],
) -> str:
    failed = sum(1 for proof in success if proof.holds is not True)
    verb = "does" if failed == 1 else "do"
    met = f"`{goal.name}` is not met: {plural(failed, 'line')} of {len(success)} {verb} not hold or cannot be told"
    met = f"`{goal.name}` is met on {plural(len(machines), 'machine')}" if success and not failed else met
    return f"{met}. {plural(len(proposed), 'plan')} proposed, {plural(len(left), 'thing')} left."


COMMANDS = (
    CommandSpec(
        name="goal.run",
        right=Right.PROPOSE,
        input=RunGoal,
        output=GoalReport,
        handler=run,
        risk=Risk.READ,
        examples=(
            Example(
                line="goal run health-check", does="Look at every machine, propose what cures, say what is not met"
            ),
            Example(line="goal run proactive --machine nas --dry-run", does="Only show what would be proposed for nas"),
        ),
    ),
)
