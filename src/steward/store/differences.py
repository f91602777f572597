"""The change feed: what is not as it was, and the last known state to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.difference import Difference
from steward.model.ids import MachineId, RunId
from steward.store import plans, runs
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, sequence_column
from steward.store.steps import STEPS

TRAITS = sa.Table(
    "traits",
    METADATA,
    sa.Column("machine", KEY, primary_key=True),
    sa.Column("fact", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
)
DIFFERENCES = sa.Table(
    "differences",
    METADATA,
    sequence_column(),
    sa.Column("machine", KEY, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("since", Moment(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("differences_at", "at"),
    sa.Index("differences_of", "machine", "at"),
)
_T, _D, _S = TRAITS.c, DIFFERENCES.c, STEPS.c
_MOST_STEPS = 100


@record
class Known:
    """The state of one fact at the last look that could read it."""

    at: datetime
    """When (UTC)."""
    traits: dict[str, str]
    """State by subject."""


def known(connection: Connection, machine: MachineId) -> dict[str, Known]:
    """Return the last known state of every fact of a machine."""
    rows = connection.execute(sa.select(_T.fact, _T.at, _T.body).where(_T.machine == machine))
    return {row.fact: Known(at=row.at, traits=row.body) for row in rows}


def keep(connection: Connection, *, machine: MachineId, fact: str, at: datetime, traits: Mapping[str, str]) -> None:
    """Keep the state of now."""
    values = {"at": at, "body": dict(traits)}
    where = (_T.machine == machine, _T.fact == fact)
    if not connection.execute(sa.update(TRAITS).where(*where).values(values)).rowcount:
        connection.execute(sa.insert(TRAITS).values(machine=machine, fact=fact, **values))


def still(connection: Connection, *, machine: MachineId, facts: Sequence[str], at: datetime) -> None:
    """Note that these facts are as they were."""
    if facts:
        connection.execute(sa.update(TRAITS).where(_T.machine == machine, _T.fact.in_(facts)).values(at=at))


def append(connection: Connection, differences: Iterable[Difference]) -> None:
    """Store what changed."""
    rows = [to_row(each, DIFFERENCES) for each in differences]
    if rows:
        connection.execute(sa.insert(DIFFERENCES), rows)


def listing(
    connection: Connection,
    *,
    since: datetime,
    until: datetime | None = None,
    machine: MachineId | None = None,
    limit: int = 1_000,
) -> tuple[Difference, ...]:
    """Return what changed in a time, newest first."""
    query = sa.select(DIFFERENCES).where(_D.at >= since)
    query = query if until is None else query.where(_D.at <= until)
    query = query if machine is None else query.where(_D.machine == machine)
    rows = connection.execute(query.order_by(_D.at.desc(), _D.seq.desc()).limit(limit))
    return tuple(from_row(Difference, row) for row in rows)


def count(connection: Connection, *, since: datetime) -> int:
    """Return how much changed since a time."""
    return connection.execute(sa.select(sa.func.count()).select_from(DIFFERENCES).where(_D.at >= since)).scalar_one()


def run_between(connection: Connection, machine: MachineId, begin: datetime, end: datetime) -> RunId | None:
    """Return the last run of Steward's that acted on a machine in a time, or None for none."""
    overlaps = (_S.intent_at <= end, sa.or_(_S.ended_at.is_(None), _S.ended_at >= begin), _S.is_started)
    rows = connection.execute(sa.select(_S.run, _S.step).where(*overlaps).order_by(_S.seq.desc()).limit(_MOST_STEPS))
    for row in rows:
        run = runs.get(connection, row.run)
        stored = plans.get(connection, run.plan) if run is not None else None
        if stored is not None and any(step.id == row.step and step.machine == machine for step in stored.plan.steps):
            return RunId(row.run)
    return None


def prune(connection: Connection, before: datetime) -> None:
    """Drop what changed before that."""
    connection.execute(sa.delete(DIFFERENCES).where(_D.at < before))


def forget(connection: Connection, machine: MachineId) -> None:
    """Drop all that is known of a machine that left."""
    connection.execute(sa.delete(TRAITS).where(_T.machine == machine))
    connection.execute(sa.delete(DIFFERENCES).where(_D.machine == machine))
