"""Knowledge: the documentation Steward writes, read and searched, and whether it still says what is seen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.lib.shell import join
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.markdown import MOST, markdown
from steward.surfaces.web.site import Data, Page, Site, go, wants_json

_ADDRESS = "/knowledge"
_PAGES = f"{_ADDRESS}/docs/"
_AT_ONCE = 200
"""Pages that are compared with what is seen without being asked to."""
_UNCHECKED: Data = {"sentence": "", "changed": {}, "refused": {}, "problem": "", "is_left_out": False}
_PARTS = ("before", "notes", "after")


@dataclass(frozen=True, kw_only=True)
class KnowledgePage:
    """Lists the pages by shelf, draws one, looks for words, and has all of them written anew."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._list, is_page=True),
            Route(
                path=f"{_PAGES}{{path:path}}", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True
            ),
            Route(
                path=f"{_ADDRESS}/build", methods=("POST",), permission=Right.GOVERN, handler=self._build, is_page=True
            ),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        return await self._shelves(request, caller, problem=None)

    async def _build(self, request: Request, caller: Caller) -> Response:
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "docs.build")
        except StewardError as problem:
            return await self._shelves(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _shelves(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        words = request.query_params.get("q", "").strip()
        listed = await self.site.ask(caller, "docs.ls")
        shelves: dict[str, list[Data]] = {}
        for page in listed["pages"]:
            shelves.setdefault(page["shelf"], []).append(page)
        data: Data = {
            "words": words,
            "found": await self.site.ask(caller, "docs.search", words=words) if words else None,
            "shelves": shelves,
            "count": len(listed["pages"]),
            "check": await self._checked(request, caller, len(listed["pages"])),
        }
        line = join(["steward", "docs", "search", words]) if words else "steward docs ls"
        page = Page(template="knowledge.html", title_key="knowledge.title", data=data, cli=line, problem=problem)
        return await self.site.respond(request, caller, page)

    async def _show(self, request: Request, caller: Caller) -> Response:
        path = request.path_params["path"]
        shown = await self.site.ask(caller, "docs.show", path=path)
        data: Data = {**shown, "check": await self._checked(request, caller, shown["pages"])}
        if not wants_json(request):
            data["drawn"] = await asyncio.to_thread(_drawn, shown, f"{caller.base}{_PAGES}")
            data["is_cut"] = any(len(shown[part]) > MOST for part in _PARTS)
        line = join(["steward", "docs", "show", path])
        page = Page(template="document.html", title=shown["entry"]["title"], data=data, cli=line)
        return await self.site.respond(request, caller, page)

    async def _checked(self, request: Request, caller: Caller, pages: int) -> Data:
        """Say of which pages a build would write another text, and which it would leave; by path below `docs`.

        With very many pages that takes seconds, so it is done when it is asked for.
        """
        if pages > _AT_ONCE and "check" not in request.query_params:
            return {**_UNCHECKED, "is_left_out": True}
        try:
            found = await self.site.ask(caller, "docs.check")
        except StewardError as error:
            return {**_UNCHECKED, "problem": self.site.redact(str(error))}
        changed = {_below(name): each for each in found["changed"] for name in (each["was"] or each["path"],)}
        refused = {_below(each["path"]): each for each in found["refused"]}
        return {**_UNCHECKED, "sentence": found["sentence"], "changed": changed, "refused": refused}


def _below(path: str) -> str:
    return path.removeprefix("docs/")


def _drawn(shown: Data, root: str) -> Data:
    return {part: markdown(shown[part], root, shown["entry"]["path"]) for part in _PARTS}
