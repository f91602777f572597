"""Which of the rows that are due begin now, and what becomes of the others: missed ones, and those that overlap.

Pure: rows in, choices out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from steward.model.trigger import Missed, Occurrence, OccurrenceState, Overlap, Trigger

_MADE_UP = "it begins late: it was missed"
_QUEUED = "it waits for the one before it"
_OWED = "it was missed, and waits for those before it"


class Choice(StrEnum):
    """What becomes of a row."""

    BEGIN = "begin"
    WAIT = "wait"
    SETTLE = "settle"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One row and what becomes of it."""

    row: Occurrence
    """The row as it was read."""
    choice: Choice
    """What."""
    to: OccurrenceState = OccurrenceState.DUE
    """State to settle it in."""
    reason: str = ""
    """Why."""


def choose(trigger: Trigger, rows: Sequence[Occurrence], now: datetime) -> list[Chosen]:
    """Choose among a trigger's rows that are not settled, oldest first."""
    due = [row for row in rows if row.state is OccurrenceState.DUE]
    missed = [row for row in due if is_missed(trigger, row, now)]
    chosen, admitted = _of_missed(trigger, missed, now, is_one_in_time=len(missed) < len(due))
    candidates = [row for row in due if row not in missed or row in admitted]
    return chosen + _of_overlap(trigger, candidates, admitted, _busy(rows))


def is_missed(trigger: Trigger, row: Occurrence, now: datetime) -> bool:
    """Tell whether nobody could start it in time; what was tried or waits its turn is not missed, only late."""
    is_untouched = row.claimed is None and not row.reason
    return is_untouched and now - row.due > timedelta(seconds=trigger.start_within_seconds)


def _of_missed(
    trigger: Trigger, missed: list[Occurrence], now: datetime, *, is_one_in_time: bool
) -> tuple[list[Chosen], list[Occurrence]]:
    """Settle missed rows and return those that run after all; none for `once` where a newer one is in time."""
    if not missed:
        return [], []
    newest = [] if is_one_in_time else missed[-1:]
    admitted = {Missed.ONCE: newest, Missed.ALL: missed[-100:]}.get(trigger.missed, [])
    is_asked = trigger.missed is Missed.ASK
    chosen: list[Chosen] = []
    for row in (row for row in missed if row not in admitted):
        minutes = (now - row.due).total_seconds() / 60
        why = f"missed: nobody could start it, and {minutes:.0f} minutes later it is too late"
        if is_asked and row is missed[-1]:
            why = f"missed: say `steward trigger fire {trigger.name} --occurrence {row.id}` to run it after all"
            chosen.append(Chosen(row=row, choice=Choice.SETTLE, to=OccurrenceState.ASKED, reason=why))
            continue
        if trigger.missed is not Missed.SKIP:
            why += "; a newer one is there"
        chosen.append(Chosen(row=row, choice=Choice.SETTLE, to=OccurrenceState.MISSED, reason=why))
    return chosen, admitted


def _busy(rows: Sequence[Occurrence]) -> list[Occurrence]:
    """Return rows whose work goes on; what only waits for a word about missed ones does not."""
    working = (OccurrenceState.CLAIMED, OccurrenceState.STARTED)
    return [row for row in rows if row.state in working or (row.state is OccurrenceState.ASKED and row.run)]


def _of_overlap(
    trigger: Trigger, rows: list[Occurrence], admitted: list[Occurrence], busy: list[Occurrence]
) -> list[Chosen]:
    room = (trigger.most_at_once if trigger.overlap is Overlap.ALLOW else 1) - len(busy)
    room = max(room, 0)
    chosen = [Chosen(row=row, choice=Choice.BEGIN, reason=_MADE_UP if row in admitted else "") for row in rows[:room]]
    left = rows[room:]
    owed = [row for row in left if trigger.missed is Missed.ALL and (row in admitted or row.reason == _OWED)]
    others = [row for row in left if row not in owed]
    queued = others[-1:] if trigger.overlap is Overlap.QUEUE else []
    for row in left:
        if row in owed or row in queued:
            chosen.append(Chosen(row=row, choice=Choice.WAIT, reason=_OWED if row in owed else _QUEUED))
        else:
            why = _why_not(trigger, busy, rows)
            chosen.append(Chosen(row=row, choice=Choice.SETTLE, to=OccurrenceState.SKIPPED, reason=why))
    return chosen


def _why_not(trigger: Trigger, busy: list[Occurrence], rows: list[Occurrence]) -> str:
    if trigger.overlap is Overlap.QUEUE:
        return "a newer one took its place in the queue"
    if trigger.overlap is Overlap.ALLOW:
        return f"as many go on as may: {trigger.most_at_once}"
    if not busy:
        return f"one run is enough for all that were due meanwhile: {rows[0].id}"
    return f"the one before it goes on: {busy[0].run or busy[0].id}"
