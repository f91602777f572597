"""Budgets: how much is used of each, and who or what was stopped because it turned in circles."""

from __future__ import annotations

from steward.core.budgets import Budget
from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.budget import Breaker
from steward.model.command import Example
from steward.model.risk import Risk, Strength


@record
class ListBudgetsInput:
    """Show how much of each budget is used, and which breakers are on."""


@record
class LiftBreakerInput:
    """Let a requester, or the cure of a finding, go on that was stopped because it turned in circles."""

    subject: str
    """Who or what, as `budgets ls` shows it."""


@record
class BudgetList:
    """Budgets and breakers."""

    sentence: str
    """The result in words."""
    budgets: tuple[Budget, ...]
    """Budgets."""
    breakers: tuple[Breaker, ...]
    """Breakers that are on, newest first."""


@record
class Lifted:
    """A breaker that was lifted."""

    subject: str
    """Who or what may go on."""
    sentence: str
    """What happened."""


async def listing(desk: Desk, _input: ListBudgetsInput) -> BudgetList:
    """List budgets and breakers."""
    breakers = await desk.budgets.breakers()
    budgets = await desk.budgets.budgets(desk.policy.rules().limits)
    told = f"{plural(len(breakers), 'breaker')} on" if breakers else "nothing turns in circles"
    return BudgetList(sentence=told, budgets=budgets, breakers=breakers)


async def lift(desk: Desk, given: LiftBreakerInput) -> Lifted:
    """Lift a breaker."""
    lifted = await desk.budgets.lift(given.subject, desk.actor)
    return Lifted(subject=lifted.subject, sentence=f"{lifted.subject} may go on; it was stopped because {lifted.why}")


async def preview_lift(desk: Desk, given: LiftBreakerInput) -> str:
    """Say what would go on."""
    known = {breaker.subject: breaker.why for breaker in await desk.budgets.breakers()}
    why = known.get(given.subject)
    return f"{given.subject} would go on although {why}" if why else f"nothing is tripped for {given.subject}"


COMMANDS = (
    CommandSpec(
        name="budgets.ls",
        right=Right.READ,
        input=ListBudgetsInput,
        output=BudgetList,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="budgets ls", does="Show what is used of each budget, and who was stopped"),
            Example(line="budgets ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="budgets.lift",
        right=Right.GOVERN,
        input=LiftBreakerInput,
        output=Lifted,
        handler=lift,
        preview=preview_lift,
        undo="nothing: it trips again by itself if it turns in circles again",
        verify="`steward budgets ls` does not show it any more",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="budgets lift find-3f9a1c20bd", does="Let Steward cure this finding by itself again"),
            Example(line="budgets lift token-2v7k9q0m3x", does="Let this token ask again"),
        ),
    ),
)
