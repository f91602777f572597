"""The clock of Steward: what is due becomes a row, a row is claimed once, what is claimed is started and followed.

    due ──> row, with how far was looked, in one transaction ──> claim ──> plan, run and link in one transaction
        ──> followed to its end ──> result and reason

A tick may end anywhere, in any process: the next one goes on from what is written. A brake keeps rows due; when it
is lifted, the policy for missed ones says what becomes of them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from steward.core.brakes import Brakes
from steward.core.schedules import upcoming
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.lib.io.ids import new_id
from steward.model.brake import Brake
from steward.model.run import RunState
from steward.model.trigger import Occurrence, OccurrenceState, Trigger, TriggerKind
from steward.ports.clock import Clock
from steward.reactor.choosing import Choice, Chosen, choose
from steward.reactor.due import begin_or_read, drop_waiting, note_due
from steward.reactor.launching import Launcher
from steward.reactor.telling import Telling, why_late
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

_READ_SECONDS = 5.0
_TAKEN_OVER = timedelta(minutes=10)
"""A claim of another process that led to nothing for so long is taken over."""
_TO_CHOOSE = (OccurrenceState.DUE, OccurrenceState.CLAIMED)
_NO_JOB = frozenset({RunState.DENIED, RunState.EXPIRED, RunState.STALE, RunState.CANCELLED})
KEPT = 200
"""Settled occurrences of each trigger that are always kept."""
KEPT_FOR = timedelta(days=90)
"""How long the others are."""
MOST_KEPT = 20_000
"""Most settled ones of each trigger, however new: a broker may tell of one a second."""


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """What is remembered of a trigger between ticks; lost at a restart, and worked out again."""

    digest: str
    next_due: datetime | None


class Scheduler:
    """Starts what triggers start."""

    def __init__(  # noqa: PLR0913 - the ports of the clock
        self,
        *,
        storage: Storage,
        files: TriggerFiles,
        brakes: Brakes,
        launcher: Launcher,
        telling: Telling,
        clock: Clock,
        worker: str,
        zone: str,
        reached: Callable[[str], None],
    ) -> None:
        """`worker` names this process, the same after a restart; `zone` counts where a schedule names none."""
        self._storage = storage
        self._files = files
        self._brakes = brakes
        self._launcher = launcher
        self._telling = telling
        self._clock = clock
        self._worker = worker
        self._zone = zone
        self._reached = reached
        self._watched: dict[str, _Watched] = {}
        self._read_at = float("-inf")
        self._seen_at: datetime | None = None

    async def tick(self) -> None:
        """Look once: what is due, what can begin, what has ended."""
        triggers = await self._triggers()
        now = self._clock.now()
        await self._note(triggers, now)
        await self._follow(triggers, now)
        if (await self._brakes.state()).brake is Brake.NONE:
            await self._begin(triggers, now)

    async def settled(self) -> None:
        """Wait until nothing is being started."""
        await self._launcher.settled()

    async def close(self) -> None:
        """Give up what is being started."""
        await self._launcher.close()

    async def tidy(self) -> int:
        """Forget old occurrences; the newest of each trigger stay. Return how many."""
        before = self._clock.now() - KEPT_FOR
        return await self._storage.write(occurrences.prune, keep=KEPT, before=before, most=MOST_KEPT)

    async def _triggers(self) -> Mapping[str, ReadTrigger]:
        if self._clock.monotonic() - self._read_at >= _READ_SECONDS:
            seen = await asyncio.to_thread(self._files.look)
            self._read_at = self._clock.monotonic()
            return seen.triggers
        return self._files.last().triggers

    async def _note(self, triggers: Mapping[str, ReadTrigger], now: datetime) -> None:
        """Write what became due, for triggers that are due, new or changed, all in one transaction."""
        if self._seen_at is not None and now < self._seen_at:  # the clock went back: look at each anew
            self._watched.clear()
        self._seen_at = now
        known = set(self._watched) or set(await self._storage.read(trigger_states.listing))
        gone = [name for name in known if name not in triggers]
        chosen = [read for name, read in triggers.items() if self._is_to_be_noted(name, read, now)]
        if not chosen and not gone:
            return
        self._reached("trigger.note.before")
        seen = await self._storage.write(self._write_due, chosen, gone, now)
        self._reached("trigger.note.after")
        for name in gone:
            self._watched.pop(name, None)
        for read in chosen:
            after = max(now, seen[read.trigger.name])
            self._watched[read.trigger.name] = _Watched(digest=read.digest, next_due=self._next(read.trigger, after))

    def _is_to_be_noted(self, name: str, read: ReadTrigger, now: datetime) -> bool:
        watched = self._watched.get(name)
        if watched is None or watched.digest != read.digest:
            return True
        return watched.next_due is not None and watched.next_due <= now

    def _next(self, trigger: Trigger, after: datetime) -> datetime | None:
        if trigger.kind is not TriggerKind.SCHEDULE or trigger.schedule is None or not trigger.is_on:
            return None
        return next(upcoming(trigger.schedule, after, self._zone, name=trigger.name), None)

    def _write_due(
        self, connection: Connection, chosen: list[ReadTrigger], gone: list[str], now: datetime
    ) -> dict[str, datetime]:
        """Write rows and how far was looked; return that of each."""
        for name in gone:
            drop_waiting(connection, name, now, "its trigger is not in force any more")
            trigger_states.begin_anew(connection, name)
        for read in chosen:
            added = note_due(connection, read, now, self._zone)
            for row in added:
                if row.state is OccurrenceState.MISSED:
                    self._telling.late(connection, replace(row, is_late=False), row.reason, now)
        return {read.trigger.name: begin_or_read(connection, read, now)[0].seen_until for read in chosen}

    async def _follow(self, triggers: Mapping[str, ReadTrigger], now: datetime) -> None:
        """Let occurrences follow their runs, and tell which have not ended in time."""
        moved = await self._storage.read(occurrences.moved_on)
        if moved:
            await self._storage.write(self._write_moved, triggers, now)
        begun = await self._storage.read(occurrences.open_ones, states=(OccurrenceState.STARTED, OccurrenceState.ASKED))
        late = self._late(triggers, begun, now)
        if late:
            await self._storage.write(self._write_late, late, now)

    def _write_moved(self, connection: Connection, triggers: Mapping[str, ReadTrigger], now: datetime) -> None:
        for row, state, why in occurrences.moved_on(connection):
            reason = why or f"its run is {state.value}"
            if row.state is OccurrenceState.ASKED and state in _NO_JOB:
                to, result = OccurrenceState.REFUSED, state.value
            elif row.state is OccurrenceState.ASKED:
                occurrences.move(connection, row, to=OccurrenceState.STARTED, at=now, reason="")
                continue
            else:
                to, result = OccurrenceState.ENDED, state.value
            if occurrences.move(connection, row, to=to, at=now, reason=reason, result=result):
                read = triggers.get(row.trigger)
                ended = replace(row, ended=now)
                self._telling.ended(connection, read.trigger if read else None, ended, result, f"{result}: {reason}")

    def _late(
        self, triggers: Mapping[str, ReadTrigger], rows: tuple[Occurrence, ...], now: datetime
    ) -> list[tuple[Occurrence, str]]:
        known = [(row, triggers.get(row.trigger)) for row in rows if not row.is_late]
        late = [(row, why_late(read.trigger, row, now)) for row, read in known if read is not None]
        return [(row, why) for row, why in late if why]

    def _write_late(self, connection: Connection, late: list[tuple[Occurrence, str]], now: datetime) -> None:
        """Tell of the newest of each trigger; the others of it are marked and told with it."""
        newest = {row.trigger: row.id for row, _ in late}
        for row, why in late:
            if row.id == newest[row.trigger]:
                self._telling.late(connection, row, why, now)
            else:
                occurrences.tell_late(connection, row.id)

    async def _begin(self, triggers: Mapping[str, ReadTrigger], now: datetime) -> None:
        """Claim what may begin and start it; settle what may not."""
        waiting = await self._storage.read(occurrences.open_ones, states=_TO_CHOOSE)
        if not any(self._is_to_be_chosen(row, now) for row in waiting):
            return
        self._reached("trigger.claim.before")
        claimed = await self._storage.write(self._write_choices, triggers, now)
        self._reached("trigger.claim.after")
        for row in claimed:
            self._launcher.launch(triggers[row.trigger].trigger, row, row.claimed_by)

    def _is_to_be_chosen(self, row: Occurrence, now: datetime) -> bool:
        if row.state is OccurrenceState.DUE:
            return self._launcher.may_try(row)
        return self._is_left_behind(row, now)

    def _is_left_behind(self, row: Occurrence, now: datetime) -> bool:
        """Tell whether nobody starts a claimed row any more: an earlier life of this process, or another one."""
        if row.state is not OccurrenceState.CLAIMED or row.id in self._launcher.under_way:
            return False
        is_ours = row.claimed_by.rpartition("#")[0] == self._worker
        return is_ours or row.claimed is None or now - row.claimed > _TAKEN_OVER

    def _write_choices(
        self, connection: Connection, triggers: Mapping[str, ReadTrigger], now: datetime
    ) -> list[Occurrence]:
        """Take over, choose and claim in one transaction; return what was claimed, as it now stands."""
        for row in occurrences.open_ones(connection, states=(OccurrenceState.CLAIMED,)):
            if self._is_left_behind(row, now):
                reason = "Steward ended while it was starting; it is tried again"
                occurrences.release(connection, row.id, by=row.claimed_by, reason=reason)
        by_trigger: dict[str, list[Occurrence]] = defaultdict(list)
        for row in occurrences.open_ones(connection):
            by_trigger[row.trigger].append(row)
        room = self._launcher.room
        claimed: list[Occurrence] = []
        states = trigger_states.listing(connection)
        for name, rows in by_trigger.items():
            read, state = triggers.get(name), states.get(name)
            if read is None:
                drop_waiting(connection, name, now, "its trigger is not in force any more")
                continue
            if state is not None and state.paused is not None:  # what waited before the pause is left out with the rest
                drop_waiting(connection, name, now, f"the trigger is paused by {state.paused_by}")
                continue
            self._write_late(
                connection, self._late(triggers, tuple(r for r in rows if r.state in _TO_CHOOSE), now), now
            )
            for chosen in choose(read.trigger, rows, now):
                if chosen.choice is not Choice.BEGIN:
                    self._settle(connection, chosen, now)
                elif len(claimed) < room and self._launcher.may_try(chosen.row):
                    claimed += self._claim(connection, chosen, now)
        return claimed

    def _settle(self, connection: Connection, chosen: Chosen, now: datetime) -> None:
        row = chosen.row
        if chosen.choice is Choice.WAIT:
            if row.reason != chosen.reason:
                occurrences.note(connection, row, reason=chosen.reason)
            return
        is_told = chosen.to in (OccurrenceState.MISSED, OccurrenceState.ASKED)
        if occurrences.move(connection, row, to=chosen.to, at=now, reason=chosen.reason) and is_told:
            self._telling.late(connection, row, chosen.reason, now)

    def _claim(self, connection: Connection, chosen: Chosen, now: datetime) -> list[Occurrence]:
        by = f"{self._worker}#{new_id('claim')}"
        if not occurrences.claim(connection, chosen.row.id, by=by, at=now):
            return []
        claimed = chosen.row.claimed or now
        return [replace(chosen.row, state=OccurrenceState.CLAIMED, claimed_by=by, claimed=claimed)]
