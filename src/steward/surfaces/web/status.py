"""Does it work? The page for the family: read-only, in plain words, nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Page, Site
from steward.surfaces.web.wall import wall_of


@dataclass(frozen=True, kw_only=True)
class StatusPage:
    """Says whether everything works."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/status", methods=("GET",), permission=Right.GLANCE, handler=self._show, is_page=True),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        told = await self.site.ask(caller, "glance")
        page = Page(
            template="status.html",
            title_key="status.title",
            data={**told, "wall": wall_of(request)},
            topics=("glance",),
            cli="steward glance",
        )
        return await self.site.respond(request, caller, page)
