"""Approvals: what waits, the full card, yes and no."""

from __future__ import annotations

from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.compile import QUEUED_LIFETIME
from steward.core.desk import Desk
from steward.core.lines import ApprovalLine, approval_lines
from steward.core.starts import approve_and_start
from steward.core.wishes import PlanCard
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import Approval, ApprovalState, short
from steward.model.command import Example
from steward.model.errors import Conflict
from steward.model.risk import Risk, Strength
from steward.store import approvals

_WEEK = timedelta(days=7)


@record
class ListInput:
    """List what waits for your decision."""

    everything: bool = False
    """Also show what was decided or expired."""
    code: str = ""
    """Only what ever waited under this code, answered or not, newest first."""


@record
class ApprovalList:
    """Approvals, newest first."""

    approvals: tuple[ApprovalLine, ...]
    """One line each."""
    decided_this_week: int = 0
    """How many a person decided in the last seven days."""


@record
class CodeInput:
    """Show the full card of a plan that waits: what changes, what it reaches, proof, undo, and policy's reasons."""

    code: str
    """Four-letter code."""


@record
class ApproveInput:
    """Approve exactly the plan that was shown, and start it."""

    code: str
    """Four-letter code."""
    fingerprint: str = ""
    """First 8 digits of the fingerprint you saw; refused when the plan under the code is another one."""
    target: str = ""
    """For what cannot be put back: names of the machines it hits, typed out. A passkey makes up for it."""


@record
class RejectInput:
    """Reject a plan; the same wish is refused for 24 hours."""

    code: str
    """Four-letter code."""
    reason: str = ""
    """Why; whoever asks again is told."""


@record
class Rejected:
    """A plan that was rejected."""

    approval: Approval
    """The approval as it stands."""


async def listed(desk: Desk, given: ListInput) -> ApprovalList:
    """List approvals."""
    is_all = given.everything or given.code
    states = tuple(ApprovalState) if is_all else (ApprovalState.PENDING, ApprovalState.APPROVED)
    since = desk.clock.now() - _WEEK
    return ApprovalList(
        approvals=await approval_lines(desk, states, code=given.code.upper()),
        decided_this_week=await desk.storage.read(approvals.count_decided, since, QUEUED_LIFETIME),
    )


async def show(desk: Desk, given: CodeInput) -> PlanCard:
    """Show a card."""
    return await desk.proposals.card(await desk.approvals.by_code(given.code))


async def approve(desk: Desk, given: ApproveInput) -> PlanCard:
    """Approve and start."""
    approval = await desk.approvals.by_code(given.code)
    if given.fingerprint and not approval.fingerprint.startswith(given.fingerprint):
        raise Conflict(
            f"the plan under {approval.code} is not the one you saw",
            why=f"its fingerprint begins with {short(approval.fingerprint)}",
            next_step=f"steward approvals show {approval.code}",
        )
    return await approve_and_start(desk, approval, approval.fingerprint, typed=given.target)


async def preview_approve(desk: Desk, given: ApproveInput) -> str:
    """Show the plan that would run."""
    return (await desk.proposals.card(await desk.approvals.by_code(given.code))).shown


async def reject(desk: Desk, given: RejectInput) -> Rejected:
    """Reject."""
    approval = await desk.approvals.by_code(given.code)
    return Rejected(approval=await desk.approvals.reject(approval, desk.actor, reason=given.reason))


async def preview_reject(_desk: Desk, given: RejectInput) -> str:
    """Say what rejecting would do."""
    return f"rejects the plan under {given.code}; the same wish is refused for 24 hours"


_LIVE = {"code": "approval"}
COMMANDS = (
    CommandSpec(
        name="approvals.ls",
        right=Right.READ,
        input=ListInput,
        output=ApprovalList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="approvals ls", does="List what waits for you"),
            Example(line="approvals ls --everything", does="Also list what was decided"),
        ),
    ),
    CommandSpec(
        name="approvals.show",
        right=Right.READ,
        input=CodeInput,
        output=PlanCard,
        handler=show,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="approvals show K7QM", does="Show everything about one plan"),
            Example(line="approvals show K7QM --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="approvals.approve",
        right=Right.DECIDE,
        input=ApproveInput,
        output=PlanCard,
        handler=approve,
        preview=preview_approve,
        undo="steward undo RUN",
        verify="the run's own proof, shown in its receipt",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="approvals approve K7QM", does="Say yes, run it, and watch it until its receipt"),
            Example(line="approvals approve K7QM --fingerprint 3f9a1c20", does="Say yes to exactly what you saw"),
        ),
    ),
    CommandSpec(
        name="approvals.reject",
        right=Right.DECIDE,
        input=RejectInput,
        output=Rejected,
        handler=reject,
        preview=preview_reject,
        undo="ask for it again after 24 hours",
        verify="`steward approvals ls --everything` shows it as rejected",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="approvals reject K7QM", does="Say no"),
            Example(line='approvals reject K7QM --reason "not tonight"', does="Say no and why"),
        ),
    ),
)
