"""What a run waits for, on its page: a question as a form, work for hands as a checklist, and time that goes by."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Handler, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.model.hold import HoldState
from steward.surfaces.web.markdown import markdown
from steward.surfaces.web.site import Data, Site, go

_FIELD = "field."
"""What the names of the fields of an answer begin with in a form, so that none is taken for one of ours."""

ShowRun = Callable[[Request, Caller, StewardError], Awaitable[Response]]
"""Shows the page of the run again, with what went wrong."""


@dataclass(frozen=True, kw_only=True)
class HoldForms:
    """Takes what a person says to what a run waits for."""

    site: Site
    show: ShowRun

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        done: tuple[tuple[str, Handler], ...] = (
            ("answer", self._answer),
            ("done", self._done),
            ("refuse", self._refuse),
        )
        path = "/r/{run}/holds/{hold}/picture"
        shown = Route(path=path, methods=("GET",), permission=Right.READ, handler=self._picture)
        return (shown, *self._said(done))

    def _said(self, done: Sequence[tuple[str, Handler]]) -> tuple[Route, ...]:
        return tuple(
            Route(
                path=f"/r/{{run}}/holds/{{hold}}/{name}",
                methods=("POST",),
                permission=Right.DECIDE,
                handler=handler,
                is_page=True,
            )
            for name, handler in done
        )

    async def _picture(self, request: Request, caller: Caller) -> Response:
        """Answer with the picture of a task: of a kind told from its bytes, which no browser takes for another."""
        run, hold = request.path_params["run"], request.path_params["hold"]
        found = await self.site.ask(caller, "holds.picture", run=run, hold=hold)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
        return Response(base64.b64decode(found["content"]), media_type=found["kind"], headers=headers)

    async def _answer(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        given = [
            f"{name.removeprefix(_FIELD)}={value}"
            for name, value in form.multi_items()
            if name.startswith(_FIELD) and isinstance(value, str) and value
        ]
        return await self._say(request, caller, "holds.answer", set=given)

    async def _done(self, request: Request, caller: Caller) -> Response:
        return await self._say(request, caller, "holds.done")

    async def _refuse(self, request: Request, caller: Caller) -> Response:
        reason = str((await request.form()).get("reason", ""))
        return await self._say(request, caller, "holds.refuse", reason=reason)

    async def _say(self, request: Request, caller: Caller, command: str, **given: Any) -> Response:
        run, hold = request.path_params["run"], request.path_params["hold"]
        try:
            line = await self.site.ask(caller, command, run=run, hold=hold, **given)
        except StewardError as problem:
            return await self.show(request, caller, problem)
        looked = f"?{urlencode({'looked': hold})}" if line["record"]["state"] == HoldState.OPEN.value else ""
        return go(f"/r/{run}{looked}#hold-{hold}")


def shown_hold(hold: Data) -> Data:
    """Return a hold with its Markdown drawn and its link only where it is one that may be followed."""
    inquiry, task = hold["inquiry"], hold["task"]
    return {
        **hold,
        "asks": markdown(inquiry["text"]) if inquiry else "",
        "instructions": [markdown(each) for each in task["instructions"]] if task else [],
        "link": safe_link(task["link"]) if task else "",
    }


def shown_lines(lines: Sequence[Data], looked: str) -> tuple[list[Data], list[Data]]:
    """Return what is waited for now, people first, and what was waited for; `looked` was just looked at."""
    shown = [{**line, "hold": shown_hold(line["hold"]), "is_looked_at": line["hold"]["id"] == looked} for line in lines]
    is_open = HoldState.OPEN.value
    waits = [line for line in shown if line["record"]["state"] == is_open]
    waits.sort(key=lambda line: line["hold"]["kind"] == "wait")
    return waits, [line for line in shown if line["record"]["state"] != is_open]


def safe_link(address: str) -> str:
    """Return an address that a person may follow: `https` with a host, else nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme == "https" and parts.hostname and address.isprintable() else ""
