"""What was asked for and how it ended: the experience that autonomy is earned from."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.approval import ApprovalState
from steward.model.plan import Plan
from steward.model.run import ENDED, Run
from steward.store.approvals import APPROVALS
from steward.store.database import Connection
from steward.store.plans import PLANS
from steward.store.rows import from_row
from steward.store.runs import RUNS

_MOST = 5_000
"""Runs that are read at most; three months of every mutation that the limit allows are more than anybody makes."""


@record
class Experience:
    """One run with its plan."""

    run: Run
    """How it went."""
    plan: Plan
    """What was to be done."""
    was_approved: bool
    """Whether a person said yes to it."""


def since(connection: Connection, moment: datetime, *, only_ended: bool = True) -> tuple[Experience, ...]:
    """Return the runs that were proposed since then, oldest first."""
    approved = sa.exists().where(APPROVALS.c.run == RUNS.c.id, APPROVALS.c.state == ApprovalState.CONSUMED.value)
    query = sa.select(RUNS, approved.label("was_approved")).where(RUNS.c.created >= moment)
    if only_ended:
        query = query.where(RUNS.c.state.in_([state.value for state in ENDED]))
    found = connection.execute(query.order_by(RUNS.c.created.desc(), RUNS.c.id).limit(_MOST)).all()
    read: list[Experience] = []
    for row in reversed(found):
        plan = connection.execute(sa.select(PLANS).where(PLANS.c.id == row.plan)).one()
        read.append(Experience(run=from_row(Run, row), plan=from_row(Plan, plan), was_approved=row.was_approved))
    return tuple(read)
