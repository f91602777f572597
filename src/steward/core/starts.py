"""A person's yes: approve, then start at once."""

from __future__ import annotations

from dataclasses import replace

from steward.core.desk import Desk
from steward.core.wishes import PlanCard
from steward.model.approval import Approval, ApprovalState
from steward.store import approvals


async def approve_and_start(desk: Desk, approval: Approval, shown_fingerprint: str, *, typed: str = "") -> PlanCard:
    """Say yes to the plan with this fingerprint and start it; an earlier yes that was not used yet is started.

    `typed` are the machines it hits, as a person typed them; see `Approvals.approve`.

    Raises:
        Conflict: it was answered before; who answered, when, and what came of it.
    """
    await desk.approvals.refuse_answered(approval)
    if approval.state is ApprovalState.PENDING:
        approval = await desk.approvals.approve(approval, desk.actor, fingerprint=shown_fingerprint, typed=typed)
    await desk.proposals.start(approval)
    present = await desk.storage.read(approvals.get, approval.id)
    card = await desk.proposals.card(present or approval)
    return replace(card, next=f"steward runs logs {approval.run} --follow")
