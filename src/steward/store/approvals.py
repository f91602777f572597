"""Approvals: every arrow of the diagram in `model.approval` is one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from steward.model.approval import Approval, ApprovalState
from steward.model.ids import ApprovalId, PlanId, PrincipalId
from steward.model.risk import Strength
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, REAL, JsonText, Moment, reference

_OPEN = sa.text("state IN ('pending', 'approved')")

APPROVALS = sa.Table(
    "approvals",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("code", KEY, nullable=False),
    sa.Column("plan", KEY, reference("plans.id"), nullable=False),
    sa.Column("run", KEY, reference("runs.id"), nullable=False),
    sa.Column("fingerprint", KEY, nullable=False),
    sa.Column("intent_hash", KEY, nullable=False),
    sa.Column("requester", KEY, nullable=False),
    sa.Column("risk", KEY, nullable=False),
    sa.Column("least", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("created_monotonic", REAL, nullable=False),
    sa.Column("boot", KEY, nullable=False),
    sa.Column("expires", Moment(), nullable=False),
    sa.Column("state", KEY, nullable=False),
    sa.Column("decided_by", KEY),
    sa.Column("decided_strength", KEY),
    sa.Column("decided_channel", KEY, nullable=False),
    sa.Column("decided_at", Moment()),
    sa.Column("reason", JsonText(), nullable=False),
    sa.Index("approvals_open_code", "code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("approvals_intent", "intent_hash", "state"),
    sa.Index("approvals_state", "state", "created"),
)
_A = APPROVALS.c
_EVERY = tuple(state.value for state in ApprovalState)
"""Named one by one, so that the index over state and time serves."""


def insert(connection: Connection, approval: Approval) -> None:
    """Store a question.

    Raises:
        Conflict: (at the end of the transaction) an open approval already has this code; take another.
    """
    connection.execute(sa.insert(APPROVALS).values(to_row(approval, APPROVALS)))


def get(connection: Connection, approval_id: ApprovalId) -> Approval | None:
    """Return an approval."""
    row = connection.execute(sa.select(APPROVALS).where(_A.id == approval_id)).one_or_none()
    return from_row(Approval, row) if row else None


def by_code(connection: Connection, code: str) -> Approval | None:
    """Return the pending or approved approval with this code; at most one has it."""
    row = connection.execute(sa.select(APPROVALS).where(_A.code == code, _OPEN)).one_or_none()
    return from_row(Approval, row) if row else None


def answered_code(connection: Connection, code: str) -> Approval | None:
    """Return the newest approval with this code that is not open any more."""
    is_closed = _A.state.not_in([ApprovalState.PENDING.value, ApprovalState.APPROVED.value])
    query = sa.select(APPROVALS).where(_A.code == code, is_closed).order_by(_A.created.desc(), _A.id).limit(1)
    row = connection.execute(query).one_or_none()
    return from_row(Approval, row) if row else None


def count_waiting(connection: Connection, now: datetime) -> dict[str, int]:
    """Count what waits for an answer, for each requester."""
    is_waiting = sa.and_(_A.state == ApprovalState.PENDING.value, _A.expires > now)
    query = sa.select(_A.requester, sa.func.count()).where(is_waiting).group_by(_A.requester)
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def listing(
    connection: Connection, *, states: Iterable[ApprovalState] | None = None, limit: int = 100, code: str = ""
) -> tuple[Approval, ...]:
    """Return approvals, newest first; with a code only those of this code."""
    query = sa.select(APPROVALS).order_by(_A.created.desc(), _A.id).limit(limit)
    if states is not None:
        query = query.where(_A.state.in_([state.value for state in states]))
    if code:
        query = query.where(_A.code == code)
    return tuple(from_row(Approval, row) for row in connection.execute(query))


def of_plans(
    connection: Connection, plans: Iterable[PlanId], *, since: datetime, until: datetime
) -> dict[PlanId, Approval]:
    """Return the approvals of these plans by plan; only those asked for in this time are looked at."""
    is_then = sa.and_(_A.state.in_(_EVERY), _A.created >= since, _A.created <= until)
    query = sa.select(APPROVALS).where(is_then, _A.plan.in_(list(plans)))
    found = (from_row(Approval, row) for row in connection.execute(query))
    return {approval.plan: approval for approval in found}


def count_decided(connection: Connection, since: datetime, longest: timedelta) -> int:
    """Count what people decided since then; nothing waits longer than `longest`."""
    is_then = sa.and_(_A.state.in_(_EVERY), _A.created >= since - longest, _A.decided_at >= since)
    query = sa.select(sa.func.count()).where(is_then, _A.decided_by.is_not(None))
    return connection.execute(query).scalar_one()


def decide(  # noqa: PLR0913 - one parameter per fact of the decision that is kept
    connection: Connection,
    approval_id: ApprovalId,
    *,
    to: ApprovalState,
    by: PrincipalId,
    strength: Strength,
    channel: str,
    at: datetime,
    reason: str = "",
) -> bool:
    """Approve or reject; True for exactly one caller ever, and never for a yes that comes too late."""
    if to not in {ApprovalState.APPROVED, ApprovalState.REJECTED}:
        msg = f"a person approves or rejects, not {to.value}"
        raise ValueError(msg)
    change = sa.update(APPROVALS).where(_A.id == approval_id, _A.state == ApprovalState.PENDING.value)
    if to is ApprovalState.APPROVED:
        change = change.where(_A.expires > at)
    change = change.values(
        state=to.value,
        decided_by=by,
        decided_strength=strength.value,
        decided_channel=channel,
        decided_at=at,
        reason=reason,
    )
    return connection.execute(change).rowcount == 1


def consume(connection: Connection, approval_id: ApprovalId, *, at: datetime) -> bool:
    """Use an approval up; True for exactly one caller ever, and never once it expired."""
    change = (
        sa.update(APPROVALS)
        .where(_A.id == approval_id, _A.state == ApprovalState.APPROVED.value, _A.expires > at)
        .values(state=ApprovalState.CONSUMED.value)
    )
    return connection.execute(change).rowcount == 1


def lapse(
    connection: Connection,
    approval_id: ApprovalId,
    *,
    to: ApprovalState,
    frm: Iterable[ApprovalState],
    reason: str,
    at: datetime,
) -> bool:
    """End an approval without a person: time passed it or the world changed under it.

    `at` becomes the time of the decision only where no person decided before.
    """
    if to not in {ApprovalState.EXPIRED, ApprovalState.STALE}:
        msg = f"an approval lapses to expired or stale, not {to.value}"
        raise ValueError(msg)
    sources = {state.value for state in frm} & {ApprovalState.PENDING.value, ApprovalState.APPROVED.value}
    change = (
        sa.update(APPROVALS)
        .where(_A.id == approval_id, _A.state.in_(sources))
        .values(state=to.value, reason=reason, decided_at=sa.func.coalesce(_A.decided_at, at))
    )
    return connection.execute(change).rowcount == 1


def last_rejected(connection: Connection, intent_hash: str, *, since: datetime) -> Approval | None:
    """Return the newest no to the same wish since then."""
    query = (
        sa.select(APPROVALS)
        .where(_A.intent_hash == intent_hash, _A.state == ApprovalState.REJECTED.value, _A.decided_at >= since)
        .order_by(_A.decided_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return from_row(Approval, row) if row else None


def of_plan(connection: Connection, plan_id: PlanId) -> Approval | None:
    """Return the approval that was asked for a plan, or None where a grant let it run."""
    row = connection.execute(sa.select(APPROVALS).where(_A.plan == plan_id)).one_or_none()
    return from_row(Approval, row) if row else None
