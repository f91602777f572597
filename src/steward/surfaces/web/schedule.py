"""One trigger: when it is due, what came of it, its text with a check, and pausing, resuming and firing it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Handler, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.occurrences import beats, columns
from steward.surfaces.web.schedules import ADDRESS, here
from steward.surfaces.web.site import Data, Page, Site, go

_ONE = f"{ADDRESS}/{{name}}"


@dataclass(frozen=True, kw_only=True)
class SchedulePage:
    """Shows a trigger and changes it."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=_ONE, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            _form("pause", Right.BRAKE, self._pause),
            _form("resume", Right.DECIDE, self._resume),
            _form("fire", Right.PROPOSE, self._fire),
            _form("text", Right.READ, self._write),
            _form("remove", Right.GOVERN, self._remove),
            _form("address", Right.GOVERN, self._address),
            _form("renew", Right.GOVERN, self._renew),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _pause(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        return await self._do(request, caller, "trigger.pause", reason=str(form.get("reason", "")))

    async def _resume(self, request: Request, caller: Caller) -> Response:
        return await self._do(request, caller, "trigger.resume")

    async def _fire(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        return await self._do(request, caller, "trigger.fire", occurrence=str(form.get("occurrence", "")))

    async def _remove(self, request: Request, caller: Caller) -> Response:
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "trigger.rm", name=request.path_params["name"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(ADDRESS)

    async def _address(self, request: Request, caller: Caller) -> Response:
        return await self._reveal(request, caller, "trigger.address")

    async def _renew(self, request: Request, caller: Caller) -> Response:
        return await self._reveal(request, caller, "trigger.renew")

    async def _reveal(self, request: Request, caller: Caller, command: str) -> Response:
        """Show a secret address once, in the answer to the form that asked for it."""
        try:
            caller = await self.site.proven(request, caller)
            shown = await self.site.ask(caller, command, name=request.path_params["name"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return await self._page(request, caller, revealed=here(request, caller, shown))

    async def _do(self, request: Request, caller: Caller, command: str, **given: str) -> Response:
        name = request.path_params["name"]
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, command, name=name, **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"{ADDRESS}/{name}")

    async def _write(self, request: Request, caller: Caller) -> Response:
        """Check or keep the text; the command that keeps it asks for its own right and proof."""
        form = await request.form()
        name, text = request.path_params["name"], str(form.get("text", "")).replace("\r\n", "\n")
        given = {"what": f"{name}.yaml", "text": text}
        try:
            if form.get("do") == "save":
                caller = await self.site.proven(request, caller)
                await self.site.ask(caller, "trigger.add", **given)
                return go(f"{ADDRESS}/{name}#text")
            check = await self.site.ask(caller, "trigger.check", **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem, typed=text)
        return await self._page(request, caller, typed=text, check=check)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        *,
        problem: StewardError | None = None,
        typed: str = "",
        check: Data | None = None,
        revealed: Data | None = None,
    ) -> Response:
        name = request.path_params["name"]
        found = await self.site.ask(caller, "trigger.show", name=name)
        data: Data = {
            **found,
            "revealed": revealed,
            "upcoming": found["next"],
            "beats": beats(found["history"], self.site.texts(request)),
            "columns": columns(found["history"]),
            "needs": await self._needs(caller, name),
            "typed": typed or found["text"],
            "check": check,
        }
        page = Page(
            template="schedule.html",
            title=found["trigger"]["name"],
            data=data,
            topics=("now",),
            address=f"{ADDRESS}/{name}",
            cli=f"steward trigger show {name}",
            problem=problem,
        )
        return await self.site.respond(request, caller, page)

    async def _needs(self, caller: Caller, name: str) -> Data:
        """Return what each of its runs will need; a refusal of policy is an answer too."""
        try:
            found = await self.site.ask(caller, "trigger.check", what=name)
        except StewardError as refused:
            return {"verdict": "deny", "each_run": str(refused)}
        return {"verdict": found["verdict"], "each_run": found["each_run"]}


def _form(verb: str, right: Right, handler: Handler) -> Route:
    return Route(path=f"{_ONE}/{verb}", methods=("POST",), permission=right, handler=handler, is_page=True)
