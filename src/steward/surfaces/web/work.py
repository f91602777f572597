"""Work: every run that was asked for, newest first, with what it did, who allowed it, and how such runs go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.gantt import columns
from steward.surfaces.web.site import Data, Page, Site
from steward.surfaces.web.words import RAN

_A_PAGE = 30
_STRIP = 30
_FILTERS = ("state", "machine", "text", "command", "since")
STATES = ("open", "trouble", "verified", "failed", "rolled_back", "unknown", "cancelled", "denied")
"""States that can be chosen; others may stand in the address."""
SPANS = ("24h", "7d", "30d")
"""How far back can be chosen; others may stand in the address."""


@dataclass(frozen=True, kw_only=True)
class WorkPage:
    """Lists runs."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/work", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        asked = {name: request.query_params[name] for name in _FILTERS if request.query_params.get(name)}
        before = request.query_params.get("before", "")
        house = await self.site.ask(caller, "status")
        page = Page(template="work.html", title_key="nav.work", topics=("now",), house=house)
        try:
            found = await self.site.ask(caller, "runs.ls", **asked, before=before, limit=_A_PAGE)
        except StewardError as problem:
            found: Data = {"runs": [], "more": "", "decided": 0}
            page = replace(page, problem=problem)
        data = {
            **found,
            "asked": {name: asked.get(name, "") for name in _FILTERS},
            "before": before,
            "machines": [machine["name"] for machine in house["machines"]],
            "states": STATES,
            "spans": SPANS,
            "past": columns([run for run in found["runs"] if run["ended"] and run["state"] in RAN][:_STRIP]),
            "next_page": f"/work?{urlencode({**asked, 'before': found['more']})}" if found["more"] else "",
            "first_page": f"/work?{urlencode(asked)}" if asked else "/work",
        }
        return await self.site.respond(request, caller, replace(page, data=data, cli=_cli(asked)))


def _cli(asked: Data) -> str:
    """Return the same list for a terminal; words of people are left to them to quote."""
    plain = [f"--{name} {value}" for name, value in asked.items() if value.replace(".", "").replace("_", "").isalnum()]
    return " ".join(["steward runs ls", *plain])
