"""What is kept of triggers beside their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.model.ids import PrincipalId
from steward.model.trigger import TriggerState
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.schema import KEY, METADATA, JsonText, Moment

TRIGGERS_STATE = sa.Table(
    "triggers_state",
    METADATA,
    sa.Column("name", KEY, primary_key=True),
    sa.Column("digest", KEY, nullable=False),
    sa.Column("seen_until", Moment(), nullable=False),
    sa.Column("paused", Moment()),
    sa.Column("body", JsonText(), nullable=False),
)
_C = TRIGGERS_STATE.c


def get(connection: Connection, name: str) -> TriggerState | None:
    """Return what is kept of a trigger."""
    row = connection.execute(sa.select(TRIGGERS_STATE).where(_C.name == name)).one_or_none()
    return from_row(TriggerState, row) if row else None


def listing(connection: Connection) -> dict[str, TriggerState]:
    """Return what is kept of every trigger, by name."""
    query = sa.select(TRIGGERS_STATE).order_by(_C.name)
    return {state.name: state for state in (from_row(TriggerState, row) for row in connection.execute(query))}


def of(connection: Connection, names: Iterable[str]) -> dict[str, TriggerState]:
    """Return what is kept of these triggers, by name."""
    wanted = list(names)
    query = sa.select(TRIGGERS_STATE).where(_C.name.in_(wanted)).order_by(_C.name)
    rows = connection.execute(query) if wanted else ()
    return {state.name: state for state in (from_row(TriggerState, row) for row in rows)}


def put(connection: Connection, state: TriggerState) -> None:
    """Keep this of a trigger, in place of what was kept."""
    row = to_row(state, TRIGGERS_STATE)
    changed = connection.execute(sa.update(TRIGGERS_STATE).where(_C.name == state.name).values(row))
    if changed.rowcount == 0:
        connection.execute(sa.insert(TRIGGERS_STATE).values(row))


def pause(connection: Connection, name: str, *, by: PrincipalId, at: datetime, reason: str) -> bool:
    """Pause a trigger; False when it is paused or not known."""
    state = get(connection, name)
    if state is None or state.paused is not None:
        return False
    put(connection, replace(state, paused_by=by, paused=at, pause_reason=reason))
    return True


def resume(connection: Connection, name: str) -> bool:
    """Let a paused trigger go on; False when it is not paused."""
    state = get(connection, name)
    if state is None or state.paused is None:
        return False
    put(connection, replace(state, paused_by=None, paused=None, pause_reason=""))
    return True


def count_from(connection: Connection, name: str, moment: datetime) -> bool:
    """Let a trigger count from a moment; False when it is not known."""
    state = get(connection, name)
    if state is None:
        return False
    put(connection, replace(state, seen_until=moment))
    return True


def remember(connection: Connection, name: str, memory: dict[str, Any]) -> bool:
    """Keep what a trigger's source remembers; False when the trigger is not known."""
    state = get(connection, name)
    if state is None:
        return False
    put(connection, replace(state, memory=memory))
    return True


def trouble(connection: Connection, name: str, *, why: str, at: datetime) -> bool:
    """Keep that a trigger is in trouble; False when it was before, whose begin stays."""
    state = get(connection, name)
    if state is None:
        return False
    put(connection, replace(state, trouble=why, troubled=state.troubled or at))
    return state.troubled is None


def recover(connection: Connection, name: str) -> bool:
    """Keep that a trigger is well again; False when it was."""
    state = get(connection, name)
    if state is None or state.troubled is None:
        return False
    put(connection, replace(state, trouble="", troubled=None))
    return True


def begin_anew(connection: Connection, name: str) -> bool:
    """Let a trigger whose file is not there count from when it comes back; a pause stays. False when it is so."""
    state = get(connection, name)
    if state is None or not state.digest:
        return False
    put(connection, replace(state, digest="", memory={}, trouble="", troubled=None))
    return True


def withdraw(connection: Connection, name: str) -> bool:
    """Let a trigger do nothing beyond looking any more; False when nobody had let it."""
    state = get(connection, name)
    if state is None or not state.let:
        return False
    put(connection, replace(state, let=""))
    return True


def forget(connection: Connection, name: str) -> bool:
    """Forget a trigger whose file is gone; False when nothing was kept of it."""
    return connection.execute(sa.delete(TRIGGERS_STATE).where(_C.name == name)).rowcount == 1
