"""Now: is something wrong, what waits for me, what is being done, what changed, how are the machines."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Page, Site
from steward.surfaces.web.words import RAN

_LOOKED_AT = 20
_LATELY = 5


@dataclass(frozen=True, kw_only=True)
class NowPage:
    """The first page."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        status = await self.site.ask(caller, "status")
        runs = (await self.site.ask(caller, "runs.ls", limit=_LOOKED_AT))["runs"]
        ended = [run for run in runs if run["ended"]]
        changed = next((run for run in ended if run["state"] in RAN), None)
        data = {**status, "lately": ended[:_LATELY], "changed": changed}
        page = Page(template="now.html", title="Now", data=data, topics=("now",), cli="steward status", house=status)
        return await self.site.respond(request, caller, page)
