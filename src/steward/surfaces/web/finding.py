"""One finding: what was seen, by what, when; what happens if nothing is done; the plan that would cure it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import NotFound, StewardError
from steward.surfaces.web.around import chart_of, numbers_of
from steward.surfaces.web.site import Page, Site, go


@dataclass(frozen=True, kw_only=True)
class FindingPage:
    """Shows a finding and asks for its plan."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/findings/{finding}"
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=f"{path}/chart", methods=("GET",), permission=Right.READ, handler=self._chart),
            Route(path=f"{path}/plan", methods=("POST",), permission=Right.PROPOSE, handler=self._plan, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _plan(self, request: Request, caller: Caller) -> Response:
        try:
            card = await self.site.ask(caller, "plan", what=request.path_params["finding"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/a/{card['approval']['code']}" if card["approval"] else f"/r/{card['run']}")

    async def _chart(self, request: Request, caller: Caller) -> Response:
        why = await self.site.ask(caller, "why", target=request.path_params["finding"])
        told = why["explained"][0]
        return JSONResponse(chart_of(told, await numbers_of(self.site, caller, told)))

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        finding = request.path_params["finding"]
        try:
            why = await self.site.ask(caller, "why", target=finding)
        except NotFound as gone:
            page = Page(
                template="cured.html",
                title_key="finding.gone",
                data={"finding": self.site.redact(finding)},
                problem=gone,
            )
            return await self.site.respond(request, caller, page)
        told = why["explained"][0]
        page = Page(
            template="finding.html",
            title=told["finding"]["title"],
            data={**told, "numbers": (await numbers_of(self.site, caller, told))["series"]},
            topics=("now",),
            cli=f"steward why {finding}",
            problem=problem,
            address=f"/findings/{finding}",
        )
        return await self.site.respond(request, caller, page)
