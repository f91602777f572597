"""Runs: a state changes only along an arrow of the diagram in `model.run`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.codec import encode
from steward.model.ids import RunId
from steward.model.probe import ProbeResult
from steward.model.run import ENDED, JOB_STATES, Run, RunState, may_become
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment, reference

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("plan", KEY, reference("plans.id"), nullable=False),
    sa.Column("change", KEY, nullable=False),
    sa.Column("state", KEY, nullable=False),
    sa.Column("created", Moment(), nullable=False),
    sa.Column("started", Moment()),
    sa.Column("ended", Moment()),
    sa.Column("reason", JsonText(), nullable=False),
    sa.Column("cancel_reason", JsonText(), nullable=False),
    sa.Column("before", JsonText(), nullable=False),
    sa.Column("after", JsonText(), nullable=False),
    sa.Index("runs_state", "state", "created"),
    sa.Index("runs_created", "created"),
)
_R = RUNS.c


def insert(connection: Connection, run: Run) -> None:
    """Store a run."""
    connection.execute(sa.insert(RUNS).values(to_row(run, RUNS)))


def get(connection: Connection, run_id: RunId) -> Run | None:
    """Return a run."""
    row = connection.execute(sa.select(RUNS).where(_R.id == run_id)).one_or_none()
    return from_row(Run, row) if row else None


def listing(connection: Connection, *, states: Iterable[RunState] | None = None, limit: int = 100) -> tuple[Run, ...]:
    """Return runs, newest first."""
    query = sa.select(RUNS).order_by(_R.created.desc(), _R.id).limit(limit)
    if states is not None:
        query = query.where(_R.state.in_([state.value for state in states]))
    return tuple(from_row(Run, row) for row in connection.execute(query))


def move(connection: Connection, run_id: RunId, *, to: RunState, at: datetime, reason: str = "") -> bool:
    """Take one arrow to a state; False when the diagram has none from where the run stands now.

    An empty reason keeps the one before. A run that is reconciled out of `unknown` has not ended any more.
    """
    sources = [state.value for state in RunState if may_become(state, to)]
    values: dict[str, Any] = {"state": to.value, "ended": at if to in ENDED else None}
    if to is RunState.RUNNING:
        values["started"] = sa.func.coalesce(_R.started, at)
    if reason:
        values["reason"] = reason
    change = sa.update(RUNS).where(_R.id == run_id, _R.state.in_(sources)).values(values)
    return connection.execute(change).rowcount == 1


def add_reason(connection: Connection, run_id: RunId, more: str) -> None:
    """Say more of why an ended run ended, or of what comes after it."""
    run = get(connection, run_id)
    if run is not None:
        reason = f"{run.reason}; {more}" if run.reason else more
        connection.execute(sa.update(RUNS).where(_R.id == run_id).values(reason=reason))


def request_cancel(connection: Connection, run_id: RunId, *, reason: str) -> bool:
    """Ask whoever carries the run out to end it; False when it has ended or somebody asked before."""
    states = [state.value for state in (*JOB_STATES, RunState.SUSPENDED)]
    asked = sa.update(RUNS).where(_R.id == run_id, _R.state.in_(states), _R.cancel_reason == "")
    return connection.execute(asked.values(cancel_reason=reason)).rowcount == 1


def cancelled(connection: Connection) -> frozenset[RunId]:
    """Return runs that somebody asked to end and that have not ended."""
    states = [state.value for state in JOB_STATES]
    query = sa.select(_R.id).where(_R.state.in_(states), _R.cancel_reason != "")
    return frozenset(RunId(row.id) for row in connection.execute(query))


def set_before(connection: Connection, run_id: RunId, results: Sequence[ProbeResult]) -> None:
    """Keep what the proof probes saw before the first action."""
    connection.execute(sa.update(RUNS).where(_R.id == run_id).values(before=_plain(results)))


def set_after(connection: Connection, run_id: RunId, results: Sequence[ProbeResult]) -> None:
    """Keep what they saw after the last one."""
    connection.execute(sa.update(RUNS).where(_R.id == run_id).values(after=_plain(results)))


def _plain(results: Sequence[ProbeResult]) -> list[Any]:
    return [encode(result) for result in results]
