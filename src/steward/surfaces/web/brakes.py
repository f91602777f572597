"""Pause, freeze, stop, resume: from the head of every page, in two taps."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.site import Page, Site, go

_PAUSE_MINUTES = 120


@dataclass(frozen=True, kw_only=True)
class BrakesPage:
    """Puts brakes on and takes them off."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path="/brakes", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path="/brakes/pause", methods=("POST",), permission=Right.BRAKE, handler=self._pause, is_page=True),
            Route(path="/brakes/freeze", methods=("POST",), permission=Right.BRAKE, handler=self._freeze, is_page=True),
            Route(path="/brakes/stop", methods=("POST",), permission=Right.BRAKE, handler=self._stop, is_page=True),
            Route(path="/brakes/resume", methods=("POST",), permission=Right.GOVERN, handler=self._lift, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _pause(self, request: Request, caller: Caller) -> Response:
        return await self._put(request, caller, "pause", minutes=_PAUSE_MINUTES)

    async def _freeze(self, request: Request, caller: Caller) -> Response:
        return await self._put(request, caller, "freeze")

    async def _stop(self, request: Request, caller: Caller) -> Response:
        return await self._put(request, caller, "stop")

    async def _put(self, request: Request, caller: Caller, brake: str, **given: int) -> Response:
        form = await request.form()
        try:
            await self.site.ask(caller, brake, reason=str(form.get("reason", "")), **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go("/brakes")

    async def _lift(self, request: Request, caller: Caller) -> Response:
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "resume")
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go("/brakes")

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        status = await self.site.ask(caller, "status")
        data = {"brake": status["brake"], "as_of": status["as_of"]}
        page = Page(
            template="brakes.html",
            title_key="brake.title",
            data=data,
            topics=("now",),
            cli="steward pause",
            problem=problem,
            address="/brakes",
            house=status,
        )
        return await self.site.respond(request, caller, page)
