"""One looker for all open tabs: it looks cheaply whether anything happened, and only then at each topic, once.

It runs while somebody listens. A tab is told names of topics, never what was seen. Whoever holds other rights may see
another answer, so a topic is looked at once for each set of rights, on behalf of a session that still holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from steward.core.routes import Caller
from steward.model.access import Right
from steward.surfaces.web.site import Mark, Site
from steward.surfaces.web.topics import TOPICS, Look, look

_LOOK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0
"""A comment goes out every so often, so that proxies and phones keep the connection."""
_JUST_NOW_SECONDS = 3.0
"""What changed so short before a tab came may have changed after its page was made: it is told.

So is everything when something happened since: the page says how far things were when it was asked for.
"""
_log = logging.getLogger("steward.live")


@dataclass(frozen=True)
class _Key:
    """One topic as one set of rights sees it."""

    name: str
    value: str
    rights: frozenset[Right]


@dataclass(eq=False)
class _Tab:
    """One open stream."""

    caller: Caller
    keys: frozenset[_Key]
    since: str
    pending: set[str] = field(default_factory=set[str])
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, name: str) -> None:
        self.pending.add(name)
        self.woken.set()


@dataclass
class _Seen:
    """What was seen of a topic last."""

    digest: str
    looked: float
    changed: float


class Hub:
    """Tells every tab which of its topics changed."""

    def __init__(self, *, site: Site, mark: Mark) -> None:
        self._site = site
        self._mark = mark
        self._tabs: set[_Tab] = set()
        self._late: set[_Tab] = set()
        self._seen: dict[_Key, _Seen] = {}
        self._task: asyncio.Task[None] | None = None
        self._new = asyncio.Event()

    async def listen(self, caller: Caller, topics: frozenset[tuple[str, str]], since: str) -> AsyncIterator[str]:
        """Give the lines of one tab's stream until it is closed; its page was made when things stood at `since`."""
        rights = frozenset(caller.known.rights)
        keys = frozenset(_Key(name, value, rights) for name, value in topics)
        tab = _Tab(caller=caller, keys=keys, since=since)
        self._join(tab)
        try:
            yield "retry: 2000\n: hello\n\n"
            while True:
                try:
                    await asyncio.wait_for(tab.woken.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                names, tab.pending = sorted(tab.pending), set()
                tab.woken.clear()
                yield "".join(f"event: {name}\ndata: changed\n\n" for name in names)
        finally:
            self._tabs.discard(tab)

    def _join(self, tab: _Tab) -> None:
        now = asyncio.get_running_loop().time()
        for key in tab.keys:
            seen = self._seen.get(key)
            if seen is not None and now - seen.changed < _JUST_NOW_SECONDS:
                tab.tell(key.name)
        self._tabs.add(tab)
        self._late.add(tab)
        self._new.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Look until nobody listens any more; a look that breaks down is said and tried again."""
        mark = ""
        while self._tabs:
            try:
                late = frozenset(self._late)
                before, mark = mark, await self._mark()
                try:
                    await self._look(has_happened=mark != before)
                finally:
                    await self._tell_late(late)
            except Exception:  # noqa: BLE001 - else every tab would show old things and none would say so
                _log.exception("could not look whether anything changed")
            self._new.clear()
            try:
                await asyncio.wait_for(self._new.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue
        self._seen.clear()

    async def _tell_late(self, late: frozenset[_Tab]) -> None:
        """Tell the tabs that came just now, when something happened between their page and the end of their first look.

        The mark is taken after that look: what happened during it was seen already, and would be no news to the next.
        """
        mark = await self._mark() if late else ""
        for tab in late & self._tabs:
            for key in tab.keys if tab.since not in {"", mark} else ():
                tab.tell(key.name)
        self._late -= late

    async def _look(self, *, has_happened: bool) -> None:
        """Look at each topic that is due, and tell those who listen to it."""
        listening: dict[_Key, list[_Tab]] = {}
        for tab in tuple(self._tabs):
            for key in tab.keys:
                listening.setdefault(key, []).append(tab)
        self._seen = {key: seen for key, seen in self._seen.items() if key in listening}
        for key, tabs in listening.items():
            now, topic = asyncio.get_running_loop().time(), TOPICS[key.name]
            seen, is_prompted = self._seen.get(key), has_happened and topic.is_prompt
            if seen is not None and not is_prompted and now - seen.looked < topic.every_seconds:
                continue
            caller = await _who_may_ask(tabs)
            if caller is not None:
                self._compare(key, await look(self._site, caller, key.name, key.value), now)

    def _compare(self, key: _Key, found: Look, now: float) -> None:
        seen = self._seen.get(key)
        is_news = found.has_log if seen is None else seen.digest != found.digest  # what is printed leaves no mark
        before = seen.changed if seen else float("-inf")
        self._seen[key] = _Seen(digest=found.digest, looked=now, changed=now if is_news else before)
        for tab in self._tabs if is_news else ():
            if key in tab.keys:
                tab.tell(key.name)


async def _who_may_ask(tabs: list[_Tab]) -> Caller | None:
    """Return one of them whose credential still holds."""
    for tab in tabs:
        if tab.caller.is_live is None or await tab.caller.is_live():
            return tab.caller
    return None
