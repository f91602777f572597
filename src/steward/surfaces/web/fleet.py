"""Fleet: all machines as a table, as a map, and as an answer to where something could run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.pictures import picture_of
from steward.surfaces.web.site import Data, Page, Site

VIEWS = ("map", "table", "matrix")
"""Views of the fleet, in the order of their keys."""
PLATFORMS = ("debian", "proxmox", "nixos", "docker")
_DRAWINGS = ("d2", "mermaid", "dot")
_TRENDS = {"processor": "cpu_percent", "memory": "memory_percent", "disk": "disk_percent"}
_WANTED = ("name", "memory", "storage", "processors", "architecture")


@dataclass(frozen=True, kw_only=True)
class FleetPage:
    """Shows the fleet."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path="/fleet", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path="/fleet/graph", methods=("GET",), permission=Right.READ, handler=self._graph),
            Route(path="/fleet/drawing", methods=("GET",), permission=Right.READ, handler=self._drawing, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params
        view = asked.get("view", "table")
        shown = {"map": self._map, "matrix": self._matrix, "services": self._services}.get(view, self._table)
        page = await shown(asked, caller)
        return await self.site.respond(request, caller, page)

    async def _table(self, asked: Mapping[str, str], caller: Caller) -> Page:
        now = await self.site.ask(caller, "overview")
        overview = await self.site.ask(caller, "machines.overview")
        rows = _rows(now, overview)
        chosen = {name: asked.get(name, "")[:80] for name in ("q", "group", "status")}
        joins = await self._joins(caller) if len(rows) <= 1 or asked.get("add") else []
        data = {
            "view": "table",
            "sentence": overview["sentence"],
            "rows": [row for row in rows if _fits(row, chosen)],
            "every": len(rows),
            "groups": sorted({group for row in rows for group in row["groups"]}),
            "chosen": chosen,
            "joins": joins,
        }
        return self._page(data, cli="steward machines overview", house=now)

    async def _joins(self, caller: Caller) -> list[Data]:
        """Return what to paste at a new machine of each platform; what cannot be told now is left out."""
        found: list[Data] = []
        for platform in PLATFORMS:
            try:
                found.append(await self.site.ask(caller, "machines.join", platform=platform))
            except StewardError:
                return []  # without a key of Steward's own there is nothing to paste; the terminal says why
        return found

    async def _map(self, asked: Mapping[str, str], caller: Caller) -> Page:
        name = asked.get("name", "")[:300]
        problem: StewardError | None = None
        try:
            told = await self.site.ask(caller, "map", name=name)
        except StewardError as error:
            problem, name = error, ""
            told = await self.site.ask(caller, "map")
        names = {node["id"]: node["name"] for node in told["nodes"]}
        query = {"name": name} if name else {}
        data = {
            "view": "map",
            **told,
            "name": name,
            "source": f"/fleet/graph?{urlencode(query)}" if query else "/fleet/graph",
            "names": names,
            "drawings": [
                {"format": each, "address": f"/fleet/drawing?{urlencode({'format': each, **query})}"}
                for each in _DRAWINGS
            ],
        }
        cli = f"steward map {name}".rstrip()
        return self._page(data, cli=cli, scripts=("graph",), problem=problem)

    async def _services(self, asked: Mapping[str, str], caller: Caller) -> Page:
        machine, words = asked.get("machine", "")[:200], asked.get("q", "")[:80]
        problem: StewardError | None = None
        try:
            told = await self.site.ask(caller, "services.ls", machine=machine)
        except StewardError as error:
            problem, machine = error, ""
            told = Data(sentence="", services=[])
        state = asked.get("state", "")[:20]
        services: list[Data] = told["services"]
        rows = [
            row
            for row in services
            if words.lower() in f"{row['name']} {row['image']} {row['says']}".lower() and state in {"", row["state"]}
        ]
        data: Data = {
            "view": "services",
            "sentence": told["sentence"],
            "rows": rows,
            "machine": machine,
            "words": words,
            "state": state,
        }
        cli = f"steward services ls --machine {machine}" if machine else "steward services ls"
        return self._page(data, cli=cli, problem=problem)

    async def _matrix(self, asked: Mapping[str, str], caller: Caller) -> Page:
        wanted: Data = {name: asked.get(name, "").strip()[:200] for name in _WANTED}
        wanted["gpu"] = asked.get("gpu") == "yes"
        is_asked = any(wanted.values())
        overview = await self.site.ask(caller, "machines.overview")
        problem: StewardError | None = None
        answer: Data = {"sentence": "", "needs": "", "machines": []}
        if is_asked:
            try:
                answer = await self.site.ask(caller, "services.place", **_as_input(wanted))
            except StewardError as error:
                problem = error
        data = {"view": "matrix", **overview, "wanted": wanted, "is_asked": is_asked, "answer": answer}
        return self._page(data, cli=_place_line(wanted), problem=problem)

    def _page(
        self,
        data: Data,
        *,
        cli: str,
        house: Data | None = None,
        scripts: tuple[str, ...] = (),
        problem: StewardError | None = None,
    ) -> Page:
        return Page(
            template=f"fleet_{data['view']}.html",
            title_key="nav.fleet",
            data=data,
            topics=("now",),
            cli=cli,
            house=house or {},
            scripts=scripts,
            problem=problem,
        )

    async def _graph(self, request: Request, caller: Caller) -> Response:
        name = request.query_params.get("name", "")[:300]
        told = await self.site.ask(caller, "map", name=name)
        touched = request.query_params.get("touched", "")
        return JSONResponse(picture_of(told, self.site.texts(request), touched=touched))

    async def _drawing(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params
        how = asked.get("format", "")
        told = await self.site.ask(
            caller, "graph", name=asked.get("name", "")[:300], format=how if how in _DRAWINGS else "text"
        )
        return PlainTextResponse(told["text"])


def _as_input(wanted: Data) -> Data:
    digits = wanted["processors"]
    return {**wanted, "processors": int(digits) if digits.isascii() and digits.isdigit() else 0}


def _place_line(wanted: Data) -> str:
    words = [f"--{name} {wanted[name]}" for name in _WANTED[1:] if wanted[name]]
    return " ".join(["steward services place", *filter(None, [wanted["name"]]), *words, *["--gpu"] * wanted["gpu"]])


def _rows(now: Data, overview: Data) -> list[Data]:
    """Return one row for each machine: how it is, what it is, and its numbers of a day."""
    lines = {line["id"]: line for line in now["machines"]}
    rows: list[Data] = []
    for one in overview["machines"]:
        line = lines.get(one["machine"]["id"])
        if line is not None:
            shown: list[Data] = one["capabilities"]["roles"] if one["capabilities"] else []
            roles = [role["role"] for role in shown]
            more: Data = {"groups": one["machine"]["groups"], "labels": one["machine"]["labels"] or {}, "roles": roles}
            rows.append({**line, **one, **more, "trends": {name: line["trend"][key] for name, key in _TRENDS.items()}})
    return rows


def _fits(row: Data, chosen: Mapping[str, str]) -> bool:
    labels = " ".join(f"{name}={value}" for name, value in row["labels"].items())
    text = " ".join([row["name"], row["note"], row["system"], *row["groups"], *row["roles"], labels]).lower()
    return (
        all(word in text for word in chosen["q"].lower().split())
        and chosen["group"] in {"", *row["groups"]}
        and chosen["status"] in {"", row["status"]}
    )
