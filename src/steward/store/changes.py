"""Changes: why something was changed, and what came of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.model.change import Change, ChangeState
from steward.model.ids import ChangeId
from steward.model.run import RunState
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("state", KEY, nullable=False),
    sa.Column("opened", Moment(), nullable=False),
    sa.Column("closed", Moment()),
    sa.Column("result", KEY, nullable=False),
    sa.Column("commit", KEY, nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("changes_opened", "opened"),
)
_C = CHANGES.c
_NEVER_BEGUN = (RunState.DENIED.value, RunState.EXPIRED.value)


def insert(connection: Connection, change: Change) -> None:
    """Store a change."""
    connection.execute(sa.insert(CHANGES).values(to_row(change, CHANGES)))


def close(connection: Connection, change_id: ChangeId, *, at: datetime, result: str, commit: str = "") -> bool:
    """Close a change; False when it is closed already."""
    closing = (
        sa.update(CHANGES)
        .where(_C.id == change_id, _C.state == ChangeState.OPEN.value)
        .values(state=ChangeState.CLOSED.value, closed=at, result=result, commit=commit)
    )
    return connection.execute(closing).rowcount == 1


def set_commit(connection: Connection, change_id: ChangeId, commit: str) -> None:
    """Keep the commit of the workspace that holds the change's file."""
    connection.execute(sa.update(CHANGES).where(_C.id == change_id).values({"commit": commit}))


def get(connection: Connection, change_id: ChangeId) -> Change | None:
    """Return a change."""
    row = connection.execute(sa.select(CHANGES).where(_C.id == change_id)).one_or_none()
    return from_row(Change, row) if row else None


def listing(connection: Connection, *, limit: int = 100) -> tuple[Change, ...]:
    """Return changes, newest first."""
    query = sa.select(CHANGES).order_by(_C.opened.desc(), _C.id).limit(limit)
    return tuple(from_row(Change, row) for row in connection.execute(query))


def undocumented(connection: Connection, *, limit: int = 20) -> tuple[Change, ...]:
    """Return ended changes that have no file in the workspace yet, oldest first; what nobody allowed needs none."""
    needs_file = sa.and_(_C.closed.is_not(None), _C.commit == "", _C.result.not_in(_NEVER_BEGUN))
    query = sa.select(CHANGES).where(needs_file).order_by(_C.closed).limit(limit)
    return tuple(from_row(Change, row) for row in connection.execute(query))
