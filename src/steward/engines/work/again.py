"""Ask again for what nobody answered in time, or what the world has changed under."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.dispatch import propose
from steward.core.resuming import same_again, wish_to_go_on
from steward.core.runs import load
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_files import workflow_of
from steward.core.workflow_wishes import named, wish_of
from steward.engines.work.plan import PlanInput, UndoInput, plan, undo
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import Approval, ApprovalState
from steward.model.command import Example
from steward.model.errors import Conflict, NotFound
from steward.model.risk import Risk
from steward.store import approvals, plans

_LAPSED = frozenset({ApprovalState.EXPIRED, ApprovalState.STALE})


@record
class AgainInput:
    """Plan anew what expired or went out of date, from fresh facts, and put it before you for approval."""

    code: str
    """Four-letter code that was not answered in time."""


async def again(desk: Desk, given: AgainInput) -> PlanCard:
    """Plan it anew."""
    lapsed = await _lapsed(desk, given.code.upper())
    stored = await desk.storage.read(plans.get, lapsed.plan)
    if stored is None:
        raise NotFound(f"the plan of {lapsed.code} is not in the store")
    if stored.plan.undoes:
        return await undo(desk, UndoInput(run=stored.plan.undoes))
    if stored.plan.finding:
        return await plan(desk, PlanInput(what=stored.plan.finding))
    if stored.plan.course is not None:
        course = stored.plan.course
        if course.resumed is not None:
            _, old = await desk.storage.read(load, course.resumed.run)
            return await propose(desk, await wish_to_go_on(desk, same_again(old.plan, course, course.resumed)))
        return await propose(desk, wish_of(desk, named(desk, course.workflow, ""), course.inputs, is_named=True))
    return await propose(desk, Wish(workflow=workflow_of(stored.plan), actor=desk.actor))


async def _lapsed(desk: Desk, code: str) -> Approval:
    """Return what has lapsed under a code.

    Raises:
        Conflict: it still waits, or a person decided.
        NotFound: nothing ever waited there.
    """
    if await desk.storage.read(approvals.by_code, code) is not None:
        raise Conflict(f"{code} still waits", next_step=f"`steward approvals show {code}`")
    found = await desk.storage.read(approvals.answered_code, code)
    if found is None:
        raise NotFound(f"nothing ever waited under the code {code}", next_step="`steward approvals ls`")
    if found.state not in _LAPSED:
        await desk.approvals.refuse_answered(found)
    return found


COMMANDS = (
    CommandSpec(
        name="approvals.again",
        right=Right.PROPOSE,
        input=AgainInput,
        output=PlanCard,
        handler=again,
        risk=Risk.READ,
        examples=(
            Example(line="approvals again K7QM", does="Plan anew what nobody answered in time"),
            Example(line="approvals again K7QM --dry-run", does="Only show what it would be today"),
        ),
    ),
)
