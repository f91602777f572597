"""What runs wait for, and how steps ended where that is more than the outcome of an action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.codec import encode
from steward.model.hold import HoldRecord, HoldState
from steward.model.ids import PrincipalId, RunId
from steward.model.probe import ProbeResult
from steward.model.run import Ending
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, NUMBER, JsonText, Moment, reference

HOLDS = sa.Table(
    "holds",
    METADATA,
    sa.Column("run", KEY, reference("runs.id"), primary_key=True),
    sa.Column("hold", KEY, primary_key=True),
    sa.Column("kind", KEY, nullable=False),
    sa.Column("state", KEY, nullable=False),
    sa.Column("opened", Moment(), nullable=False),
    sa.Column("due", Moment()),
    sa.Column("remind_at", Moment()),
    sa.Column("reminders", NUMBER, nullable=False),
    sa.Column("since_event", NUMBER, nullable=False),
    sa.Column("answer", JsonText(), nullable=False),
    sa.Column("answered_by", KEY),
    sa.Column("seen", JsonText(), nullable=False),
    sa.Column("note", JsonText(), nullable=False),
    sa.Column("ended", Moment()),
    sa.Index("holds_state", "state", "opened"),
)
ENDINGS = sa.Table(
    "endings",
    METADATA,
    sa.Column("run", KEY, reference("runs.id"), primary_key=True),
    sa.Column("step", KEY, primary_key=True),
    sa.Column("end", KEY, nullable=False),
    sa.Column("why", JsonText(), nullable=False),
    sa.Column("at", Moment(), nullable=False),
)
_H = HOLDS.c
_E = ENDINGS.c


def open_hold(connection: Connection, hold: HoldRecord) -> bool:
    """Begin to wait; False when that was begun before, whatever became of it."""
    if get(connection, hold.run, hold.hold) is not None:
        return False
    connection.execute(sa.insert(HOLDS).values(to_row(hold, HOLDS)))
    return True


def get(connection: Connection, run: RunId, hold: str) -> HoldRecord | None:
    """Return what became of one hold."""
    row = connection.execute(sa.select(HOLDS).where(_H.run == run, _H.hold == hold)).one_or_none()
    return from_row(HoldRecord, row) if row else None


def of_run(connection: Connection, run: RunId) -> tuple[HoldRecord, ...]:
    """Return the holds a run has begun, in that order."""
    query = sa.select(HOLDS).where(_H.run == run).order_by(_H.opened, _H.hold)
    return tuple(from_row(HoldRecord, row) for row in connection.execute(query))


def listing(
    connection: Connection, *, states: Iterable[HoldState] = (HoldState.OPEN,), limit: int = 500
) -> tuple[HoldRecord, ...]:
    """Return holds in these states, the longest waiting first."""
    wanted = [state.value for state in states]
    query = sa.select(HOLDS).where(_H.state.in_(wanted)).order_by(_H.opened, _H.run, _H.hold).limit(limit)
    return tuple(from_row(HoldRecord, row) for row in connection.execute(query))


def end(  # noqa: PLR0913 - one parameter per fact that is kept
    connection: Connection,
    run: RunId,
    hold: str,
    *,
    to: HoldState,
    at: datetime,
    note: str,
    answer: dict[str, Any] | None = None,
    by: PrincipalId | None = None,
) -> bool:
    """End an open hold; False when it has ended before: the first answer counts."""
    change = sa.update(HOLDS).where(_H.run == run, _H.hold == hold, _H.state == HoldState.OPEN.value)
    values = {"state": to.value, "ended": at, "note": note, "answer": answer, "answered_by": by}
    return connection.execute(change.values(values)).rowcount == 1


def remind(connection: Connection, known: HoldRecord, *, at: datetime | None) -> bool:
    """Count a reminder and say when the next one is due; False when somebody else did just now, or it has ended."""
    change = sa.update(HOLDS).where(
        _H.run == known.run, _H.hold == known.hold, _H.state == HoldState.OPEN.value, _H.reminders == known.reminders
    )
    return connection.execute(change.values(reminders=known.reminders + 1, remind_at=at)).rowcount == 1


def set_seen(connection: Connection, run: RunId, hold: str, results: Sequence[ProbeResult]) -> None:
    """Keep what the probes of an open hold saw last."""
    change = sa.update(HOLDS).where(_H.run == run, _H.hold == hold, _H.state == HoldState.OPEN.value)
    connection.execute(change.values(seen=[encode(result) for result in results]))


def put_ending(connection: Connection, ending: Ending) -> None:
    """Write down how a step ended; told again, the last word counts."""
    connection.execute(sa.delete(ENDINGS).where(_E.run == ending.run, _E.step == ending.step))
    connection.execute(sa.insert(ENDINGS).values(to_row(ending, ENDINGS)))


def endings(connection: Connection, run: RunId) -> tuple[Ending, ...]:
    """Return what was written down so of a run."""
    query = sa.select(ENDINGS).where(_E.run == run).order_by(_E.at, _E.step)
    return tuple(from_row(Ending, row) for row in connection.execute(query))


def set_since(connection: Connection, run: RunId, hold: str, event: int) -> None:
    """Remember up to which event an open hold has looked."""
    change = sa.update(HOLDS).where(_H.run == run, _H.hold == hold, _H.state == HoldState.OPEN.value)
    connection.execute(change.values(since_event=event))
