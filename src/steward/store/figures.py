"""Numbers over many rows, for metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from steward.model.brake import Brake
from steward.model.run import RunState
from steward.store import approvals, audit, brakes, events, findings
from steward.store.approvals import APPROVALS
from steward.store.database import Connection
from steward.store.runs import RUNS

_A, _R = APPROVALS.c, RUNS.c
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much there is of everything, at one moment."""

    findings: tuple[str, ...]
    """Severity of every open finding."""
    runs: dict[str, int]
    """Runs by state."""
    queued_since: datetime | None
    """When the oldest run that waits for a worker was proposed."""
    waiting: int
    """Approvals that wait for a person."""
    waiting_since: datetime | None
    """When the oldest of them was asked."""
    asked: int
    """Approvals ever asked for."""
    asked_today: int
    """Of these in the last 24 hours."""
    audit_rows: int
    """Number of the newest row of the audit."""
    events: int
    """Number of the newest event."""
    brake: Brake
    """Brake that is on."""


def totals(connection: Connection, now: datetime) -> Totals:
    """Return how much there is of everything."""
    states = connection.execute(sa.select(_R.state, sa.func.count()).group_by(_R.state))
    waits = sa.and_(_A.state == "pending", _A.expires > now)
    return Totals(
        findings=tuple(finding.severity.value for finding in findings.still_open(connection)),
        runs={str(state): int(count) for state, count in states},
        queued_since=connection.execute(
            sa.select(sa.func.min(_R.created)).where(_R.state == RunState.QUEUED.value)
        ).scalar_one(),
        waiting=sum(approvals.count_waiting(connection, now).values()),
        waiting_since=connection.execute(sa.select(sa.func.min(_A.created)).where(waits)).scalar_one(),
        asked=connection.execute(sa.select(sa.func.count()).select_from(APPROVALS)).scalar_one(),
        asked_today=connection.execute(
            sa.select(sa.func.count()).select_from(APPROVALS).where(_A.created > now - _DAY)
        ).scalar_one(),
        audit_rows=audit.head(connection).seq,
        events=events.last(connection),
        brake=brakes.get(connection).brake,
    )


def decisions(connection: Connection, *, after: datetime | None) -> Sequence[tuple[datetime, datetime]]:
    """Return when each approval was asked and decided by a person, of those decided after that; oldest first."""
    query = sa.select(_A.created, _A.decided_at).where(_A.decided_at.is_not(None), _A.decided_by.is_not(None))
    if after is not None:
        query = query.where(_A.decided_at > after)
    return [(asked, decided) for asked, decided in connection.execute(query.order_by(_A.decided_at))]
