"""One's own proofs: passkeys, the authenticator app, recovery codes. All but looking asks who it is, lately."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Handler, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.model.risk import Strength
from steward.surfaces.web.site import Data, Page, Site, go, party_of, takes_passkeys

_ADDRESS = "/settings/security"


@dataclass(frozen=True, kw_only=True)
class SecurityPage:
    """Shows what somebody proves who they are with, and lets them change it."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes: whoever may look at all may guard themselves."""
        changes: tuple[tuple[str, Handler], ...] = (
            ("ask", self._ask),
            ("prove", self._prove),
            ("passkeys/ask", self._ask_for_new),
            ("passkeys", self._add),
            ("passkeys/rename", self._rename),
            ("passkeys/remove", self._remove),
            ("app/begin", self._begin),
            ("app/confirm", self._confirm),
            ("app/disable", self._disable),
            ("codes", self._renew),
        )
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            *(
                Route(path=f"{_ADDRESS}/{path}", methods=("POST",), permission=Right.READ, handler=do, is_page=True)
                for path, do in changes
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _ask(self, request: Request, caller: Caller) -> Response:
        """Return the question for a passkey that is to prove one thing, whatever page that is on."""
        about = str((await request.form()).get("about", ""))
        asked = await self.site.access.proving.ask_to_prove(caller, about, party_of(request))
        return JSONResponse({"options": json.loads(asked.options)})

    async def _prove(self, request: Request, caller: Caller) -> Response:
        try:
            await self.site.proven(request, caller)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _ask_for_new(self, request: Request, caller: Caller) -> Response:
        asked = await self.site.access.proving.ask_for_new_passkey(caller, party_of(request))
        return JSONResponse({"options": json.loads(asked.options)})

    async def _add(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        answer, name = str(form.get("passkey", "")), str(form.get("name", ""))
        try:
            await self.site.access.proving.add_passkey(caller, answer, name, party_of(request))
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _rename(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        given = {"passkey": str(form.get("id", "")), "name": str(form.get("name", ""))}
        return await self._command(request, caller, "passkeys.rename", **given)

    async def _remove(self, request: Request, caller: Caller) -> Response:
        passkey = str((await request.form()).get("id", ""))
        return await self._command(request, caller, "passkeys.remove", passkey=passkey)

    async def _disable(self, request: Request, caller: Caller) -> Response:
        return await self._command(request, caller, "totp.disable")

    async def _command(self, request: Request, caller: Caller, command: str, /, **given: str) -> Response:
        try:
            await self.site.ask(caller, command, **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _begin(self, request: Request, caller: Caller) -> Response:
        try:
            await self.site.access.proving.begin_authenticator(caller)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(_ADDRESS)

    async def _confirm(self, request: Request, caller: Caller) -> Response:
        code = str((await request.form()).get("code", ""))
        try:
            codes = await self.site.access.proving.confirm_authenticator(caller, code)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return await self._page(request, caller, codes=codes)

    async def _renew(self, request: Request, caller: Caller) -> Response:
        try:
            codes = await self.site.access.proving.renew_recovery_codes(caller)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return await self._page(request, caller, codes=codes)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        *,
        codes: tuple[str, ...] = (),
        problem: StewardError | None = None,
    ) -> Response:
        """Show what there is; recovery codes are shown on the page of this very answer, never at an address."""
        data: dict[str, Any] = {
            **await self.site.ask(caller, "passkeys.ls"),
            **await self._waiting(caller),
            "codes": codes,
            "takes_passkeys": takes_passkeys(request),
        }
        page = Page(
            template="security.html",
            title_key="security.title",
            data=data,
            scripts=("passkey",),
            cli="steward passkeys ls",
            problem=problem,
        )
        return await self.site.respond(request, caller, page)

    async def _waiting(self, caller: Caller) -> Data:
        """Return the secret of an app that is being set up, as a picture and to type in, to whoever just proved it."""
        enrolment = None
        if caller.known.strength.meets(Strength.STEP_UP):
            enrolment = await self.site.access.proving.waiting_authenticator(caller)
        if enrolment is None:
            return {"picture": "", "secret": ""}
        picture = segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff")
        return {"picture": picture, "secret": enrolment.secret}
