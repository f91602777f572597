"""Follow whatever triggers watch outside: a task for each, restarted when its file changes, begun again when it fails.

    source tells news + what to remember ──> one transaction: occurrences and memory

What a source could not do is told once, when it begins and when it is over, and tried again later and later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from steward.core.arrivals import Arrivals
from steward.core.audit import Audit
from steward.core.events import Events
from steward.core.storage import Storage
from steward.core.trigger_files import ReadTrigger, TriggerFiles, mark_of, path_of
from steward.lib.text import plural, visible_line
from steward.model.errors import NeedsPerson, StewardError
from steward.model.ids import PrincipalId
from steward.model.news import News
from steward.model.principal import Principal, PrincipalKind
from steward.model.trigger import Trigger, TriggerKind, TriggerState
from steward.model.watches import why_let
from steward.ports.clock import Clock
from steward.ports.event_source import EventSource
from steward.store import trigger_states
from steward.store.database import Connection

BuildSource = Callable[[Any, str], EventSource]
"""Builds what follows a trigger, from the record of its kind and its name."""
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 300.0
_LONGEST_TROUBLE = 400
_log = logging.getLogger("steward.watching")


@dataclass(frozen=True, kw_only=True)
class _Followed:
    """One trigger that is followed."""

    mark: str
    """What it watches, and what a person let or allowed of it."""
    task: asyncio.Task[None]
    """Follows it."""


class Watching:
    """Keeps a follower for each trigger that watches."""

    def __init__(  # noqa: PLR0913 - what it reads, where it keeps, what it follows
        self,
        *,
        files: TriggerFiles,
        arrivals: Arrivals,
        storage: Storage,
        events: Events,
        audit: Audit,
        clock: Clock,
        sources: Mapping[TriggerKind, BuildSource],
    ) -> None:
        self._files = files
        self._arrivals = arrivals
        self._storage = storage
        self._events = events
        self._audit = audit
        self._clock = clock
        self._sources = sources
        self._followed: dict[str, _Followed] = {}

    async def tick(self) -> None:
        """Follow what is watched now, and nothing else: what is off, paused or gone is left alone."""
        wanted = await self._wanted()
        for name, followed in list(self._followed.items()):
            if name not in wanted or followed.mark != wanted[name][1]:
                del self._followed[name]
                await _ended(followed.task)
        for name, (read, mark) in wanted.items():
            if name not in self._followed:
                task = asyncio.create_task(self._follow(read), name=f"watching {name}")
                self._followed[name] = _Followed(mark=mark, task=task)

    async def close(self) -> None:
        """Follow nothing any more."""
        followed, self._followed = list(self._followed.values()), {}
        for each in followed:
            await _ended(each.task)

    async def _wanted(self) -> dict[str, tuple[ReadTrigger, str]]:
        """Return what is to be followed, each with what it is followed by: another one begins again."""
        found = await asyncio.to_thread(self._files.look)
        watches = {
            name: read
            for name, read in found.triggers.items()
            if read.trigger.kind in self._sources and read.trigger.is_on
        }
        states = await self._storage.read(trigger_states.of, watches)
        return {
            name: (read, _followed_by(read, states.get(name)))
            for name, read in watches.items()
            if name not in states or states[name].paused is None
        }

    async def _follow(self, read: ReadTrigger) -> None:
        """Follow one trigger until cancelled; whatever goes wrong is told once and tried again."""
        trigger, failures, kept = read.trigger, 0, dict[str, Any]()

        async def tell(news: Sequence[News], memory: Mapping[str, Any]) -> None:
            nonlocal failures, is_well, kept
            if news or not is_well or kept != memory:
                await self._keep(trigger, news, memory)
            failures, is_well, kept = 0, True, dict(memory)

        while True:
            is_well = False
            try:
                memory = await self._begun(read)
                _, watch = self._files.source_of(trigger)
                await self._demand_let(trigger, watch)
                await self._sources[trigger.kind](watch, trigger.name).follow(memory, tell)
                why = "it ended by itself"
            except StewardError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - a mistake in one source ends no other; logged, and told
                _log.exception("%s cannot be followed", trigger.name)
                why = f"a mistake: {type(error).__name__}; see Steward's log"
            failures += 1
            await self._note_failure(trigger, why, failures)
            await self._clock.sleep(min(_FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_PAUSE_SECONDS))

    async def _demand_let(self, trigger: Trigger, watch: object) -> None:
        """Refuse what a person who governs did not let it do: whoever can write its file may be an agent."""
        why = why_let(watch)
        state = await self._storage.read(trigger_states.get, trigger.name) if why else None
        if why and (state is None or state.let != mark_of(trigger)):
            step = f"`steward trigger add {path_of(trigger.name)}`, from the workspace"
            raise NeedsPerson(f"{why}, and nobody let it", next_step=step)

    async def _begun(self, read: ReadTrigger) -> Mapping[str, Any]:
        """Return what the source remembers; what is watched otherwise than before begins anew."""
        return await self._storage.write(self._memory, read)

    def _memory(self, connection: Connection, read: ReadTrigger) -> Mapping[str, Any]:
        name, mark = read.trigger.name, mark_of(read.trigger)
        state = trigger_states.get(connection, name)
        if state is None:
            state = TriggerState(name=name, digest=read.digest, seen_until=self._clock.now(), memory={})
            trigger_states.put(connection, state)
        held: Any = state.memory.get("held")
        is_same = state.memory.get("watch") == mark and isinstance(held, dict)
        return cast("Mapping[str, Any]", held) if is_same else {}

    async def _keep(self, trigger: Trigger, news: Sequence[News], memory: Mapping[str, Any]) -> None:
        """Keep what arrived and what to remember in one transaction."""
        prepare = self._arrivals.prepared
        ready = [
            await asyncio.to_thread(prepare, trigger.kind, trigger.name, one.event_id, {**one.data, "says": one.says})
            for one in news
        ]

        def write(connection: Connection) -> None:
            for one, arrival in zip(news, ready, strict=True):
                self._arrivals.take(connection, arrival, trigger.name)
                if one.did:
                    self._audit.append(
                        connection, kind="trigger.did", actor=_actor(trigger), subject=trigger.name, payload=one.did
                    )
            trigger_states.remember(connection, trigger.name, {"watch": mark_of(trigger), "held": dict(memory)})
            if trigger_states.recover(connection, trigger.name):
                data = {"text": f"{trigger.name} is followed again"}
                self._events.add(connection, "trigger.recovered", trigger.name, actor=_actor(trigger).id, data=data)

        await self._storage.write(write)

    async def _note_failure(self, trigger: Trigger, why: str, failures: int) -> None:
        text = visible_line(self._events.masked(why))[:_LONGEST_TROUBLE]
        counted = text if failures == 1 else f"{text} ({plural(failures, 'time')} so far)"

        def write(connection: Connection) -> None:
            if trigger_states.trouble(connection, trigger.name, why=counted, at=self._clock.now()):
                data = {"text": f"{trigger.name} cannot be followed: {text}"}
                self._events.add(connection, "trigger.trouble", trigger.name, actor=_actor(trigger).id, data=data)

        try:
            await self._storage.write(write)
        except StewardError as error:
            _log.warning("%s is in trouble, and that cannot be kept: %s", trigger.name, error)


def _followed_by(read: ReadTrigger, state: TriggerState | None) -> str:
    """Return a text that changes with what is watched, and with what a person let of it."""
    return f"{mark_of(read.trigger)} {state.let if state else ''}"


def _actor(trigger: Trigger) -> Principal:
    return Principal(
        id=PrincipalId(f"trigger-{trigger.name}"), kind=PrincipalKind.ALERT, name=trigger.name, channel="internal"
    )


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
