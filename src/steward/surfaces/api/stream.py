"""Streams: each event as it comes, then the result, as lines of JSON or as server-sent events.

    NDJSON  {"event": {...}}        {"result": {...}, "exit_code": 0}    or    {"error": {...}}
    SSE     event: event            event: result                              event: error

What goes wrong before the stream began is answered as any other error; the front door ends a stream whose token or
session was revoked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import Response, StreamingResponse

from steward.core.dispatch import Dispatch
from steward.model.command import Command
from steward.model.errors import StewardError
from steward.model.principal import Principal

NDJSON = "application/x-ndjson"
SSE = "text/event-stream"
_FIRST_SECONDS = 0.25
"""How long a stream waits with its head: what is refused at once is then refused with its own status."""
_QUIET_SECONDS = 15.0
"""Pause after which a comment keeps proxies from closing a quiet stream."""
_AHEAD = 200

Redact = Callable[[Any], Any]


async def streamed(dispatch: Dispatch, actor: Principal, command: Command, redact: Redact, accept: str) -> Response:
    """Begin a command and answer with what it gives.

    Raises:
        StewardError: it was refused before it gave anything.
    """
    is_sse = SSE in accept
    stream = _Stream(redact, is_sse=is_sse)
    await stream.begin(dispatch, actor, command)
    return StreamingResponse(stream.lines(), media_type=SSE if is_sse else NDJSON)


class _Stream:
    """A command that runs, and what it gives meanwhile."""

    def __init__(self, redact: Redact, *, is_sse: bool) -> None:
        self._redact = redact
        self._write = _as_event if is_sse else _as_line
        self._quiet = ":\n\n" if is_sse else "\n"
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_AHEAD)

    async def begin(self, dispatch: Dispatch, actor: Principal, command: Command) -> None:
        """Start it, and wait a moment for its first event or its end."""
        self._work = asyncio.create_task(dispatch(actor, command, emit=self._events.put))
        self._next = asyncio.create_task(self._events.get())
        try:
            await self._wait(_FIRST_SECONDS)
            if self._work.done() and not self._next.done():
                self._work.result()
        except BaseException:
            await self._end()
            raise

    async def lines(self) -> AsyncIterator[str]:
        """Give every event, then the result; ending early ends the command."""
        try:
            while not (self._work.done() and not self._next.done() and self._events.empty()):
                await self._wait(_QUIET_SECONDS)
                if self._next.done():
                    yield self._write("event", self._redact(self._next.result()))
                    self._next = asyncio.create_task(self._events.get())
                    await asyncio.sleep(0)  # so that an event that is there already is taken before the end is seen
                elif not self._work.done():
                    yield self._quiet
            yield self._last()
        finally:
            await self._end()

    async def _wait(self, seconds: float) -> None:
        await asyncio.wait({self._work, self._next}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def _last(self) -> str:
        try:
            answer = self._work.result()
        except StewardError as error:
            told = {"what": error.what, "where": error.where, "why": error.why, "next_step": error.next_step}
            return self._write("error", self._redact({name: text for name, text in told.items() if text}))
        return self._write("result", {"result": answer.masked(self._redact), "exit_code": answer.exit_code})

    async def _end(self) -> None:
        for task in (self._work, self._next):
            task.cancel()
        await asyncio.gather(self._work, self._next, return_exceptions=True)


def _as_line(kind: str, value: Any) -> str:
    return json.dumps(value if kind == "result" else {kind: value}, separators=(",", ":")) + "\n"


def _as_event(kind: str, value: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n"
