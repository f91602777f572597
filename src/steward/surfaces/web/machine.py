"""One machine: how it is, its numbers over time, what is in it, what is due, what changed, who may do what there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import NotFound, StewardError
from steward.surfaces.web.addresses import machine_address
from steward.surfaces.web.charts import CHARTS, HOURS, POINTS, Chart, chart_named, drawn, event_of, lines_of
from steward.surfaces.web.machine_parts import FACTS, parts_of
from steward.surfaces.web.site import Data, Page, Site, go

_RUNS = 100
_FEW_RUNS, _FEW_CHANGES = 8, 10
_WEEK = "7d"


@dataclass(frozen=True, kw_only=True)
class MachinePage:
    """Shows a machine, its numbers, and looks at it again."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/m/{machine}"
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=f"{path}/history", methods=("GET",), permission=Right.READ, handler=self._history),
            Route(path=f"{path}/look", methods=("POST",), permission=Right.READ, handler=self._look, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _look(self, request: Request, caller: Caller) -> Response:
        name = request.path_params["machine"]
        try:
            await self.site.ask(caller, "machines.check", machine=name)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(machine_address(name))

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        site, hours = self.site, _hours(request)
        card = await site.ask(caller, "machines.show", machine=request.path_params["machine"])
        name, key = card["machine"]["name"], card["machine"]["id"]
        status = await site.ask(caller, "status")
        facts = await self._facts(caller, name)
        history = await site.ask(caller, "history", machine=name, since=f"{hours}h")
        changed = await site.ask(caller, "changed", machine=name, since=_WEEK)
        runs = (await site.ask(caller, "runs.ls", limit=_RUNS))["runs"]
        data = {
            **card,
            "line": next((line for line in status["machines"] if line["id"] == key), None),
            "findings": [each for each in status["findings"] if each["machine"] == key],
            "parts": parts_of(facts["facts"], history["series"]),
            "facts": {each["name"]: {"source": each["source"], "at": each["at"]} for each in facts["facts"]},
            "charts": [_told(chart, history["series"]) for chart in CHARTS],
            "hours": hours,
            "choices": list(HOURS),
            "files": (await site.ask(caller, "files.ls", machine=name))["files"],
            "services": (await site.ask(caller, "services.ls", machine=name))["services"],
            "runs": [run for run in runs if name in run["machines"]][:_FEW_RUNS],
            "changed": [each["difference"] for each in changed["changed"][:_FEW_CHANGES]],
            "changes": len(changed["changed"]),
        }
        page = Page(
            template="machine.html",
            title=name,
            data=data,
            topics=("now", f"machine={quote(name, safe='')}"),
            scripts=("charts",),
            cli=f"steward machines show {name}",
            problem=problem,
            address=machine_address(name),
            house=status,
        )
        return await site.respond(request, caller, page)

    async def _facts(self, caller: Caller, name: str) -> Data:
        """Return the facts the page shows; all there are where this Steward has no plug-in for one of them."""
        try:
            return await self.site.ask(caller, "machines.facts", machine=name, fact=list(FACTS))
        except NotFound:
            return await self.site.ask(caller, "machines.facts", machine=name)

    async def _history(self, request: Request, caller: Caller) -> Response:
        chart, name, hours = chart_named(request.query_params.get("chart", "")), request.path_params["machine"], 0
        if chart is None:
            raise NotFound("there is no such chart", next_step=f"charts are {', '.join(each.name for each in CHARTS)}")
        hours = _hours(request)
        series: list[Data] = []
        window: Data = {}
        for fact in chart.facts:
            told = await self.site.ask(caller, "history", machine=name, since=f"{hours}h", fact=fact, points=POINTS)
            window = told["window"]
            series += told["series"]
        changed = await self.site.ask(caller, "changed", machine=name, since=f"{hours}h")
        events = [event_of(each) for each in changed["changed"]]
        return JSONResponse(drawn(window, lines_of(chart, series), events))


def _hours(request: Request) -> int:
    asked = request.query_params.get("hours", "")
    return next((hours for hours in HOURS if str(hours) == asked), HOURS[0])


def _told(chart: Chart, series: list[Data]) -> Data:
    """Return a chart as it is told without scripts."""
    return {"name": chart.name, "lines": lines_of(chart, series)}
