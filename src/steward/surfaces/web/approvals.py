"""Approvals: everything that waits for a person, and on request what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Page, Site


@dataclass(frozen=True, kw_only=True)
class ApprovalsPage:
    """The list of questions."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/approvals", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        everything = request.query_params.get("show") == "all"
        listed = await self.site.ask(caller, "approvals.ls", everything=everything)
        page = Page(
            template="approvals.html",
            title="Approvals",
            data={**listed, "everything": everything},
            topics=("now",),
            cli="steward approvals ls" + (" --everything" if everything else ""),
        )
        return await self.site.respond(request, caller, page)
