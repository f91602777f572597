"""Workflows: the list, and one with its text, steps, versions and runs; planned, started, checked, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.core.workflow_schema import workflow_fields
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.site import Data, Page, Site, go
from steward.surfaces.web.step_graph import drawn_steps, hangs_together

_INPUT = "input."
"""What the names of inputs begin with in a form, so that none is taken for one of ours."""
_TEMPLATES = ("weekly-updates", "restore-drill", "ups-rehearsal")
"""Shipped workflows that somebody without one begins with."""
_EDITOR = "editor.yaml"
"""What a text from the page is called: the name it says of itself decides where it is kept."""


@dataclass(frozen=True, kw_only=True)
class WorkflowPages:
    """Shows workflows."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        one = "/work/workflows/{name}"
        done = (
            ("plan", Right.PROPOSE, self._plan),
            ("run", Right.PROPOSE, self._run),
            ("check", Right.READ, self._check),
            ("save", Right.GOVERN, self._save),
        )
        return (
            Route(path="/work/workflows", methods=("GET",), permission=Right.READ, handler=self._list, is_page=True),
            Route(path=one, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=f"{one}/graph", methods=("GET",), permission=Right.READ, handler=self._graph),
            *(
                Route(path=f"{one}/{name}", methods=("POST",), permission=right, handler=handler, is_page=True)
                for name, right, handler in done
            ),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        found = await self.site.ask(caller, "workflow.ls")
        lines: list[Data] = found["workflows"]
        data = {
            **found,
            "own": [line for line in lines if not line["is_shipped"]],
            "shipped": [line for line in lines if line["is_shipped"]],
            "templates": [line for line in lines if line["name"] in _TEMPLATES and line["is_shipped"]],
        }
        page = Page(
            template="workflows.html",
            title_key="workflow.list",
            data=data,
            topics=("now",),
            cli="steward workflow ls",
        )
        return await self.site.respond(request, caller, page)

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _graph(self, request: Request, caller: Caller) -> Response:
        """Answer how its steps hang together, for the script that draws it."""
        told = await self.site.ask(caller, "workflow.show", name=request.path_params["name"])
        return JSONResponse(drawn_steps(told["graph"], self.site.texts(request)))

    async def _plan(self, request: Request, caller: Caller) -> Response:
        """Show what it would do today; nothing is kept and nobody is asked."""
        name, given = request.path_params["name"], inputs_in(await request.form())
        try:
            preview = await self.site.ask(caller, "workflow.plan", what=name, input=_pairs(given))
        except StewardError as problem:
            return await self._page(request, caller, given=given, problem=problem)
        return await self._page(request, caller, given=given, preview=preview)

    async def _run(self, request: Request, caller: Caller) -> Response:
        """Ask for it, and lead to its card; a grant may have started it already."""
        name, given = request.path_params["name"], inputs_in(await request.form())
        try:
            card = await self.site.ask(caller, "workflow.run", what=name, input=_pairs(given))
        except StewardError as problem:
            return await self._page(request, caller, given=given, problem=problem)
        return go(f"/a/{card['approval']['code']}" if card["approval"] else f"/r/{card['run']}")

    async def _check(self, request: Request, caller: Caller) -> Response:
        written = await _text_in(request)
        try:
            checked = await self.site.ask(caller, "workflow.check", what=_EDITOR, text=written)
        except StewardError as problem:
            return await self._page(request, caller, written=written, problem=problem)
        return await self._page(request, caller, written=written, checked=checked)

    async def _save(self, request: Request, caller: Caller) -> Response:
        written = await _text_in(request)
        try:
            caller = await self.site.proven(request, caller)
            saved = await self.site.ask(caller, "workflow.save", what=_EDITOR, text=written)
        except StewardError as problem:
            return await self._page(request, caller, written=written, problem=problem)
        return go(f"/work/workflows/{saved['name']}")

    async def _page(
        self, request: Request, caller: Caller, *, problem: StewardError | None = None, **said: Any
    ) -> Response:
        """Show the workflow; `said` is what was just given, checked or planned."""
        name = request.path_params["name"]
        told = await self.site.ask(caller, "workflow.show", name=name)
        house = await self.site.ask(caller, "status")
        steps: list[Data] = told.pop("graph")
        data: Data = {
            **told,
            "graph_steps": steps,
            "has_graph": hangs_together(steps),
            "machines": [machine["name"] for machine in house["machines"]],
            "given": said.get("given", {}),
            "preview": said.get("preview"),
            "checked": said.get("checked"),
            "written": said.get("written") or told["text"],
            "fields": workflow_fields(),
        }
        page = Page(
            template="workflow.html",
            title=told["title"] or name,
            data=data,
            address=f"/work/workflows/{name}",
            scripts=("graph",) if data["has_graph"] else (),
            cli=f"steward workflow show {name}",
            problem=problem,
            house=house,
        )
        return await self.site.respond(request, caller, page)


def inputs_in(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs of a form by name; one that was left empty takes its default."""
    return {
        name.removeprefix(_INPUT): value
        for name, value in form.items()
        if name.startswith(_INPUT) and isinstance(value, str) and value.strip()
    }


def _pairs(given: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in given.items()]


async def _text_in(request: Request) -> str:
    """Return the text as it is kept: browsers send lines that end in two characters."""
    text = str((await request.form()).get("text", ""))
    return text.replace("\r\n", "\n").rstrip() + "\n"
