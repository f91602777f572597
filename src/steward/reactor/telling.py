"""Never silent: a trigger that did not begin, did not end in time or failed is in trouble until it does well again."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.core.events import Events
from steward.lib.text import age
from steward.model.run import RunState
from steward.model.trigger import Occurrence, OccurrenceState, Trigger, TriggerKind
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

GOOD = frozenset({"", RunState.VERIFIED.value})
"""Results of a run after which a trigger is well: proven, or nothing was to be run."""
_NOBODYS_FAULT = frozenset({RunState.DENIED.value, RunState.CANCELLED.value, RunState.EXPIRED.value})
"""A person said no, or nothing for too long."""


class Telling:
    """Writes what a person should know, in the transaction in which it came about."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def late(self, connection: Connection, row: Occurrence, why: str, now: datetime) -> None:
        """Tell once that an occurrence is late or missed, and that its trigger is in trouble."""
        if occurrences.tell_late(connection, row.id):
            self._add(connection, "trigger.late", row, f"{row.trigger}: {why}")
            trigger_states.trouble(connection, row.trigger, why=why, at=now)

    def failed(self, connection: Connection, row: Occurrence, why: str, now: datetime) -> None:
        """Tell that an occurrence could not begin, was refused, or ended badly."""
        self._add(connection, "trigger.failed", row, f"{row.trigger}: {why}")
        trigger_states.trouble(connection, row.trigger, why=why, at=now)

    def ended(self, connection: Connection, trigger: Trigger | None, row: Occurrence, result: str, why: str) -> None:
        """Tell of an ending: a good one resolves the trouble there was; a sign of life resolves that of a ping."""
        if result in _NOBODYS_FAULT or row.ended is None:
            return
        if result not in GOOD:
            self.failed(connection, row, why, row.ended)
        elif trigger is None or trigger.kind is not TriggerKind.PING:
            self.recovered(connection, row.trigger)

    def recovered(self, connection: Connection, name: str) -> None:
        """Tell that a trigger is well again, if it was not."""
        if trigger_states.recover(connection, name):
            data = {"text": f"{name} is well again"}
            self._events.add(connection, "trigger.recovered", name, actor=f"trigger-{name}", data=data)

    def _add(self, connection: Connection, kind: str, row: Occurrence, text: str) -> None:
        data = {"text": text, "occurrence": row.id, "run": row.run}
        self._events.add(connection, kind, row.trigger, actor=f"trigger-{row.trigger}", data=data)


def why_late(trigger: Trigger, row: Occurrence, now: datetime) -> str:
    """Say how a row that is not settled is late; empty when it is not."""
    has_begun = row.state in (OccurrenceState.STARTED, OccurrenceState.ASKED)
    waited = now - row.due
    if not has_begun and waited > timedelta(seconds=trigger.start_within_seconds):
        return f"due {_at(row)} and not begun after {age(waited)}" + (f": {row.reason}" if row.reason else "")
    if row.run and trigger.end_within_seconds and waited > timedelta(seconds=trigger.end_within_seconds):
        return f"due {_at(row)} and not at its end after {age(waited)}: {row.run}"
    return ""


def _at(row: Occurrence) -> str:
    return f"{row.due:%Y-%m-%d %H:%M} UTC"
