"""One run: live while it goes, then the receipt that proves it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.site import Data, Page, Site, go

_LOG_LINES = 200


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """Shows a run, ends it, and asks for its undo."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/r/{run}"
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=f"{path}/undo", methods=("POST",), permission=Right.PROPOSE, handler=self._undo, is_page=True),
            Route(
                path=f"{path}/cancel", methods=("POST",), permission=Right.DECIDE, handler=self._cancel, is_page=True
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _undo(self, request: Request, caller: Caller) -> Response:
        try:
            card = await self.site.ask(caller, "undo", run=request.path_params["run"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/a/{card['approval']['code']}" if card["approval"] else f"/r/{card['run']}")

    async def _cancel(self, request: Request, caller: Caller) -> Response:
        try:
            await self.site.ask(caller, "runs.cancel", run=request.path_params["run"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/r/{request.path_params['run']}")

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        run = request.path_params["run"]
        receipt = await receipt_of(self.site, caller, run)
        page = Page(
            template="run.html",
            title=receipt["plan"]["title"],
            data=receipt,
            topics=(f"run={run}",),
            cli=f"steward runs show {run}",
            problem=problem,
        )
        return await self.site.respond(request, caller, page)


async def receipt_of(site: Site, caller: Caller, run: str) -> Data:
    """Return the receipt of a run with the end of its log."""
    receipt = await site.ask(caller, "runs.show", run=run)
    lines = await site.lines(caller, "runs.logs", run=run)
    return {**receipt, "log": lines[-_LOG_LINES:], "log_before": max(0, len(lines) - _LOG_LINES)}
