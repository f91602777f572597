"""Frozen plans, each with its fingerprint and the text that was shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import PlanId
from steward.model.plan import Plan
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

PLANS = sa.Table(
    "plans",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("fingerprint", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("shown", JsonText(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("plans_fingerprint", "fingerprint"),
)


@record
class StoredPlan:
    """A plan as it was stored; whoever runs it computes the fingerprint again and compares."""

    plan: Plan
    """The plan."""
    fingerprint: str
    """Its fingerprint when it was stored."""
    shown: str
    """The text shown to the approver."""


def insert(connection: Connection, plan: Plan, *, fingerprint: str, shown: str) -> None:
    """Store a plan; it is never changed afterwards."""
    row = to_row(plan, PLANS) | {"fingerprint": fingerprint, "shown": shown}
    connection.execute(sa.insert(PLANS).values(row))


def get(connection: Connection, plan_id: PlanId) -> StoredPlan | None:
    """Return a stored plan."""
    row = connection.execute(sa.select(PLANS).where(PLANS.c.id == plan_id)).one_or_none()
    return StoredPlan(plan=from_row(Plan, row), fingerprint=row.fingerprint, shown=row.shown) if row else None


def rows_of(connection: Connection, plan_ids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    """Return the rows of these plans by id, without the text that was shown; see `of_row`."""
    columns: list[sa.Column[Any]] = [PLANS.c.id, PLANS.c.created, PLANS.c.body]
    rows: Sequence[sa.Row[Any]] = connection.execute(sa.select(*columns).where(PLANS.c.id.in_(list(plan_ids)))).all()
    return {row.id: row for row in rows}


def of_row(row: sa.Row[Any]) -> Plan:
    """Read the plan of a row."""
    return from_row(Plan, row)
