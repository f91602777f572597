"""Follow the files of one folder: a watcher of the kernel wakes, a look at the folder tells."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]

from steward.adapters.event_sources.files.listing import listed
from steward.adapters.event_sources.files.placing import NotPlaced, Placing, place
from steward.lib.canonical import digest
from steward.lib.text import visible_line
from steward.model.errors import NeedsPerson
from steward.model.file_states import FileEvent, FileStates, remembered, stamps, written
from steward.model.news import News
from steward.model.watches import FileChange, FileWatch
from steward.ports.event_source import Surroundings, Tell

_WAKE_MILLISECONDS = 1000
_LOOK_SECONDS = 60.0
"""How often the folder is looked at when nothing wakes: network filesystems wake nobody."""
_ABSENT_SECONDS = 5.0
_PLACING = "placing"
_PLACED = frozenset({FileChange.CREATED, FileChange.CHANGED})


class FileSource:
    """Implements `ports.event_source.EventSource`."""

    def __init__(self, watch: FileWatch, surroundings: Surroundings) -> None:
        self._watch = watch
        self._clock = surroundings.clock
        self._may_act = surroundings.may_act
        self._own = surroundings.own_folders
        self._target = watch.move_to or watch.copy_to

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Tell of every file that settled."""
        await asyncio.to_thread(self._refuse_own)
        states = remembered(memory)
        states = await self._finish(memory, states, tell)
        if states.has_begun:
            await tell((), states.memory())
        while True:
            states = await self._look(states, tell)
            if await asyncio.to_thread(Path(self._watch.folder).is_dir):
                states = await self._follow_folder(states, tell)
            await self._clock.sleep(_ABSENT_SECONDS)

    async def _follow_folder(self, states: FileStates, tell: Tell) -> FileStates:
        """Look whenever something wakes, something is pending, or a while has passed; until the folder is another."""
        folder = Path(self._watch.folder)
        inode = await asyncio.to_thread(_inode, folder)
        looked = -_LOOK_SECONDS  # what came between the last look and the begin of watching is looked for at once
        changes = awatch(
            folder,
            watch_filter=None,
            recursive=self._watch.recursive,
            debounce=400,
            rust_timeout=_WAKE_MILLISECONDS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        async with aclosing(changes):
            async for woken in changes:
                now = self._clock.monotonic()
                if woken or states.pending or looked < 0 or now - looked >= _LOOK_SECONDS:
                    states, looked = await self._look(states, tell), now
                if await asyncio.to_thread(_inode, folder) != inode:
                    break
        return states

    async def _look(self, states: FileStates, tell: Tell) -> FileStates:
        """Look once and tell what settled; a folder that is not there changes nothing."""
        found = await asyncio.to_thread(listed, self._watch)
        if found is None:
            if not states.has_begun:
                states = states.begun({})
                await tell((), states.memory())
            return states
        if not states.has_begun and not self._watch.has_older:
            states = states.begun(found)
            await tell((), states.memory())
            return states
        now = self._clock.now().timestamp()
        events, after = states.settled(found, now=now, settle_seconds=self._watch.settle_seconds)
        if not events:
            return after
        return await self._tell([event for event in events if event.change in self._watch.events], after, tell)

    async def _tell(self, events: Sequence[FileEvent], states: FileStates, tell: Tell) -> FileStates:
        """Tell events with what to remember; files that are to be placed are written down first, then placed."""
        placed = [event for event in events if self._placing(event) is not None]
        if placed:
            await self._may_act()
        others = [await self._news_of(event, is_again=False) for event in events if event not in placed]
        if not placed:
            await tell(others, states.memory())
            return states
        on_the_way = {event.path: written(event.stamp) for event in placed}
        await tell(others, {**states.memory(), _PLACING: on_the_way})
        return await self._place(placed, states, tell, is_again=False)

    async def _place(
        self, events: Sequence[FileEvent], states: FileStates, tell: Tell, *, is_again: bool
    ) -> FileStates:
        """Place files that are written down; a brake is asked before each, and leaves the others for later."""
        news: list[News] = []
        for event in events:
            await self._may_act()
            news.append(await self._news_of(event, is_again=is_again))
        states = self._after(events, news, states)
        await tell(news, states.memory())
        return states

    def _after(self, events: Sequence[FileEvent], news: Sequence[News], states: FileStates) -> FileStates:
        """Forget what was moved away: that it is gone is no news."""
        if not self._watch.move_to:
            return states
        return states.without(event.path for event, one in zip(events, news, strict=True) if one.data["placed"])

    async def _finish(self, memory: Mapping[str, Any], states: FileStates, tell: Tell) -> FileStates:
        """Place and tell what was written down before a crash."""
        found = stamps(memory.get(_PLACING)) if self._target else ()
        on_the_way = [
            FileEvent(change=FileChange.CREATED, path=path, stamp=stamp, times=states.times(stamp))
            for path, stamp in found
        ]
        if not on_the_way:
            return states
        return await self._place(on_the_way, states, tell, is_again=True)

    def _placing(self, event: FileEvent) -> Placing | None:
        if not self._target or event.change not in _PLACED:
            return None
        return Placing(
            folder=self._watch.folder,
            path=event.path,
            stamp=event.stamp,
            target=self._target,
            is_move=bool(self._watch.move_to),
        )

    async def _news_of(self, event: FileEvent, *, is_again: bool) -> News:
        folder = self._watch.folder.rstrip("/")
        data: dict[str, Any] = {
            "change": event.change.value,
            "path": f"{folder}/{event.path}",
            "name": event.path.rpartition("/")[2],
            "bytes": event.stamp[0],
            "before": f"{folder}/{event.before}" if event.before else "",
            "placed": "",
            "trouble": "",
        }
        placing, did = self._placing(event), ""
        if placing is not None:
            try:
                await asyncio.to_thread(place, placing, is_again=is_again)
                data["placed"] = f"{self._target.rstrip('/')}/{placing.name}"
                did = f"{'moved' if placing.is_move else 'copied'} {data['path']} to {data['placed']}"
            except NotPlaced as reason:
                data["trouble"] = f"not placed in {self._target}: {reason}"
        says = f"{event.change.value}: {data['path']}" + (f" ({data['trouble']})" if data["trouble"] else "")
        # what is placed was created or changed; after a crash nobody knows which any more
        kind = "placed" if placing is not None else event.change.value
        return News(event_id=_event_id(kind, event), says=visible_line(says), data=data, did=visible_line(did))

    def _refuse_own(self) -> None:
        """Refuse to place into or out of folders of Steward's own, whatever links lead there."""
        if not self._target:
            return
        for folder in (self._watch.folder, self._target):
            real = Path(folder).resolve()
            for own in (Path(each).resolve() for each in self._own):
                if real.is_relative_to(own) or own.is_relative_to(real):
                    step = "name another folder"
                    raise NeedsPerson("Steward's own folders are left alone", where=folder, next_step=step)


def _inode(folder: Path) -> tuple[int, int] | None:
    try:
        seen = folder.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _event_id(kind: str, event: FileEvent) -> str:
    times = [event.times] if event.times else []
    return digest([kind, event.path, event.before, written(event.stamp), *times], domain="steward-file-event-v1")[:32]
