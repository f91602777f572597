"""Approvals and runs in one line each, as every list shows them."""

from __future__ import annotations

from datetime import datetime

from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.approval import Approval, ApprovalState, short
from steward.model.ids import PlanId
from steward.model.plan import Plan
from steward.model.run import Run, RunState
from steward.store import approvals, plans, runs


@record
class ApprovalLine:
    """One plan that waits, in one line."""

    code: str
    """Four letters to decide with."""
    title: str
    """What it does."""
    machines: tuple[str, ...]
    """Where."""
    risk: str
    """Class."""
    state: str
    """Where the approval stands."""
    created: datetime
    """Asked when."""
    expires: datetime
    """From then on the answer is no."""
    fingerprint: str
    """First 8 digits of what is approved."""
    run: str
    """Run to follow."""


@record
class RunLine:
    """One run in one line."""

    id: str
    """Id."""
    title: str
    """What it does."""
    machines: tuple[str, ...]
    """Where."""
    state: str
    """Where it stands."""
    created: datetime
    """Proposed when."""
    ended: datetime | None
    """Ended when."""
    reason: str
    """Why it ended so."""


async def approval_lines(desk: Desk, states: tuple[ApprovalState, ...], limit: int = 200) -> tuple[ApprovalLine, ...]:
    """Return approvals in these states, newest first."""
    listed = await desk.storage.read(approvals.listing, states=states, limit=limit)
    return tuple([_approval_line(approval, await _plan(desk, approval.plan)) for approval in listed])


async def run_lines(desk: Desk, states: tuple[RunState, ...] | None, *, limit: int) -> tuple[RunLine, ...]:
    """Return runs in these states, newest first."""
    listed = await desk.storage.read(runs.listing, states=states, limit=limit)
    return tuple([_run_line(run, await _plan(desk, run.plan)) for run in listed])


async def _plan(desk: Desk, plan_id: PlanId) -> Plan | None:
    stored = await desk.storage.read(plans.get, plan_id)
    return stored.plan if stored else None


def _approval_line(approval: Approval, plan: Plan | None) -> ApprovalLine:
    return ApprovalLine(
        code=approval.code,
        title=plan.title if plan else approval.plan,
        machines=tuple(target.name for target in plan.targets) if plan else (),
        risk=approval.risk.value,
        state=approval.state.value,
        created=approval.created,
        expires=approval.expires,
        fingerprint=short(approval.fingerprint),
        run=approval.run,
    )


def _run_line(run: Run, plan: Plan | None) -> RunLine:
    return RunLine(
        id=run.id,
        title=plan.title if plan else run.plan,
        machines=tuple(target.name for target in plan.targets) if plan else (),
        state=run.state.value,
        created=run.created,
        ended=run.ended,
        reason=run.reason,
    )
