"""Which runs go on from which, and runs after which Steward still has to ask again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from steward.model.ids import RunId
from steward.model.resumed import Asking, Resumption
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, reference

RESUMPTIONS = sa.Table(
    "resumptions",
    METADATA,
    sa.Column("successor", KEY, reference("runs.id"), primary_key=True),
    sa.Column("run", KEY, reference("runs.id"), nullable=False),
    sa.Column("is_fork", sa.Boolean(), nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("resumptions_run", "run", "at"),
)
ASKINGS = sa.Table(
    "askings",
    METADATA,
    sa.Column("run", KEY, reference("runs.id"), primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("successor", KEY, reference("runs.id")),
    sa.Column("refused", JsonText(), nullable=False),
    sa.Index("askings_successor", "successor", "at"),
)
_R = RESUMPTIONS.c
_A = ASKINGS.c


def link(connection: Connection, resumption: Resumption) -> None:
    """Write down that a run goes on from another."""
    connection.execute(sa.insert(RESUMPTIONS).values(to_row(resumption, RESUMPTIONS)))


def of_run(connection: Connection, run: RunId) -> tuple[Resumption, ...]:
    """Return what goes on from a run, oldest first."""
    query = sa.select(RESUMPTIONS).where(_R.run == run).order_by(_R.at, _R.successor)
    return tuple(from_row(Resumption, row) for row in connection.execute(query))


def ask(connection: Connection, run: RunId, *, at: datetime) -> None:
    """Note that it has to be asked again after a run; told twice, it is asked once."""
    if asking(connection, run) is None:
        connection.execute(sa.insert(ASKINGS).values(to_row(Asking(run=run, at=at), ASKINGS)))


def asking(connection: Connection, run: RunId) -> Asking | None:
    """Return what came of asking again after a run."""
    row = connection.execute(sa.select(ASKINGS).where(_A.run == run)).one_or_none()
    return from_row(Asking, row) if row else None


def unanswered(connection: Connection, *, limit: int = 50) -> tuple[Asking, ...]:
    """Return runs after which it was not asked again yet, the longest waiting first."""
    query = sa.select(ASKINGS).where(_is_open()).order_by(_A.at, _A.run).limit(limit)
    return tuple(from_row(Asking, row) for row in connection.execute(query))


def answer(connection: Connection, run: RunId, *, successor: RunId) -> bool:
    """Note which run was proposed; False when that was noted before, was refused, or was never to be asked."""
    change = sa.update(ASKINGS).where(_A.run == run, _is_open())
    return connection.execute(change.values(successor=successor)).rowcount == 1


def refuse(connection: Connection, run: RunId, *, why: str) -> bool:
    """Note why no run can be proposed; False when one was."""
    return connection.execute(sa.update(ASKINGS).where(_A.run == run, _is_open()).values(refused=why)).rowcount == 1


def _is_open() -> sa.ColumnElement[bool]:
    """Tell what still has to be asked; texts are kept as JSON, so no text is compared where it is empty."""
    return sa.and_(_A.successor.is_(None), _A.refused == "")
