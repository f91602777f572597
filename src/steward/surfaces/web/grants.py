"""Grants: what runs without asking, taking it back, and what another one would have allowed."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.lib.shell import join
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.site import Data, Page, Site, go

_ADDRESS = "/settings/grants"
_ONE = f"{_ADDRESS}/{{grant}}"


@dataclass(frozen=True, kw_only=True)
class GrantsPage:
    """Lists grants, shows one with its runs, revokes it, and tries another out on the past."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._list, is_page=True),
            Route(path=_ONE, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(
                path=f"{_ONE}/revoke", methods=("POST",), permission=Right.GOVERN, handler=self._revoke, is_page=True
            ),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        everything = request.query_params.get("show") == "all"
        terms = _terms(request)
        problem: StewardError | None = None
        simulation: Data | None = None
        try:
            simulation = await self.site.ask(caller, "grants.simulate", **terms) if terms["command"] else None
        except StewardError as refused:
            problem = refused
        data: Data = {
            **await self.site.ask(caller, "grants.ls", everything=everything),
            "proposals": (await self.site.ask(caller, "grants.proposed"))["proposals"],
            "machines": [each["name"] for each in (await self.site.ask(caller, "status"))["machines"]],
            "everything": everything,
            "terms": terms,
            "simulation": simulation,
            "add": _line("add", terms) if simulation else "",
        }
        line = _line("simulate", terms) if terms["command"] else "steward grants ls"
        page = Page(template="grants.html", title_key="nav.grants", data=data, cli=line, problem=problem)
        return await self.site.respond(request, caller, page)

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _revoke(self, request: Request, caller: Caller) -> Response:
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "grants.revoke", grant=request.path_params["grant"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"{_ADDRESS}/{request.path_params['grant']}")

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        grant = request.path_params["grant"]
        card = await self.site.ask(caller, "grants.show", grant=grant)
        page = Page(
            template="grant.html",
            title=card["grant"]["command"],
            data=card,
            cli=f"steward grants show {grant}",
            problem=problem,
        )
        return await self.site.respond(request, caller, page)


def _terms(request: Request) -> Data:
    """Return what is to be tried out, from the address: it can be kept and sent on, and changes nothing."""
    asked = request.query_params
    daily = asked.get("daily", "")
    return {
        "command": asked.get("command", "").strip(),
        "machine": asked.getlist("machine"),
        "where": asked.get("where", "").split(),
        "daily": int(daily) if daily.isdecimal() else 1,
        "hours": asked.get("hours", "").strip(),
    }


def _line(verb: str, terms: Data) -> str:
    """Return the same as a line of the terminal."""
    words = ["steward", "grants", verb, terms["command"]]
    for name in ("machine", "where"):
        words += [word for value in terms[name] for word in (f"--{name}", value)]
    words += ["--daily", str(terms["daily"])]
    words += ["--hours", terms["hours"]] if terms["hours"] else []
    return join(words)
