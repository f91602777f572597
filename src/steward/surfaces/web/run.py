"""One run: its steps live, what they printed, what can be done about it, and the receipt that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.gantt import bars, columns
from steward.surfaces.web.holds import HoldForms, shown_lines
from steward.surfaces.web.printed import last_lines
from steward.surfaces.web.site import Data, Page, Site, go, wants_json
from steward.surfaces.web.step_graph import drawn_steps, hangs_together

_LOG_LINES = 200
_CHOSEN_LINES = 2_000
_INPUT = "input."
_BEFORE = "before."
"""What the names of inputs begin with in the form of a fork, and of what they were."""
_PRINTED_LINES = 30
"""Lines of its output that a step shows by itself; the whole of it stands under the chosen step."""


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """Shows a run, ends it, asks for its undo, plans its rest anew, takes a person's word for what nobody knows."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/r/{run}"
        done = (
            ("undo", Right.PROPOSE, self._undo),
            ("retry", Right.PROPOSE, self._retry),
            ("resume", Right.PROPOSE, self._resume),
            ("fork", Right.PROPOSE, self._fork),
            ("cancel", Right.DECIDE, self._cancel),
            ("settle", Right.DECIDE, self._settle),
        )
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=f"{path}/graph", methods=("GET",), permission=Right.READ, handler=self._graph),
            *HoldForms(site=self.site, show=self._with_problem).routes(),
            *(
                Route(path=f"{path}/{name}", methods=("POST",), permission=right, handler=handler, is_page=True)
                for name, right, handler in done
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        if request.query_params.get("format") in {"md", "json"}:
            return await self._file(request, caller)
        return await self._page(request, caller, problem=None)

    async def _with_problem(self, request: Request, caller: Caller, problem: StewardError) -> Response:
        return await self._page(request, caller, problem=problem)

    async def _graph(self, request: Request, caller: Caller) -> Response:
        """Answer how its steps hang together and stand, for the script that draws it."""
        progress = await self.site.ask(caller, "runs.progress", run=request.path_params["run"])
        return JSONResponse(drawn_steps(progress["steps"], self.site.texts(request)))

    async def _undo(self, request: Request, caller: Caller) -> Response:
        return await self._plan(request, caller, "undo")

    async def _retry(self, request: Request, caller: Caller) -> Response:
        return await self._plan(request, caller, "runs.retry")

    async def _resume(self, request: Request, caller: Caller) -> Response:
        return await self._plan(request, caller, "runs.resume", step=str((await request.form()).get("step", "")))

    async def _fork(self, request: Request, caller: Caller) -> Response:
        return await self._plan(request, caller, "runs.fork", **fork_in(await request.form()))

    async def _plan(self, request: Request, caller: Caller, command: str, **given: Any) -> Response:
        """Make a plan about this run and lead to its card; a grant may have started it already."""
        try:
            card = await self.site.ask(caller, command, run=request.path_params["run"], **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/a/{card['approval']['code']}" if card["approval"] else f"/r/{card['run']}")

    async def _cancel(self, request: Request, caller: Caller) -> Response:
        try:
            await self.site.ask(caller, "runs.cancel", run=request.path_params["run"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/r/{request.path_params['run']}")

    async def _settle(self, request: Request, caller: Caller) -> Response:
        outcome = str((await request.form()).get("outcome", ""))
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "runs.settle", run=request.path_params["run"], outcome=outcome)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/r/{request.path_params['run']}")

    async def _file(self, request: Request, caller: Caller) -> Response:
        """Answer with the run as a file: told as Markdown, or its receipt as JSON."""
        run = request.path_params["run"]
        if request.query_params["format"] == "json":
            receipt = await self.site.ask(caller, "runs.show", run=run)
            return JSONResponse(receipt, headers=_attached(f"{receipt['run']['id']}.json"))
        story = await self.site.ask(caller, "runs.story", run=run)
        return Response(story["text"], media_type="text/markdown; charset=utf-8", headers=_attached(story["name"]))

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        run = request.path_params["run"]
        receipt = await receipt_of(self.site, caller, run)
        progress = await self.site.ask(caller, "runs.progress", run=run)
        holds = (await self.site.ask(caller, "holds.ls", run=run))["holds"]
        asked = request.query_params
        picture = {} if wants_json(request) else _picture(receipt, progress, asked.get("step", ""))
        waits, waited = shown_lines([] if wants_json(request) else holds, asked.get("looked", ""))
        page = Page(
            template="run.html",
            title=receipt["plan"]["title"],
            data={
                **receipt,
                "progress": progress,
                "holds": holds,
                **picture,
                **({"waits": waits, "waited": waited} if picture else {}),
            },
            topics=(f"run={run}",),
            scripts=("tail", "graph") if hangs_together(progress["steps"]) else ("tail",),
            cli=f"steward runs show {run}",
            problem=problem,
            address=f"/r/{run}",
        )
        return await self.site.respond(request, caller, page)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _picture(receipt: Data, progress: Data, asked: str) -> Data:
    """Return what the page draws: bars, past runs, the end of what each action printed, the step that is chosen."""
    chosen = next((step["id"] for step in progress["steps"] if step["id"] == asked), "")
    return {
        "chosen": chosen,
        "bars": bars(receipt["run"], progress),
        "past": columns(progress["past"]),
        "fork": _fork(receipt["plan"]["course"]),
        "has_graph": hangs_together(progress["steps"]),
        "told": _told(receipt["log"], chosen),
        "printed": {record["key"]: _printed(record, chosen) for record in receipt["steps"]},
        "proof": {
            **receipt,
            "log": [],
            "log_before": 0,
            "can_undo": False,
            "steps": [],
            "audit": [],
            "run": {**receipt["run"], "reason": ""},
        },
    }


def fork_in(form: Mapping[str, Any]) -> Data:
    """Return what a form says of a fork: an input that was left as it was is not given."""
    before = {name.removeprefix(_BEFORE): str(value) for name, value in form.items() if name.startswith(_BEFORE)}
    given = {name.removeprefix(_INPUT): str(value) for name, value in form.items() if name.startswith(_INPUT)}
    changed = [f"{name}={value}" for name, value in given.items() if before.get(name) != value]
    return {"step": str(form.get("step", "")), "input": changed, "newest": form.get("newest") == "true"}


def _fork(course: Data | None) -> Data:
    """Return what the form of a fork offers: the steps as they are written, and the inputs as they were."""
    if course is None:
        return {"steps": [], "inputs": []}
    inputs = [{"name": name, "value": _typed_out(value)} for name, value in course["inputs"].items()]
    return {"steps": course["origins"], "inputs": inputs}


def _typed_out(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _told(log: Sequence[Data], chosen: str) -> list[Data]:
    """Return the end of the log, of the chosen step or of all: so many lines, however they came."""
    left = _CHOSEN_LINES if chosen else _LOG_LINES
    told: list[Data] = []
    for line in reversed([line for line in log if not chosen or line["step"] == chosen]):
        text, lines = last_lines(line["text"], left)
        told.append({**line, "text": text})
        left -= max(1, lines)
        if left <= 0:
            break
    return told[::-1]


def _printed(record: Mapping[str, Any], chosen: str) -> Data:
    most = len(record["output"]) if record["step"] == chosen else _PRINTED_LINES
    text, lines = last_lines(record["output"], max(most, 1))
    return {"text": text, "lines": lines, "left_out": max(0, lines - most)}


async def receipt_of(site: Site, caller: Caller, run: str) -> Data:
    """Return the receipt of a run with the end of its log."""
    receipt = await site.ask(caller, "runs.show", run=run)
    lines = await site.lines(caller, "runs.logs", run=run)
    return {**receipt, "log": lines[-_LOG_LINES:], "log_before": max(0, len(lines) - _LOG_LINES)}
