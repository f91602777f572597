"""Autonomy: what Steward never does, asks for, or does by itself, on each machine; and trying one action out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.lib.shell import join
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.model.machine import Autonomy
from steward.surfaces.web.site import Data, Page, Site, go

_ADDRESS = "/settings/autonomy"
_FILTERS = ("machine", "group", "kind")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class AutonomyPage:
    """Shows the matrix, tries an action out, and raises or lowers a machine."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(
                path=f"{_ADDRESS}/promote",
                methods=("POST",),
                permission=Right.GOVERN,
                handler=self._promote,
                is_page=True,
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _promote(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        try:
            caller = await self.site.proven(request, caller)
            to, machine = str(form.get("to", "")), str(form.get("machine", ""))
            await self.site.ask(caller, "machines.promote", machine=machine, to=to)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        wanted = {name: request.query_params.get(name, "").strip() for name in _FILTERS}
        tried = {name: request.query_params.get(name, "").strip() for name in ("command", "on", "input")}
        shown: Data = {name: text for name, text in wanted.items() if text}
        shown |= {"machine": [wanted["machine"]]} if wanted["machine"] else {}
        answer: Data | None = None
        try:
            matrix = await self.site.ask(caller, "policy.matrix", **shown)
            given = json.dumps(_given(tried))
            answer = await self.site.ask(caller, "policy.explain", **_asked(tried, given)) if tried["command"] else None
        except StewardError as refused:
            matrix, problem = await self.site.ask(caller, "policy.matrix"), refused
        data: Data = {
            **matrix,
            "rows": _by_kind(matrix["rows"]),
            "wanted": wanted,
            "tried": tried,
            "answer": answer,
            "levels": [each.value for each in Autonomy],
            "policy": await self.site.ask(caller, "policy.check"),
        }
        page = Page(
            template="autonomy.html", title_key="autonomy.title", data=data, cli=_line(wanted, tried), problem=problem
        )
        return await self.site.respond(request, caller, page)


def _by_kind(rows: list[Data]) -> dict[str, list[Data]]:
    kinds: dict[str, list[Data]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    return kinds


def _given(tried: Data) -> Data:
    """Read `unit=nginx.service count=3` as the input of a command; the machine is a field like every other."""
    pairs = (word.partition("=") for word in tried["input"].split())
    given: Data = {name: _value(value) for name, found, value in pairs if found}
    return given | ({"machine": tried["on"]} if tried["on"] else {})


def _value(text: str) -> str | int | bool:
    return _WORDS[text] if text in _WORDS else int(text) if text.isdecimal() and text.isascii() else text


def _asked(tried: Data, given: str) -> Data:
    return {"command": tried["command"], "given": given}


def _line(wanted: Data, tried: Data) -> str:
    """Return the same as a line of the terminal."""
    if tried["command"]:
        return join(["steward", "policy", "explain", tried["command"], "--given", json.dumps(_given(tried))])
    words = [word for name in _FILTERS if wanted[name] for word in (f"--{name}", wanted[name])]
    return join(["steward", "policy", "matrix", *words])
