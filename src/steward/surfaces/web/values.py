"""Values: every setting of this Steward, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Page, Site


@dataclass(frozen=True, kw_only=True)
class ValuesPage:
    """Lists the settings; they are changed where they come from."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (
            Route(path="/settings/values", methods=("GET",), permission=Right.READ, handler=self._list, is_page=True),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        listed = await self.site.ask(caller, "settings.ls")
        data = {"settings_listed": listed["settings"]}
        page = Page(template="values.html", title_key="values.title", data=data, cli="steward settings ls")
        return await self.site.respond(request, caller, page)
