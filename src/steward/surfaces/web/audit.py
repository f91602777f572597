"""Audit: every row that was written, whether the chain is whole, and all of it to take away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from steward.core.routes import Caller, Route
from steward.lib.shell import join
from steward.model.access import Right
from steward.model.command import Command
from steward.model.errors import NotFound, StewardError
from steward.surfaces.web.site import Data, Page, Site

_ADDRESS = "/settings/audit"
_FILTERS = ("kind", "actor", "subject", "since")
_SPANS = ("24h", "7d", "30d")
_WAITING_LINES = 500
"""Lines of an export that wait for a slow reader; the rest waits in the store."""


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Lists rows, opens one, checks the chain and gives it away as JSON lines."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._list, is_page=True),
            Route(path=f"{_ADDRESS}/export", methods=("GET",), permission=Right.READ, handler=self._export),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        wanted = {name: request.query_params.get(name, "").strip() for name in _FILTERS}
        row, before = (_number(request, name) for name in ("row", "before"))
        problem: StewardError | None = None
        card: Data | None = None
        try:
            card = await self.site.ask(caller, "audit.show", row=row) if row else None
        except NotFound as missing:
            problem = missing
        shown: Data = {name: text for name, text in wanted.items() if text}
        try:
            listed = await self.site.ask(caller, "audit.ls", **shown, before=before or (row + 1 if card else 0))
        except StewardError as refused:
            problem, shown = refused, {}
            listed = await self.site.ask(caller, "audit.ls")
        data: Data = {
            **listed,
            "wanted": wanted,
            "spans": _SPANS,
            "card": card,
            "filters": urlencode(shown),
            "is_first": not (before or card),
            "check": await self.site.ask(caller, "audit.verify") if "check" in request.query_params else None,
        }
        words = ["audit", "show", str(row)] if card else ["audit", "ls"]
        words += [] if card else [word for name, text in shown.items() for word in (f"--{name}", str(text))]
        page = Page(
            template="audit.html",
            title_key="audit.title",
            data=data,
            cli=join(["steward", *words]),
            problem=problem,
        )
        return await self.site.respond(request, caller, page)

    async def _export(self, _request: Request, caller: Caller) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="steward-audit.jsonl"'}
        return StreamingResponse(self._lines(caller), media_type="application/jsonl", headers=headers)

    async def _lines(self, caller: Caller) -> AsyncIterator[str]:
        """Give the lines as they are read, no faster than the browser takes them."""
        waiting: asyncio.Queue[Data | None] = asyncio.Queue(_WAITING_LINES)

        async def read() -> None:
            try:
                await self.site.dispatch(caller.known, Command(name="audit.export", input={}), emit=waiting.put)
            finally:
                await waiting.put(None)

        reading = asyncio.create_task(read())
        try:
            while (line := await waiting.get()) is not None:
                yield json.dumps(cast("Data", self.site.redact(line)), sort_keys=True) + "\n"
            await reading
        finally:
            reading.cancel()


def _number(request: Request, name: str) -> int:
    """Return a number of the address; 0 for what is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0
