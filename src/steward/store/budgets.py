"""What programs asked for, breakers that tripped, and what has begun or is about to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.budget import KEPT, Asked, Breaker
from steward.model.ids import FindingId, RunId
from steward.model.plan import Plan
from steward.model.run import JOB_STATES, RunState
from steward.store.approvals import APPROVALS
from steward.store.database import Connection
from steward.store.plans import PLANS
from steward.store.rows import from_row, to_row
from steward.store.runs import RUNS
from steward.store.schema import KEY, METADATA, JsonText, Moment, sequence_column
from steward.store.steps import STEPS

ASKED = sa.Table(
    "asked",
    METADATA,
    sequence_column(),
    sa.Column("requester", KEY, nullable=False),
    sa.Column("what", KEY, nullable=False),
    sa.Column("result", KEY, nullable=False),
    sa.Column("is_refused", sa.Boolean(), nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("asked_requester", "requester", "seq"),
)
BREAKERS = sa.Table(
    "breakers",
    METADATA,
    sa.Column("subject", KEY, primary_key=True),
    sa.Column("since", Moment(), nullable=False),
    sa.Column("until", Moment()),
    sa.Column("lifted", Moment()),
    sa.Column("body", JsonText(), nullable=False),
)
_A = ASKED.c
_B = BREAKERS.c
_NEVER_BEGUN = tuple(
    state.value for state in (RunState.WAITING, RunState.PROPOSED, RunState.DENIED, RunState.EXPIRED, RunState.STALE)
)


@record
class Begun:
    """A plan of which something has begun, or may at any moment."""

    run: RunId
    """Its run."""
    plan: Plan
    """The plan."""
    steps: tuple[str, ...]
    """Steps that have begun, undo left out."""


def note(connection: Connection, asked: Asked) -> tuple[Asked, ...]:
    """Keep a request; return what is kept of its requester, oldest first."""
    connection.execute(sa.insert(ASKED).values(to_row(asked, ASKED)))
    query = sa.select(ASKED).where(_A.requester == asked.requester).order_by(_A.seq.desc())
    rows = connection.execute(query).all()
    if old := [row.seq for row in rows[KEPT:]]:
        connection.execute(sa.delete(ASKED).where(_A.seq.in_(old)))
    return tuple(from_row(Asked, row) for row in reversed(rows[:KEPT]))


def breaker(connection: Connection, subject: str) -> Breaker | None:
    """Return the last breaker of somebody or of a finding, whether it is still on or not."""
    row = connection.execute(sa.select(BREAKERS).where(_B.subject == subject)).one_or_none()
    return from_row(Breaker, row) if row else None


def breakers(connection: Connection) -> tuple[Breaker, ...]:
    """Return every breaker that nobody lifted, newest first."""
    query = sa.select(BREAKERS).where(_B.lifted.is_(None)).order_by(_B.since.desc(), _B.subject)
    return tuple(from_row(Breaker, row) for row in connection.execute(query))


def trip(connection: Connection, tripped: Breaker) -> None:
    """Keep a breaker that tripped, in place of an earlier one of the same subject."""
    connection.execute(sa.delete(BREAKERS).where(_B.subject == tripped.subject))
    connection.execute(sa.insert(BREAKERS).values(to_row(tripped, BREAKERS)))


def lift(connection: Connection, subject: str, *, at: datetime) -> bool:
    """Lift a breaker; False when none is on that a person could lift."""
    is_on = sa.or_(_B.until.is_(None), _B.until > at)
    change = sa.update(BREAKERS).where(_B.subject == subject, _B.lifted.is_(None), is_on).values(lifted=at)
    return connection.execute(change).rowcount == 1


def begun_since(connection: Connection, since: datetime) -> tuple[Begun, ...]:
    """Return the plans of which a step has begun since then."""
    runs = sa.select(STEPS.c.run).where(STEPS.c.intent_at > since)
    return _begun(connection, RUNS.c.id.in_(runs), STEPS.c.intent_at > since)


def under_way(connection: Connection) -> tuple[Begun, ...]:
    """Return the plans that have a durable job which is not finished."""
    return _begun(connection, RUNS.c.state.in_([state.value for state in JOB_STATES]), sa.true())


def remedies_since(connection: Connection, finding: FindingId, since: datetime) -> tuple[RunId, ...]:
    """Return the runs since then that were to cure a finding, but for those that never began; oldest first."""
    query = (
        sa.select(RUNS.c.id.label("run_id"), PLANS)
        .join(PLANS, PLANS.c.id == RUNS.c.plan)
        .where(RUNS.c.created > since, RUNS.c.state.not_in(_NEVER_BEGUN))
        .order_by(RUNS.c.created, RUNS.c.id)
    )
    rows = connection.execute(query).all()
    return tuple(RunId(row.run_id) for row in rows if from_row(Plan, row).finding == finding)


def is_being_cured(connection: Connection, finding: FindingId) -> bool:
    """Tell whether a plan for this finding waits for an answer or is being carried out."""
    states = [state.value for state in (*JOB_STATES, RunState.WAITING, RunState.SUSPENDED, RunState.UNKNOWN)]
    query = sa.select(PLANS).join(RUNS, PLANS.c.id == RUNS.c.plan).where(RUNS.c.state.in_(states))
    return any(from_row(Plan, row).finding == finding for row in connection.execute(query))


def count_asks(connection: Connection, since: datetime) -> int:
    """Count the questions put before a person since then."""
    return connection.execute(sa.select(sa.func.count()).where(APPROVALS.c.created > since)).scalar_one()


def forget(connection: Connection, *, before: datetime) -> int:
    """Remove requests older than that."""
    return connection.execute(sa.delete(ASKED).where(_A.at < before)).rowcount


def _begun(connection: Connection, which: sa.ColumnElement[bool], when: sa.ColumnElement[bool]) -> tuple[Begun, ...]:
    query = sa.select(RUNS.c.id.label("run_id"), PLANS).join(PLANS, PLANS.c.id == RUNS.c.plan).where(which)
    found: list[Begun] = []
    for row in connection.execute(query.order_by(RUNS.c.created, RUNS.c.id)).all():
        steps = sa.select(STEPS.c.step).where(STEPS.c.run == row.run_id, STEPS.c.is_undo.is_(False), when)
        begun = tuple(str(each.step) for each in connection.execute(steps))
        found.append(Begun(run=RunId(row.run_id), plan=from_row(Plan, row), steps=begun))
    return tuple(found)
