"""Standing grants and every use of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from steward.model.grant import Grant, after_probation
from steward.model.ids import GrantId, RunId
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, reference, sequence_column

GRANTS = sa.Table(
    "grants",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("expires", Moment(), nullable=False),
    sa.Column("revoked", Moment()),
    sa.Column("suspended", Moment()),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("grants_expires", "expires"),
)
GRANT_USES = sa.Table(
    "grant_uses",
    METADATA,
    sequence_column(),
    sa.Column("grant", KEY, reference("grants.id"), nullable=False),
    sa.Column("run", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("grant_uses_at", "at", "grant"),
    sa.Index("grant_uses_run", "run"),
)
_G = GRANTS.c
_U = GRANT_USES.c
_DAY = timedelta(hours=24)


def insert(connection: Connection, grant: Grant) -> None:
    """Store a grant."""
    connection.execute(sa.insert(GRANTS).values(to_row(grant, GRANTS)))


def revoke(connection: Connection, grant_id: GrantId, *, at: datetime) -> bool:
    """Take a grant back; False when there is none or it was taken back before."""
    change = sa.update(GRANTS).where(_G.id == grant_id, _G.revoked.is_(None)).values(revoked=at)
    return connection.execute(change).rowcount == 1


def suspend(connection: Connection, grant_id: GrantId, *, at: datetime, by: RunId) -> bool:
    """End a grant because a run that it allowed ended badly; False when it is not in force any more."""
    grant = get(connection, grant_id)
    if grant is None or grant.revoked is not None or grant.suspended is not None:
        return False
    _replace(connection, replace(grant, suspended=at, suspended_by=by))
    return True


def end_probation(connection: Connection, grant_id: GrantId) -> Grant | None:
    """Make a grant what it is after its probation, and return it; None when it is not on probation any more."""
    grant = get(connection, grant_id)
    if grant is None or not grant.is_on_probation or grant.revoked is not None or grant.suspended is not None:
        return None
    _replace(connection, after_probation(grant))
    return after_probation(grant)


def get(connection: Connection, grant_id: GrantId) -> Grant | None:
    """Return a grant."""
    row = connection.execute(sa.select(GRANTS).where(_G.id == grant_id)).one_or_none()
    return from_row(Grant, row) if row else None


def active(connection: Connection, now: datetime) -> tuple[Grant, ...]:
    """Return grants in force, oldest first."""
    query = sa.select(GRANTS).where(_G.revoked.is_(None), _G.suspended.is_(None), _G.created <= now, _G.expires > now)
    return tuple(from_row(Grant, row) for row in connection.execute(query.order_by(_G.created, _G.id)))


def listing(connection: Connection, *, limit: int = 100) -> tuple[Grant, ...]:
    """Return grants, newest first, whatever became of them."""
    query = sa.select(GRANTS).order_by(_G.created.desc(), _G.id).limit(limit)
    return tuple(from_row(Grant, row) for row in connection.execute(query))


def count_use(connection: Connection, grant_id: GrantId, *, run: RunId, at: datetime) -> bool:
    """Use a grant once; False when it is not in force any more or its daily maximum is reached."""
    grant = get(connection, grant_id)
    if grant is None or grant.revoked is not None or grant.suspended is not None:
        return False
    if not grant.created <= at < grant.expires:
        return False
    if uses_since(connection, at - _DAY).get(grant_id, 0) >= grant.daily_maximum:
        return False
    connection.execute(sa.insert(GRANT_USES).values({"grant": grant_id, "run": run, "at": at}))
    return True


def uses_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Count the uses of each grant since then."""
    query = sa.select(_U.grant, sa.func.count()).where(_U.at > since).group_by(_U.grant)
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def uses_of(connection: Connection, grant_id: GrantId) -> tuple[RunId, ...]:
    """Return every run that a grant allowed, each once, oldest first."""
    query = sa.select(_U.run, sa.func.min(_U.seq)).where(_U.grant == grant_id).group_by(_U.run)
    return tuple(RunId(row[0]) for row in connection.execute(query.order_by(sa.func.min(_U.seq))))


def of_run(connection: Connection, run: RunId) -> tuple[Grant, ...]:
    """Return the grants that allowed a run; none for a run that a person allowed."""
    used = sa.select(_U.grant).where(_U.run == run)
    query = sa.select(GRANTS).where(_G.id.in_(used)).order_by(_G.created, _G.id)
    return tuple(from_row(Grant, row) for row in connection.execute(query))


def _replace(connection: Connection, grant: Grant) -> None:
    connection.execute(sa.update(GRANTS).where(_G.id == grant.id).values(to_row(grant, GRANTS)))
