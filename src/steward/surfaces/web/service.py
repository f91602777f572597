"""One service: what it is, what it stands on, what breaks with it, its data, how it was, how to change it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.addresses import NOWHERE, service_address
from steward.surfaces.web.site import Data, Page, Site, go, wants_json
from steward.surfaces.web.texts import Texts

_DAY = "24h"
_BEATS = 48


@dataclass(frozen=True, kw_only=True)
class ServicePage:
    """Shows a service."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path="/s/{name}", methods=("GET",), permission=Right.READ, handler=self._find, is_page=True),
            Route(
                path="/s/{machine}/{name:path}",
                methods=("GET",),
                permission=Right.READ,
                handler=self._show,
                is_page=True,
            ),
        )

    async def _find(self, request: Request, caller: Caller) -> Response:
        """Lead on from a name that is the only one of its kind."""
        told = await self.site.ask(caller, "services.show", name=request.path_params["name"])
        one = told["services"][0]
        return go(service_address(one["machine"], one["name"]))

    async def _show(self, request: Request, caller: Caller) -> Response:
        machine, name = request.path_params["machine"], request.path_params["name"]
        asked = name if machine == NOWHERE else f"{machine}/{name}"
        told = await self.site.ask(caller, "services.show", name=asked)
        one = told["services"][0]
        query = urlencode({"name": one["id"], "touched": one["id"]})
        data = {
            **told,
            "service": one,
            "beats": await self._beats(caller, told, self.site.texts(request)),
            "source": f"/fleet/graph?{query}",
            "map": f"/fleet?{urlencode({'view': 'map', 'name': one['id']})}",
        }
        if wants_json(request):
            data = {key: value for key, value in data.items() if key not in {"source", "map"}}
        page = Page(
            template="service.html",
            title=one["name"],
            data=data,
            topics=("now", f"service={quote(asked, safe='/')}"),
            scripts=("graph",),
            cli=f"steward services show {asked}",
        )
        return await self.site.respond(request, caller, page)

    async def _beats(self, caller: Caller, told: Data, texts: Texts) -> list[Data]:
        """Return for each part of a service how it was over a day; nothing where it was never measured."""
        one = told["services"][0]
        names = [part["name"] for part in told["parts"]] or [f"{one['name']}.service"]
        found: list[Data] = []
        for name in names:
            try:
                history = await self.site.ask(
                    caller, "history", machine=one["machine"], name=f"{name} up", since=_DAY, points=_BEATS
                )
            except StewardError:
                return []  # a service that no machine of the inventory runs has no past
            lines = [line for line in history["series"] if line["name"] == f"{name} up"]
            found += [{"name": name, "line": line, "beats": _strip(line, texts)} for line in lines]
        return found


def _strip(line: Data, texts: Texts) -> list[Data]:
    return [_beat(value, texts) for value in line["trend"]]


def _beat(value: float | None, texts: Texts) -> Data:
    if value is None:
        return {"tone": "unknown", "says": texts("service.unseen")}
    tone = "ok" if value >= 1 else "down" if value <= 0 else "warning"
    return {"tone": tone, "says": texts("service.share", percent=f"{100 * value:.0f}")}
