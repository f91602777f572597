"""Starts claimed occurrences, a few at a time, so that a slow machine keeps none of the others waiting.

Between a claim and its run nothing is kept: the run, its plan and the link to the occurrence commit in one
transaction, which fails when the claim was lost. A crash anywhere therefore loses nothing and doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from steward.core.storage import Storage
from steward.core.wishes import Claim
from steward.core.work_starting import Begun, StartWork, kind_of, order_of
from steward.lib.text import visible_line
from steward.model.errors import Conflict, Denied, InvalidInput, NotAllowed, StewardError, TryLater
from steward.model.trigger import Occurrence, OccurrenceState, Starts, Trigger, TriggerKind
from steward.ports.clock import Clock
from steward.reactor.telling import Telling
from steward.store import occurrences
from steward.store.database import Connection

_log = logging.getLogger("steward.triggers")
MOST_AT_ONCE = 16
"""Occurrences that are being started at one time; the others keep their turn."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 120.0
_LONGEST_REASON = 300


class Launcher:
    """Starts what was claimed, and writes down what came of it."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        works: Mapping[str, StartWork],
        telling: Telling,
        reached: Callable[[str], None],
    ) -> None:
        """`works` has what starts a `command`, a `workflow` and a `goal`."""
        self._storage = storage
        self._clock = clock
        self._works = works
        self._telling = telling
        self._reached = reached
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pauses: dict[str, tuple[float, float]] = {}

    @property
    def under_way(self) -> frozenset[str]:
        """Occurrences that are being started here."""
        return frozenset(self._tasks)

    @property
    def room(self) -> int:
        """How many more may be started now."""
        return max(0, MOST_AT_ONCE - len(self._tasks))

    def may_try(self, row: Occurrence) -> bool:
        """Tell whether a row that could not be started is due for its next try."""
        return self._pauses.get(row.id, (0.0, 0.0))[0] <= self._clock.monotonic()

    def launch(self, trigger: Trigger, row: Occurrence, by: str) -> None:
        """Start a claimed row beside everything else."""
        task = asyncio.get_running_loop().create_task(self._run(trigger, row, by))
        self._tasks[row.id] = task
        task.add_done_callback(lambda _done: self._tasks.pop(row.id, None))

    async def settled(self) -> None:
        """Wait until nothing is being started; what a try broke with is raised."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Give up what is being started; its claims are taken over."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, trigger: Trigger, row: Occurrence, by: str) -> None:
        try:
            await self._start(trigger, row, by)
            self._pauses.pop(row.id, None)
        except TryLater as error:  # a store that does not answer; the claim is taken over later
            _log.warning("%s: what came of %s is not written yet: %s", trigger.name, row.id, error)

    async def _start(self, trigger: Trigger, row: Occurrence, by: str) -> None:
        self._reached("trigger.start.before")
        if trigger.starts is None:
            await self._watched(trigger, row, by)
            return
        try:
            begun = await self._begin(trigger, trigger.starts, row, by)
        except (TryLater, Conflict) as error:
            await self._again(trigger, row, by, str(error))
        except (Denied, NotAllowed) as error:
            await self._end(row, by, OccurrenceState.REFUSED, str(error))
        except StewardError as error:
            await self._end(row, by, OccurrenceState.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - our mistake ends one occurrence, with a reason, and no other
            _log.exception("%s could not be started", trigger.name)
            await self._end(row, by, OccurrenceState.FAILED, f"a mistake in Steward: {type(error).__name__}")
        else:
            self._reached("trigger.start.after")
            if begun.is_in_vain:
                await self._end(row, by, OccurrenceState.FAILED, begun.says)
                return
            await self._settle(trigger, row, by, begun)

    async def _watched(self, trigger: Trigger, row: Occurrence, by: str) -> None:
        """End a row of a trigger that starts nothing, with what became of a file that was to be placed."""
        is_file = trigger.kind is TriggerKind.FILES
        placed, trouble = (str(row.event.get(name) or "") if is_file else "" for name in ("placed", "trouble"))
        if trouble:
            await self._end(row, by, OccurrenceState.FAILED, f"{row.event.get('path', '')}: {trouble}")
            return
        says = f"{row.event.get('path', '')} is at {placed}" if placed else "it only watches; it was told"
        await self._settle(trigger, row, by, Begun(says=says))

    async def _begin(self, trigger: Trigger, starts: Starts, row: Occurrence, by: str) -> Begun:
        kind = kind_of(starts)
        work = self._works.get(kind)
        if work is None:
            raise InvalidInput(f"a trigger cannot start a {kind} here", where=trigger.name)
        return await work(order_of(trigger, starts, row, Claim(occurrence=row.id, by=by)))

    async def _settle(self, trigger: Trigger, row: Occurrence, by: str, begun: Begun) -> None:
        """Link a run that was there already, or end what has none."""

        def write(connection: Connection) -> None:
            now = self._clock.now()
            if begun.run is not None:
                occurrences.begin(connection, row.id, by=by, run=begun.run, at=now, is_asked=begun.is_asked)
                return
            held = occurrences.get(connection, row.id)
            if held is None or held.claimed_by != by or held.state is not OccurrenceState.CLAIMED:
                return
            reason = visible_line(begun.says or "done")[:_LONGEST_REASON]
            occurrences.move(connection, held, to=OccurrenceState.ENDED, at=now, reason=reason)
            self._telling.recovered(connection, trigger.name)

        await self._storage.write(write)

    async def _again(self, trigger: Trigger, row: Occurrence, by: str, why: str) -> None:
        """Give a row back to be tried again, or end it when that has gone on for too long."""
        claimed = row.claimed or self._clock.now()
        if self._clock.now() - claimed > timedelta(seconds=trigger.start_within_seconds):
            await self._end(row, by, OccurrenceState.FAILED, why)
            return
        _, pause = self._pauses.get(row.id, (0.0, 0.0))
        pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._pauses[row.id] = (self._clock.monotonic() + pause, pause)
        reason = f"tried, and tried again: {visible_line(why)}"[:_LONGEST_REASON]
        await self._storage.write(occurrences.release, row.id, by=by, reason=reason)

    async def _end(self, row: Occurrence, by: str, to: OccurrenceState, why: str) -> None:
        self._pauses.pop(row.id, None)
        reason = visible_line(why)[:_LONGEST_REASON]

        def write(connection: Connection) -> None:
            now = self._clock.now()
            held = occurrences.get(connection, row.id)
            if held is not None and held.claimed_by == by and held.state is OccurrenceState.CLAIMED:
                occurrences.move(connection, held, to=to, at=now, reason=reason)
                self._telling.failed(connection, held, f"{to.value}: {reason}", now)

        await self._storage.write(write)
