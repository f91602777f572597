"""Live updates: the stream says only that something changed; the page then fetches it like any other page.

So no text from outside ever travels in the stream. The front door ends a stream when its session ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.hub import Hub
from steward.surfaces.web.topics import asked


@dataclass(frozen=True, kw_only=True)
class Live:
    """One stream for each open tab, all fed by one hub."""

    hub: Hub

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/live", methods=("GET",), permission=Right.GLANCE, handler=self._stream),)

    async def _stream(self, request: Request, caller: Caller) -> Response:
        given = request.query_params
        lines = self.hub.listen(caller, asked(given.multi_items()), given.get("since", ""))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(lines, media_type="text/event-stream", headers=headers)
