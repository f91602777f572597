"""What became of each action: written before the effect, completed after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.model.command import Outcome
from steward.model.ids import RunId
from steward.model.run import StepRecord
from steward.model.step_state import StepEnding
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, NUMBER, JsonText, Moment, reference, sequence_column

STEPS = sa.Table(
    "steps",
    METADATA,
    sequence_column(),
    sa.Column("run", KEY, reference("runs.id"), nullable=False),
    sa.Column("step", KEY, nullable=False),
    sa.Column("key", KEY, nullable=False, unique=True),
    sa.Column("is_undo", sa.Boolean(), nullable=False),
    sa.Column("intent_at", Moment()),
    sa.Column("attempt", NUMBER, nullable=False),
    sa.Column("is_started", sa.Boolean(), nullable=False),
    sa.Column("outcome", KEY),
    sa.Column("exit_code", NUMBER),
    sa.Column("output", JsonText(), nullable=False),
    sa.Column("output_hash", KEY, nullable=False),
    sa.Column("ended_at", Moment()),
    sa.Column("note", JsonText(), nullable=False),
    sa.Index("steps_run", "run", "seq"),
    sa.Index("steps_intent_at", "intent_at"),
)
_S = STEPS.c


def intend(connection: Connection, step: StepRecord) -> bool:
    """Write down what is about to be done; False when this key is already there, whatever became of it."""
    if connection.execute(sa.select(_S.seq).where(_S.key == step.key)).first() is not None:
        return False
    connection.execute(sa.insert(STEPS).values(to_row(step, STEPS)))
    return True


def take(connection: Connection, known: StepRecord) -> bool:
    """Take an action over from whoever carried it out; False when it is no longer as `known` says."""
    is_same = _S.outcome.is_(None) if known.outcome is None else _S.outcome == known.outcome.value
    change = sa.update(STEPS).where(_S.key == known.key, _S.attempt == known.attempt, is_same)
    return connection.execute(change.values(attempt=known.attempt + 1)).rowcount == 1


def finish(  # noqa: PLR0913 - one parameter per fact of the result that is kept
    connection: Connection,
    key: str,
    *,
    outcome: Outcome,
    exit_code: int | None,
    output: str,
    output_hash: str,
    at: datetime,
    note: str = "",
    is_started: bool = True,
    attempt: int | None = None,
) -> bool:
    """Write down how it came out; False when that is known already. Only `unknown` may be told again.

    With `attempt`, also False when somebody took the action over since: what a worker says late is void.
    """
    is_open = sa.or_(_S.outcome.is_(None), _S.outcome == Outcome.UNKNOWN.value)
    is_latest = sa.true() if attempt is None else _S.attempt == attempt
    change = (
        sa.update(STEPS)
        .where(_S.key == key, is_open, is_latest)
        .values(
            outcome=outcome.value,
            exit_code=exit_code,
            output=output,
            output_hash=output_hash,
            ended_at=at,
            note=note,
            is_started=is_started,
        )
    )
    return connection.execute(change).rowcount == 1


def of_run(connection: Connection, run_id: RunId) -> tuple[StepRecord, ...]:
    """Return the actions of a run in the order in which they were begun."""
    query = sa.select(STEPS).where(_S.run == run_id).order_by(_S.seq)
    return tuple(from_row(StepRecord, row) for row in connection.execute(query))


def endings(connection: Connection, run_ids: Iterable[str]) -> tuple[StepEnding, ...]:
    """Return how the actions of these runs ended, without what they printed, in the order they were begun."""
    columns: list[sa.Column[Any]] = [_S.run, _S.step, _S.key, _S.is_undo, _S.is_started, _S.outcome]
    query = sa.select(*columns).where(_S.run.in_(list(run_ids))).order_by(_S.seq)
    rows: Sequence[sa.Row[Any]] = connection.execute(query).all()
    return tuple(from_row(StepEnding, row) for row in rows)


def runs_of_keys(connection: Connection, beginnings: Iterable[str]) -> tuple[RunId, ...]:
    """Return the runs with an action whose idempotency key begins so; only the index of keys is gone through."""
    begins = [_S.key.startswith(each, autoescape=True) for each in beginnings]
    if not begins:
        return ()
    keys = list(connection.execute(sa.select(_S.key).where(sa.or_(*begins))).scalars())
    found = connection.execute(sa.select(_S.run).where(_S.key.in_(keys)).distinct()).scalars()
    return tuple(RunId(run) for run in found)


def begun(connection: Connection, run_id: RunId) -> tuple[str, ...]:
    """Return the ids of the steps that a run has begun, in order, without what they printed."""
    query = sa.select(_S.step).where(_S.run == run_id, _S.intent_at.is_not(None)).order_by(_S.seq)
    return tuple(connection.execute(query).scalars())


def get(connection: Connection, key: str) -> StepRecord | None:
    """Return what became of the action with this idempotency key."""
    row = connection.execute(sa.select(STEPS).where(_S.key == key)).one_or_none()
    return from_row(StepRecord, row) if row else None


def count_since(connection: Connection, since: datetime) -> int:
    """Count actions begun since then, undo included."""
    return connection.execute(sa.select(sa.func.count()).where(_S.intent_at >= since)).scalar_one()
