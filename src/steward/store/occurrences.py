"""Occurrences of triggers: written ahead, claimed once, each with an ending and a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.model.ids import RunId
from steward.model.run import ENDED, RunState
from steward.model.trigger import SETTLED, Occurrence, OccurrenceState
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.runs import RUNS
from steward.store.schema import KEY, METADATA, JsonText, Moment

OCCURRENCES = sa.Table(
    "occurrences",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("trigger", KEY, nullable=False),
    sa.Column("due", Moment(), nullable=False),
    sa.Column("state", KEY, nullable=False),
    sa.Column("claimed_by", KEY, nullable=False),
    sa.Column("claimed", Moment()),
    sa.Column("run", KEY),
    sa.Column("started", Moment()),
    sa.Column("ended", Moment()),
    sa.Column("reason", JsonText(), nullable=False),
    sa.Column("is_late", sa.Boolean(), nullable=False),
    sa.Column("body", JsonText(), nullable=False),
    sa.Index("occurrences_trigger", "trigger", "due"),
    sa.Index("occurrences_state", "state", "due"),
    sa.Index("occurrences_run", "run"),
)
_C = OCCURRENCES.c
_AT_ONCE = 500


def add(connection: Connection, given: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Write those that are not there yet, and return them; the same one again changes nothing."""
    known: set[str] = set()
    for begin in range(0, len(given), _AT_ONCE):
        ids = [each.id for each in given[begin : begin + _AT_ONCE]]
        known |= set(connection.execute(sa.select(_C.id).where(_C.id.in_(ids))).scalars())
    new = {each.id: each for each in given if each.id not in known}
    if new:
        connection.execute(sa.insert(OCCURRENCES), [to_row(each, OCCURRENCES) for each in new.values()])
    return tuple(new.values())


def get(connection: Connection, occurrence: str) -> Occurrence | None:
    """Return an occurrence."""
    row = connection.execute(sa.select(OCCURRENCES).where(_C.id == occurrence)).one_or_none()
    return from_row(Occurrence, row) if row else None


def listing(
    connection: Connection,
    *,
    trigger: str | None = None,
    states: Iterable[OccurrenceState] | None = None,
    limit: int = 100,
) -> tuple[Occurrence, ...]:
    """Return occurrences, newest first."""
    query = sa.select(OCCURRENCES).order_by(_C.due.desc(), _C.id).limit(limit)
    if trigger is not None:
        query = query.where(_C.trigger == trigger)
    if states is not None:
        query = query.where(_C.state.in_([state.value for state in states]))
    return tuple(from_row(Occurrence, row) for row in connection.execute(query))


def between(
    connection: Connection, after: datetime, until: datetime, *, triggers: Sequence[str], limit: int
) -> tuple[Occurrence, ...]:
    """Return what these triggers had due after a moment and until another one, oldest first."""
    lies = sa.and_(_C.due > after, _C.due <= until, _C.trigger.in_(triggers))
    query = sa.select(OCCURRENCES).where(lies).order_by(_C.due, _C.id).limit(limit)
    return tuple(from_row(Occurrence, row) for row in connection.execute(query))


def open_ones(
    connection: Connection, *, states: Iterable[OccurrenceState] | None = None, limit: int = 5_000
) -> tuple[Occurrence, ...]:
    """Return occurrences that are not settled, or in these states, oldest first."""
    wanted = [state.value for state in states or frozenset(OccurrenceState) - SETTLED]
    query = sa.select(OCCURRENCES).where(_C.state.in_(wanted)).order_by(_C.due, _C.id).limit(limit)
    return tuple(from_row(Occurrence, row) for row in connection.execute(query))


def moved_on(connection: Connection, *, limit: int = 1_000) -> tuple[tuple[Occurrence, RunState, str], ...]:
    """Return occurrences whose run went on from where they stand, with the run's state and reason, oldest first."""
    ended = [state.value for state in ENDED - {RunState.UNKNOWN}]
    asked = [RunState.PROPOSED.value, RunState.WAITING.value]
    has_ended = sa.and_(_C.state == OccurrenceState.STARTED.value, RUNS.c.state.in_(ended))
    was_answered = sa.and_(_C.state == OccurrenceState.ASKED.value, RUNS.c.state.not_in(asked))
    columns = (RUNS.c.state.label("run_state"), RUNS.c.reason.label("run_reason"))
    query = sa.select(OCCURRENCES, *columns).join(RUNS, RUNS.c.id == _C.run).where(sa.or_(has_ended, was_answered))
    rows = connection.execute(query.order_by(_C.due).limit(limit)).all()
    return tuple((from_row(Occurrence, row), RunState(row.run_state), str(row.run_reason or "")) for row in rows)


def newest(connection: Connection, trigger: str) -> Occurrence | None:
    """Return the newest occurrence of a trigger that is or was more than a part of another one."""
    query = sa.select(OCCURRENCES).where(_C.trigger == trigger, _C.state != OccurrenceState.SKIPPED.value)
    row = connection.execute(query.order_by(_C.due.desc(), _C.id).limit(1)).one_or_none()
    return from_row(Occurrence, row) if row else None


def of_run(connection: Connection, run: RunId) -> Occurrence | None:
    """Return the occurrence a run came of, the newest where it answers several."""
    query = sa.select(OCCURRENCES).where(_C.run == run).order_by(_C.due.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return from_row(Occurrence, row) if row else None


def claim(connection: Connection, occurrence: str, *, by: str, at: datetime) -> bool:
    """Take a due occurrence; False when somebody else was first. The first moment of a claim is kept."""
    taking = sa.update(OCCURRENCES).where(_C.id == occurrence, _C.state == OccurrenceState.DUE.value)
    claimed = sa.func.coalesce(_C.claimed, at)
    taken = connection.execute(taking.values(state=OccurrenceState.CLAIMED.value, claimed_by=by, claimed=claimed))
    return taken.rowcount == 1


def release(connection: Connection, occurrence: str, *, by: str, reason: str) -> bool:
    """Give a claimed occurrence back, to be tried again; False when it is not theirs any more."""
    mine = (_C.id == occurrence, _C.state == OccurrenceState.CLAIMED.value, _C.claimed_by == by)
    given = sa.update(OCCURRENCES).where(*mine)
    values = {"state": OccurrenceState.DUE.value, "claimed_by": "", "reason": reason}
    return connection.execute(given.values(values)).rowcount == 1


def begin(connection: Connection, occurrence: str, *, by: str, run: RunId, at: datetime, is_asked: bool) -> bool:
    """Link a run in the transaction that keeps it; False when the claim was lost: nothing may be kept then."""
    state = OccurrenceState.ASKED if is_asked else OccurrenceState.STARTED
    mine = (_C.id == occurrence, _C.state == OccurrenceState.CLAIMED.value, _C.claimed_by == by)
    values: dict[str, Any] = {"state": state.value, "run": run, "started": None if is_asked else at, "reason": ""}
    return connection.execute(sa.update(OCCURRENCES).where(*mine).values(values)).rowcount == 1


def move(  # noqa: PLR0913 - one parameter per fact that is kept
    connection: Connection,
    occurrence: Occurrence,
    *,
    to: OccurrenceState,
    at: datetime,
    reason: str,
    result: str = "",
    run: RunId | None = None,
) -> bool:
    """Take an occurrence from the state and claim it was read in to another one; False when it moved meanwhile."""
    as_read = (_C.id == occurrence.id, _C.state == occurrence.state.value, _C.claimed_by == occurrence.claimed_by)
    values: dict[str, Any] = {"state": to.value, "reason": reason}
    values["ended"] = at if to in SETTLED else None
    if to is OccurrenceState.STARTED:
        values["started"] = at
    if run is not None:
        values["run"] = run
    if result:
        values["body"] = {**to_row(occurrence, OCCURRENCES)["body"], "result": result}
    return connection.execute(sa.update(OCCURRENCES).where(*as_read).values(values)).rowcount == 1


def note(connection: Connection, occurrence: Occurrence, *, reason: str) -> bool:
    """Say of a due occurrence why it waits; False when it does not wait any more."""
    waits = (_C.id == occurrence.id, _C.state == OccurrenceState.DUE.value)
    return connection.execute(sa.update(OCCURRENCES).where(*waits).values(reason=reason)).rowcount == 1


def tell_late(connection: Connection, occurrence: str) -> bool:
    """Note that somebody is told that it is late; False when they were before."""
    untold = (_C.id == occurrence, _C.is_late.is_(False))
    return connection.execute(sa.update(OCCURRENCES).where(*untold).values(is_late=True)).rowcount == 1


def forget_ahead(connection: Connection, trigger: str, *, after: datetime) -> int:
    """Forget times that lie ahead and came to nothing: the clock was wrong, and they come yet. What arrived stays."""
    nothing = [state.value for state in (OccurrenceState.DUE, OccurrenceState.MISSED, OccurrenceState.SKIPPED)]
    ahead = (_C.trigger == trigger, _C.due > after, _C.state.in_(nothing), _C.run.is_(None))
    rows = [from_row(Occurrence, row) for row in connection.execute(sa.select(OCCURRENCES).where(*ahead))]
    times = [row.id for row in rows if not row.event]
    return connection.execute(sa.delete(OCCURRENCES).where(_C.id.in_(times))).rowcount


def prune(connection: Connection, *, keep: int, before: datetime, most: int) -> int:
    """Forget settled occurrences of before then, but for the newest `keep` of each trigger; return how many.

    Of each trigger the newest `most` are kept, whenever they were due.
    """
    rank = sa.func.row_number().over(partition_by=_C.trigger, order_by=(_C.due.desc(), _C.id)).label("rank")
    ranked = sa.select(_C.id, _C.state, _C.due, rank).subquery()
    settled = [state.value for state in SETTLED]
    is_old = sa.or_(ranked.c.rank > most, sa.and_(ranked.c.rank > keep, ranked.c.due < before))
    old = sa.select(ranked.c.id).where(ranked.c.state.in_(settled), is_old)
    return connection.execute(sa.delete(OCCURRENCES).where(_C.id.in_(old))).rowcount
