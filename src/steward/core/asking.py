"""Asking again by itself: after which end of a run Steward proposes how it goes on."""

from __future__ import annotations

from steward.core.turns import unforeseen_in
from steward.model.plan import Plan
from steward.model.run import Run
from steward.store import approvals
from steward.store.database import Connection


def is_asked_again(connection: Connection, run: Run, plan: Plan) -> bool:
    """Tell whether Steward asks again: a value nobody had agreed to came up, and a person stands between two such ends.

    Whoever started it first did so on purpose; a run that itself goes on from another must have been approved.
    """
    approval = approvals.of_plan(connection, run.plan)
    is_let_go = plan.course is not None and plan.course.resumed is None
    is_let_go = is_let_go or (approval is not None and approval.decided_by is not None)
    return is_let_go and bool(unforeseen_in(connection, run.id, plan))
