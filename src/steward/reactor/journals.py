"""Follow a machine's journal by its cursor: what was written while nobody read it is found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from steward.knowhow.journal_lines import MOST_LINES, JournalLine, fitting, newest, parse, reading
from steward.lib.canonical import digest
from steward.lib.text import plural, visible_line
from steward.model.errors import TryLater
from steward.model.fact import FactUnavailable, Reading
from steward.model.machine import Machine
from steward.model.news import News
from steward.model.watches import JournalWatch
from steward.ports.event_source import Tell
from steward.reactor.looking import Eyes

_MOST_READINGS = 4
"""Readings without a pause; a journal that is written faster than this is read behind its time."""


class JournalSource:
    """Implements `ports.event_source.EventSource` for a machine's journal."""

    def __init__(self, watch: JournalWatch, eyes: Eyes) -> None:
        self._watch = watch
        self._eyes = eyes

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Read on, tell what fits, wait."""
        cursor, since = str(memory.get("cursor", "")), memory.get("since")
        if not cursor and not isinstance(since, int):
            since = int(self._eyes.clock.now().timestamp())
            found = await self._read(newest())
            cursor = found[-1].cursor if found else ""
        begin = since if isinstance(since, int) else 0
        await tell((), {"cursor": cursor, "since": begin})
        while True:
            for _ in range(_MOST_READINGS):
                found = await self._read(reading(self._watch, cursor=cursor, since=begin))
                cursor = found[-1].cursor if found else cursor
                await tell(await asyncio.to_thread(self._news, found), {"cursor": cursor, "since": begin})
                if len(found) < MOST_LINES:
                    break
            await self._eyes.clock.sleep(self._watch.every_seconds)

    async def _read(self, wanted: Reading) -> Sequence[JournalLine]:
        machine: Machine = await asyncio.to_thread(self._eyes.workspace.require, self._watch.machine)
        outputs = await self._eyes.look.outputs(machine, [wanted])
        try:
            return parse(outputs)
        except FactUnavailable as error:
            raise TryLater(str(error), where=machine.name) from error

    def _news(self, found: Sequence[JournalLine]) -> list[News]:
        """Return the lines that fit; of a storm the first ones, the last of them with how many more came."""
        lines = fitting(self._watch, found)
        told = lines[: self._watch.most_at_once]
        more = len(lines) - len(told)
        return [self._line(line, more if line is told[-1] else 0) for line in told]

    def _line(self, line: JournalLine, more: int) -> News:
        machine = self._watch.machine
        data = {
            "machine": machine,
            "unit": line.unit,
            "text": line.text,
            "priority": line.priority,
            "at": line.at.isoformat() if line.at else None,
            "more": more,
        }
        says = f"{machine}: {line.unit}: {line.text[:200]}" + (f", and {plural(more, 'line')} more" if more else "")
        event_id = digest([machine, line.cursor], domain="steward-journal-v1")[:32]
        return News(event_id=event_id, says=visible_line(says), data=data)
