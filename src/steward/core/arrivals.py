"""What arrives from anywhere becomes occurrences of the triggers it is meant for: written ahead, each thing once.

    arrived(kind, key, event id, data) ──> triggers of that kind that take it ──> rows, in one transaction

The id of a row comes of trigger and event, so that the same thing told twice is one. Nothing is started here: the
scheduler claims the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast

from steward.core.events import Events
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.lib.record import record
from steward.lib.redact import Redactor
from steward.model.taint import Taint
from steward.model.trigger import Occurrence, OccurrenceState, Trigger, TriggerKind, TriggerState, occurrence_id
from steward.ports.clock import Clock
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

MOST_DATA = 65_536
"""Characters of an arrival's data that are kept; of what is longer only its texts' beginnings are."""
_MOST_TEXT = 4_096
_MOST_MEMBERS = 100
_DEEPEST = 6


@record
class Arrival:
    """Something that came, ready to be kept: masked and bounded."""

    kind: TriggerKind
    """Kind of trigger it is for."""
    key: str
    """What it came under: name of the webhook, of the ping, of the unit, kind of the event."""
    event_id: str
    """What makes it this and no other; the same again is known by it."""
    data: dict[str, Any]
    """What came; expressions see it as `event`."""
    taint: Taint = Taint.OUTSIDE
    """Whether others had a say in it."""


class Arrivals:
    """Takes what arrives."""

    def __init__(
        self, *, storage: Storage, files: TriggerFiles, events: Events, redactor: Redactor, clock: Clock
    ) -> None:
        self._storage = storage
        self._files = files
        self._events = events
        self._redactor = redactor
        self._clock = clock

    async def arrived(
        self,
        kind: TriggerKind,
        key: str,
        event_id: str,
        data: Mapping[str, Any],
        *,
        taint: Taint = Taint.OUTSIDE,
        only: str | None = None,
    ) -> tuple[Occurrence, ...]:
        """Keep what arrived for every trigger it is meant for; return the new rows. `only` names one trigger.

        Raises:
            TryLater: nothing was kept; tell it again.
        """
        arrival = await asyncio.to_thread(self.prepared, kind, key, event_id, data, taint)
        return await self._storage.write(self.take, arrival, only)

    def prepared(
        self, kind: TriggerKind, key: str, event_id: str, data: Mapping[str, Any], taint: Taint = Taint.OUTSIDE
    ) -> Arrival:
        """Mask and bound what came."""
        masked = cast("dict[str, Any]", self._redactor.json(bounded(dict(data))))
        return Arrival(kind=kind, key=key, event_id=event_id, data=masked, taint=taint)

    def take(self, connection: Connection, arrival: Arrival, only: str | None = None) -> tuple[Occurrence, ...]:
        """Keep an arrival in the caller's transaction: with a cursor, or with a delivery that is marked as seen."""
        meant = [read for read in self._files.last().triggers.values() if self._is_meant(read.trigger, arrival, only)]
        if not meant:
            return ()
        known = trigger_states.listing(connection)
        rows = [self._row(connection, read, known.get(read.trigger.name), arrival) for read in meant]
        added = occurrences.add(connection, rows)
        for row in added:
            data = {"text": f"{row.trigger}: {arrival.kind.value} {arrival.key}", "occurrence": row.id}
            self._events.add(connection, "trigger.arrived", row.trigger, actor=f"trigger-{row.trigger}", data=data)
        return added

    def _is_meant(self, trigger: Trigger, arrival: Arrival, only: str | None) -> bool:
        if trigger.kind is not arrival.kind or not trigger.is_on or only not in (None, trigger.name):
            return False
        kind, source = self._files.source_of(trigger)
        return kind.takes(source, trigger.name, arrival.key, arrival.data)

    def _row(
        self, connection: Connection, read: ReadTrigger, state: TriggerState | None, arrival: Arrival
    ) -> Occurrence:
        trigger, now = read.trigger, self._clock.now()
        event = {**arrival.data, "taint": arrival.taint.value, "id": arrival.event_id, "key": arrival.key}
        row = Occurrence(
            id=occurrence_id(trigger.name, f"event {arrival.event_id}"), trigger=trigger.name, due=now, event=event
        )
        if state is not None and state.paused is not None:
            return _skipped(row, now, f"the trigger is paused by {state.paused_by}")
        before = occurrences.newest(connection, trigger.name) if trigger.coalesce_seconds else None
        if before is not None and _is_close(before, now, trigger.coalesce_seconds):
            return _skipped(row, now, f"one with {before.id}: less than {trigger.coalesce_seconds} s apart")
        return row


def bounded(value: Any, depth: int = 0) -> Any:
    """Return plain JSON of a bounded size; what is cut says so."""
    if isinstance(value, str):
        return value if len(value) <= _MOST_TEXT else value[:_MOST_TEXT] + "... (cut)"
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, dict | list | tuple):
        return str(value)[:_MOST_TEXT]
    if depth >= _DEEPEST:
        return "(nested too deep)"
    if isinstance(value, dict):
        members = islice(cast("dict[object, object]", value).items(), _MOST_MEMBERS)
        return _fitting({str(name)[:200]: bounded(each, depth + 1) for name, each in members}, depth)
    return [bounded(each, depth + 1) for each in islice(cast("list[object]", value), _MOST_MEMBERS)]


def _fitting(data: dict[str, Any], depth: int) -> dict[str, Any]:
    """Leave members out, the longest first, until the whole is of a bounded size."""
    if depth:
        return data
    sizes = {name: len(str(each)) for name, each in data.items()}
    while sum(sizes.values()) > MOST_DATA:
        longest = max(sizes, key=lambda name: sizes[name])
        data[longest], sizes[longest] = "(too long, left out)", 0
    return data


def _skipped(row: Occurrence, at: datetime, reason: str) -> Occurrence:
    return replace(row, state=OccurrenceState.SKIPPED, ended=at, reason=reason)


def _is_close(before: Occurrence, now: datetime, seconds: int) -> bool:
    return timedelta() <= now - before.due < timedelta(seconds=seconds)
