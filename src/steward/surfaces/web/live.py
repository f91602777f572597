"""Live updates: the stream says only that something changed; the page then fetches it like any other page.

So no text from outside ever travels in the stream. The front door ends a stream when its session ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.run import receipt_of
from steward.surfaces.web.site import Data, Site

_LOOK_SECONDS = 1.0
_LOOKS_A_HEARTBEAT = 15
"""A comment goes out every so often, so that proxies and phones keep the connection."""
_MOVING = frozenset({"as_of"})
"""Fields that differ at every look and say nothing."""

Look = Callable[[], Awaitable[Data]]


@dataclass(frozen=True, kw_only=True)
class Live:
    """One stream for each open tab."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/live", methods=("GET",), permission=Right.READ, handler=self._stream),)

    async def _stream(self, request: Request, caller: Caller) -> Response:
        looks = self._looks(request, caller)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_changes(looks), media_type="text/event-stream", headers=headers)

    def _looks(self, request: Request, caller: Caller) -> dict[str, Look]:
        """Return what to look at for the topics asked for; every page has its head, so `now` is always one."""
        site = self.site
        looks: dict[str, Look] = {"now": lambda: site.ask(caller, "status")}
        if code := request.query_params.get("card"):
            looks["card"] = lambda: site.ask(caller, "approvals.show", code=code)
        if run := request.query_params.get("run"):
            looks["run"] = lambda: receipt_of(site, caller, run)
        return looks


async def _changes(looks: dict[str, Look]) -> AsyncIterator[str]:
    """Name each topic when it is not as it was at the last look; one that cannot be looked at is left out."""
    known = {topic: await _digest(look) for topic, look in looks.items()}
    yield "retry: 2000\n: hello\n\n"
    for turn in count(1):
        await asyncio.sleep(_LOOK_SECONDS)
        if turn % _LOOKS_A_HEARTBEAT == 0:
            yield ": still here\n\n"
        seen = {topic: await _digest(look) for topic, look in looks.items()}
        for topic in looks:
            if seen[topic] != known[topic]:
                yield f"event: {topic}\ndata: changed\n\n"
        known = seen


async def _digest(look: Look) -> str:
    try:
        seen = await look()
    except StewardError as error:
        seen = {"problem": str(error)}
    plain = {name: value for name, value in seen.items() if name not in _MOVING}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
