"""Events of Steward itself that start something: read in their order after a cursor that is kept with the rows.

What a trigger of this kind set off sets off none of them again: no two triggers keep each other going.
"""

from __future__ import annotations

from dataclasses import replace

from steward.core.arrivals import Arrivals
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.lib.codec import encode
from steward.model.event import Event
from steward.model.ids import RunId
from steward.model.trigger import TriggerKind
from steward.store import events, occurrences, trigger_states
from steward.store.database import Connection

_AT_ONCE = 200
_CURSOR = "cursor"


class OwnEvents:
    """Reads the stream for triggers of kind `event`."""

    def __init__(self, *, storage: Storage, files: TriggerFiles, arrivals: Arrivals) -> None:
        self._storage = storage
        self._files = files
        self._arrivals = arrivals

    async def tick(self) -> None:
        """Take every event since the last one that was seen."""
        listening = [read.trigger.name for read in self._listening()]
        if not listening:
            return
        last = await self._storage.read(events.last)
        known = await self._storage.read(trigger_states.of, listening)
        if all(known[name].memory.get(_CURSOR) == last for name in listening if name in known):
            return
        for name in (name for name in listening if name in known):
            while await self._storage.write(self._take, name):
                continue

    def _listening(self) -> list[ReadTrigger]:
        """Return triggers of events; one that is off reads on too, so that it takes up nothing old when it is on."""
        every = self._files.last().triggers.values()
        return [read for read in every if read.trigger.kind is TriggerKind.EVENT]

    def _take(self, connection: Connection, name: str) -> bool:
        """Take some for one trigger, with how far was read in the same transaction; tell whether there may be more."""
        state = trigger_states.get(connection, name)
        if state is None:
            return False
        cursor = state.memory.get(_CURSOR)
        if not isinstance(cursor, int):  # a new trigger listens from now on
            self._remember(connection, name, events.last(connection))
            return False
        found = events.after(connection, cursor, limit=_AT_ONCE)
        for event in found:
            if not self._is_own_echo(connection, event):
                self._arrive(connection, name, event)
        if found:
            self._remember(connection, name, found[-1].seq)
        return len(found) == _AT_ONCE

    def _arrive(self, connection: Connection, name: str, event: Event) -> None:
        data = {**encode(event), "at": event.at.isoformat()}
        arrival = self._arrivals.prepared(TriggerKind.EVENT, event.kind, f"event {event.seq}", data)
        self._arrivals.take(connection, arrival, name)

    def _is_own_echo(self, connection: Connection, event: Event) -> bool:
        if event.kind.startswith("trigger.") or str(event.actor).startswith("trigger-"):
            return True
        cause = occurrences.of_run(connection, RunId(event.subject))
        read = self._files.last().triggers.get(cause.trigger) if cause is not None else None
        return read is not None and read.trigger.kind is TriggerKind.EVENT

    def _remember(self, connection: Connection, name: str, cursor: int) -> None:
        state = trigger_states.get(connection, name)
        if state is not None:
            trigger_states.put(connection, replace(state, memory={**state.memory, _CURSOR: cursor}))
