"""The first run: the owner, this box, what is declared, how far Steward may go; machines have pages of their own."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Open, Route, keep_session
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.model.machine import FROM_OUTSIDE, Autonomy, Transport
from steward.surfaces.web.setup_steps import FIRST, StepPage, show, step_route
from steward.surfaces.web.sign_in import require_same
from steward.surfaces.web.site import Data, Page, Site, go

_MOST_FINDINGS = 5
_DECLARED = "/setup/declared"
_AUTONOMY = "/setup/autonomy"
_DIAL = (Autonomy.WATCH.value, Autonomy.ASK.value)
"""What the dial offers; a grant is given on a page of its own."""


@dataclass(frozen=True, kw_only=True)
class SetupPages:
    """Makes the first owner and leads through the first steps."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""
        return (
            Route(path="/setup", methods=("GET",), permission=Open.PUBLIC, handler=self._show_owner, is_page=True),
            Route(path="/setup", methods=("POST",), permission=Open.PUBLIC, handler=self._set_up, is_page=True),
            step_route("/setup/box", "GET", self._box),
            step_route(_DECLARED, "GET", self._declared),
            step_route(_DECLARED, "POST", self._declare),
            step_route(_AUTONOMY, "GET", self._autonomy),
            step_route(_AUTONOMY, "POST", self._turn),
            step_route("/setup/done", "GET", self._done),
        )

    async def _show_owner(self, request: Request, caller: Caller) -> Response:
        if not await self.site.access.is_owned():
            return await self._owner_form(request, caller)
        is_owner = caller.principal is not None and Right.GOVERN in caller.principal.rights
        return go(FIRST if is_owner else "/sign-in")

    async def _set_up(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        code, password = str(form.get("code", "")), str(form.get("password", ""))
        try:
            require_same(password, str(form.get("again", "")))
            signed_in = await self.site.access.set_up(
                code, password, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._owner_form(request, caller, code=code, problem=problem)
        keep_session(request, signed_in.cookie)
        return go(FIRST)

    async def _owner_form(
        self, request: Request, caller: Caller, *, code: str = "", problem: StewardError | None = None
    ) -> Response:
        data: Data = {"code": self.site.redact(code)}
        page = Page(template="setup.html", title_key="setup.title", data=data, problem=problem)
        return await self.site.respond(request, caller, page)

    async def _box(self, request: Request, caller: Caller) -> Response:
        """Show what the first look sees, while it goes on."""
        machines = (await self.site.ask(caller, "machines.ls"))["machines"]
        here = next((each["machine"] for each in machines if each["machine"]["transport"] == Transport.LOCAL), None)
        seen = await self.site.ask(caller, "machines.glance", machine=here["name"]) if here else None
        found = (await self.site.ask(caller, "status"))["findings"]
        mine = [each for each in found if here and each["machine"] == here["id"]]
        data: Data = {"seen": seen, "findings": mine[:_MOST_FINDINGS], "more": max(0, len(mine) - _MOST_FINDINGS)}
        line = f"steward machines glance {here['name']}" if here else "steward machines ls"
        return await show(self.site, request, caller, StepPage(name="box", data=data, cli=line, topics=("now",)))

    async def _declared(
        self, request: Request, caller: Caller, *, typed: Data | None = None, problem: StewardError | None = None
    ) -> Response:
        listed = await self.site.ask(caller, "repositories.ls")
        machines = [each["machine"]["name"] for each in (await self.site.ask(caller, "machines.ls"))["machines"]]
        none: Data = {"name": "", "path": "", "machine": ""}
        data: Data = {**listed, "machines": machines, "typed": self.site.redact(typed or none)}
        line = "steward repositories add NAME PATH"
        return await show(self.site, request, caller, StepPage(name="declared", data=data, cli=line, problem=problem))

    async def _declare(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        given = {name: str(form.get(name, "")).strip() for name in ("name", "path", "machine")}
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "repositories.add", **given)
        except StewardError as problem:
            return await self._declared(request, caller, typed=given, problem=problem)
        return go(_DECLARED)

    async def _autonomy(self, request: Request, caller: Caller, *, problem: StewardError | None = None) -> Response:
        machines = (await self.site.ask(caller, "machines.ls"))["machines"]
        shown = [
            {
                "name": each["machine"]["name"],
                "autonomy": each["machine"]["autonomy"],
                "choices": list(dict.fromkeys((*_DIAL, each["machine"]["autonomy"]))),
            }
            for each in machines
            if each["machine"]["transport"] not in FROM_OUTSIDE
        ]
        data: Data = {"machines": shown}
        line = "steward machines promote NAME --to ask"
        return await show(self.site, request, caller, StepPage(name="autonomy", data=data, cli=line, problem=problem))

    async def _turn(self, request: Request, caller: Caller) -> Response:
        """Turn the dial of every machine that stands elsewhere now; the first that cannot be turned is told."""
        form = await request.form()
        try:
            caller = await self.site.proven(request, caller)
            for each in (await self.site.ask(caller, "machines.ls"))["machines"]:
                machine = each["machine"]
                wanted = str(form.get(machine["name"], machine["autonomy"]))
                if wanted != machine["autonomy"]:
                    await self.site.ask(caller, "machines.promote", machine=machine["name"], to=wanted)
        except StewardError as problem:
            return await self._autonomy(request, caller, problem=problem)
        return go("/setup/done")

    async def _done(self, request: Request, caller: Caller) -> Response:
        house = await self.site.ask(caller, "status")
        data: Data = {"sentence": house["sentence"], "found": len(house["findings"]), "waiting": len(house["waiting"])}
        return await show(self.site, request, caller, StepPage(name="done", data=data, cli="steward status"))
