"""What a schedule owes: rows for every moment since it was looked at last, written with how far was looked.

The clock may step. An hour back repeats nothing, for a moment has one id and one row. A month forward writes a bounded
number of rows; a month back again begins anew from now and forgets what lies ahead and nothing was begun of.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from steward.core.schedules import due_between
from steward.core.trigger_files import ReadTrigger
from steward.model.trigger import (
    Occurrence,
    OccurrenceState,
    Schedule,
    Trigger,
    TriggerKind,
    TriggerState,
    occurrence_id,
)
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

MOST_AT_ONCE = 100
"""Most rows that one look writes for one trigger; of more, the newest."""
_STEPPED = timedelta(hours=2)
"""How far a clock may go back without anything beginning anew."""
_SECOND = timedelta(seconds=1)


def begin_or_read(connection: Connection, read: ReadTrigger, now: datetime) -> tuple[TriggerState, bool]:
    """Return what is kept of a trigger, and whether it began anew: a new or changed file counts from now."""
    name = read.trigger.name
    state = trigger_states.get(connection, name)
    if state is not None and state.seen_until > now + _STEPPED:
        occurrences.forget_ahead(connection, name, after=now)
        state = replace(state, seen_until=now)
        trigger_states.put(connection, state)
    if state is not None and state.digest == read.digest:
        return state, False
    anew = TriggerState(name=name, digest=read.digest, seen_until=now, memory={})
    if state is not None:
        anew = replace(state, digest=read.digest, seen_until=now, trouble="", troubled=None)
        drop_waiting(connection, name, now, "its trigger was changed before it began")
    trigger_states.put(connection, anew)
    return anew, True


def drop_waiting(connection: Connection, name: str, now: datetime, reason: str) -> None:
    """End what of a trigger is due and not begun."""
    for row in occurrences.listing(connection, trigger=name, states=(OccurrenceState.DUE,), limit=5_000):
        occurrences.move(connection, row, to=OccurrenceState.SKIPPED, at=now, reason=reason)


def note_due(connection: Connection, read: ReadTrigger, now: datetime, zone: str) -> tuple[Occurrence, ...]:
    """Write a row for everything a schedule was due for until now, and that it was looked at; return the new rows."""
    trigger = read.trigger
    state, _ = begin_or_read(connection, read, now)
    if trigger.kind is not TriggerKind.SCHEDULE or trigger.schedule is None or not trigger.is_on:
        return ()
    moments, is_cut = newest_due(trigger.schedule, state.seen_until, now, zone, trigger.name)
    if not moments:
        return ()
    rows = [_row(trigger, state, moment, now) for moment in moments]
    if is_cut:
        reason = "missed; what was due before it is not listed: too many in too long a time"
        rows[0] = replace(rows[0], state=OccurrenceState.MISSED, ended=now, reason=reason, is_late=True)
    added = occurrences.add(connection, rows)
    trigger_states.put(connection, replace(state, seen_until=now))
    return added


def newest_due(
    schedule: Schedule, after: datetime, until: datetime, zone: str, name: str
) -> tuple[tuple[datetime, ...], bool]:
    """Return what was due, oldest first, and whether older ones were left out because there were too many."""
    due = due_between(schedule, after, until, zone, name, MOST_AT_ONCE)
    if not due.is_cut:
        return due.moments, False
    many, few = after, until  # since the one too many were due, since the other not; what lies between is halved
    while few - many > _SECOND:
        middle = many + (few - many) / 2
        if due_between(schedule, middle, until, zone, name, MOST_AT_ONCE).is_cut:
            many = middle
        else:
            few = middle
    return due_between(schedule, few, until, zone, name, MOST_AT_ONCE).moments, True


def _row(trigger: Trigger, state: TriggerState, moment: datetime, now: datetime) -> Occurrence:
    row = Occurrence(
        id=occurrence_id(trigger.name, f"at {moment.isoformat()}"), trigger=trigger.name, due=moment, event={}
    )
    if state.paused is None:
        return row
    reason = f"the trigger is paused by {state.paused_by}"
    return replace(row, state=OccurrenceState.SKIPPED, ended=now, reason=reason)
