"""Signs of life that stay away: an alert by itself, and what the trigger starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from steward.core.arrivals import Arrivals
from steward.core.schedule_forms import interval
from steward.core.schedules import upcoming
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.lib.text import moment_of
from steward.model.taint import Taint
from steward.model.trigger import (
    Occurrence,
    OccurrenceState,
    Schedule,
    Trigger,
    TriggerKind,
    TriggerState,
    occurrence_id,
)
from steward.ports.clock import Clock
from steward.reactor.telling import Telling
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

_DOWN = "down"
_LAST = "ended"


class Absence:
    """Looks whether an expected sign of life came."""

    def __init__(
        self, *, storage: Storage, files: TriggerFiles, arrivals: Arrivals, telling: Telling, clock: Clock, zone: str
    ) -> None:
        self._storage = storage
        self._files = files
        self._arrivals = arrivals
        self._telling = telling
        self._clock = clock
        self._zone = zone

    async def tick(self) -> None:
        """Tell what stayed away; once, until it comes again."""
        every = self._files.last().triggers.values()
        expected = [read for read in every if read.trigger.kind is TriggerKind.PING and read.trigger.is_on]
        if not expected:
            return
        known = await self._storage.read(trigger_states.of, [read.trigger.name for read in expected])
        now = self._clock.now()
        for read in expected:
            state = known.get(read.trigger.name)
            if state is not None and _is_ahead(state, now):
                await self._storage.write(self._redate, read.trigger.name, now)
            elif state is not None and self._absent_since(read.trigger, state, now) is not None:
                await self._storage.write(self._tell, read, now)

    def _absent_since(self, trigger: Trigger, state: TriggerState, now: datetime) -> datetime | None:
        """Return when a sign was expected that has not come in time; None when all is well or it was told.

        What came or was told before its file was seen, or it was resumed, does not count.
        """
        if state.paused is not None or trigger.schedule is None or _moment(state, _DOWN, now) is not None:
            return None
        grace = timedelta(seconds=trigger.start_within_seconds)
        started = _moment(state, "started", now)
        due = self._expected(trigger.name, trigger.schedule, _moment(state, _LAST, now) or state.seen_until)
        lasting = timedelta(seconds=trigger.end_within_seconds) or grace
        if started is not None and now > started + lasting:
            return started
        return due if due is not None and now > due + grace else None

    def _expected(self, name: str, schedule: Schedule, last: datetime) -> datetime | None:
        """Return when the next sign is expected: an interval counts from the last one, everything else by the clock."""
        if schedule.every:
            return last + interval(schedule.every)
        return next(upcoming(schedule, last, self._zone, name=name), None)

    def _redate(self, connection: Connection, name: str, now: datetime) -> None:
        """Count a sign from now that came while the clock was ahead: else nobody would be missed until then."""
        state = trigger_states.get(connection, name)
        if state is not None and _is_ahead(state, now):
            trigger_states.remember(connection, name, {**state.memory, _LAST: now.isoformat()})

    def _tell(self, connection: Connection, read: ReadTrigger, now: datetime) -> None:
        trigger = read.trigger
        state = trigger_states.get(connection, trigger.name)
        since = self._absent_since(trigger, state, now) if state is not None else None
        if state is None or since is None:
            return
        last = state.memory.get(_LAST, "")
        trigger_states.put(connection, replace(state, memory={**state.memory, _DOWN: since.isoformat()}))
        why = f"no sign of life: expected {since:%Y-%m-%d %H:%M} UTC, the last came {last[:16] or 'never'}"
        data = {"kind": "absent", "expected": since.isoformat(), "last": last}
        key = f"absent {since.isoformat()}"
        arrival = self._arrivals.prepared(TriggerKind.PING, trigger.name, key, data, Taint.TRUSTED)
        rows = self._arrivals.take(connection, arrival, trigger.name) or self._only_told(connection, trigger, now, key)
        for row in rows:
            self._telling.late(connection, row, why, now)

    def _only_told(self, connection: Connection, trigger: Trigger, now: datetime, key: str) -> tuple[Occurrence, ...]:
        row = Occurrence(
            id=occurrence_id(trigger.name, f"event {key}"),
            trigger=trigger.name,
            due=now,
            state=OccurrenceState.ENDED,
            ended=now,
            event={"kind": "absent"},
            reason="it stayed away; that was told, and starts nothing",
        )
        return occurrences.add(connection, [row])


def _is_ahead(state: TriggerState, now: datetime) -> bool:
    last = moment_of(state.memory.get(_LAST))
    return last is not None and last > now


def _moment(state: TriggerState, name: str, now: datetime) -> datetime | None:
    """Return a moment that is remembered, if it lies between when its trigger began to count and now."""
    moment = moment_of(state.memory.get(name))
    return moment if moment is not None and state.seen_until <= moment <= now else None
