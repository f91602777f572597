"""Who may come in: people, sessions, tokens; invite, mint, end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import TOKEN_RIGHTS, Right, Role
from steward.model.errors import StewardError
from steward.surfaces.web.site import Data, Page, Site, go

_ADDRESS = "/settings/access"


@dataclass(frozen=True, kw_only=True)
class AccessPage:
    """Lists who may come in, and changes it."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        changes = (
            ("tokens/mint", self._mint),
            ("tokens/revoke", self._revoke_token),
            ("sessions/revoke", self._revoke_session),
            ("people/invite", self._invite),
            ("people/disable", self._disable),
        )
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.GOVERN, handler=self._show, is_page=True),
            *(
                Route(path=f"{_ADDRESS}/{path}", methods=("POST",), permission=Right.GOVERN, handler=do, is_page=True)
                for path, do in changes
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _mint(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        rights = [str(right) for right in form.getlist("rights")]
        days = str(form.get("days", ""))
        given = {"name": str(form.get("name", "")), "rights": rights, "days": int(days) if days.isdigit() else 0}
        return await self._change(request, caller, "tokens.mint", given, shows="minted")

    async def _revoke_token(self, request: Request, caller: Caller) -> Response:
        return await self._change(request, caller, "tokens.revoke", {"token": await _id(request)})

    async def _revoke_session(self, request: Request, caller: Caller) -> Response:
        return await self._change(request, caller, "sessions.revoke", {"session": await _id(request)})

    async def _invite(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        return await self._change(
            request, caller, "people.invite", {"role": str(form.get("role", ""))}, shows="invited"
        )

    async def _disable(self, request: Request, caller: Caller) -> Response:
        return await self._change(request, caller, "people.disable", {"person": await _id(request)})

    async def _change(
        self, request: Request, caller: Caller, command: str, given: dict[str, Any], *, shows: str = ""
    ) -> Response:
        """Carry out a command; what is told only once is shown on the page of this very answer, never at an address."""
        try:
            caller = await self.site.proven(request, caller)
            answer = await self.site.ask(caller, command, **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return await self._page(request, caller, {shows: answer}) if shows else go(_ADDRESS)

    async def _page(
        self, request: Request, caller: Caller, once: Data | None = None, *, problem: StewardError | None = None
    ) -> Response:
        data = {
            "tokens": (await self.site.ask(caller, "tokens.ls"))["tokens"],
            "sessions": (await self.site.ask(caller, "sessions.ls"))["sessions"],
            **await self.site.ask(caller, "people.ls"),
            "rights": [right.value for right in Right if right in TOKEN_RIGHTS],
            "roles": [role.value for role in Role],
            "minted": None,
            "invited": None,
            **(once or {}),
        }
        page = Page(template="access.html", title_key="nav.access", data=data, cli="steward tokens ls", problem=problem)
        return await self.site.respond(request, caller, page)


async def _id(request: Request) -> str:
    return str((await request.form()).get("id", ""))
