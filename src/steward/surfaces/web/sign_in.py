"""Coming in and going out: an invited person, a known one."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.access import SignedIn
from steward.core.proving import HalfWay
from steward.core.routes import Caller, Handler, Open, Route, keep_session
from steward.model.access import Right
from steward.model.errors import InvalidInput, StewardError
from steward.surfaces.web.site import Page, Site, go, inside, party_of, takes_passkeys

FAMILY_PAGE = "/status"
"""The only page of whoever may do no more than glance."""


@dataclass(frozen=True, kw_only=True)
class SignInPages:
    """Pages that open and end sessions."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""
        return (
            _open("/join", "GET", self._show_join),
            _open("/join", "POST", self._join),
            _open("/sign-in", "GET", self._show_sign_in),
            _open("/sign-in", "POST", self._sign_in),
            _open("/sign-in/code", "POST", self._give_code),
            _open("/sign-in/passkey/ask", "POST", self._ask_for_passkey),
            _open("/sign-in/passkey", "POST", self._give_passkey),
            Route(path="/sign-out", methods=("POST",), permission=Right.GLANCE, handler=self._sign_out, is_page=True),
        )

    async def _show_join(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, "join.html", "join.title")

    async def _join(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        code, name, password = (str(form.get(field, "")) for field in ("code", "name", "password"))
        try:
            require_same(password, str(form.get("again", "")))
            signed_in = await self.site.access.accept(
                code, name=name, password=password, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._page(request, caller, "join.html", "join.title", problem=problem)
        return _welcome(request, signed_in, "/")

    async def _show_sign_in(self, request: Request, caller: Caller) -> Response:
        if not await self.site.access.is_owned():
            return go("/setup")
        response = await self._page(request, caller, "sign_in.html", "sign_in.title")
        if "HX-Request" in request.headers:  # a fragment was asked for after the session ended: show the whole page
            response.headers["HX-Refresh"] = "true"
        return response

    async def _sign_in(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        try:
            signed_in = await self.site.access.sign_in(
                name, password, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._page(request, caller, "sign_in.html", "sign_in.title", problem=problem)
        if isinstance(signed_in, HalfWay):
            return await self._second_step(request, caller, signed_in.ticket)
        return _welcome(request, signed_in, inside(str(form.get("next", ""))))

    async def _give_code(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        ticket, code = str(form.get("ticket", "")), str(form.get("code", ""))
        try:
            signed_in = await self.site.access.sign_in_with_code(
                ticket, code, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._second_step(request, caller, ticket, problem=problem)
        return _welcome(request, signed_in, inside(str(form.get("next", ""))))

    async def _ask_for_passkey(self, request: Request, caller: Caller) -> Response:
        asked = await self.site.access.proving.ask_for_passkey(party_of(request), address=caller.address)
        return JSONResponse({"ticket": asked.ticket, "options": json.loads(asked.options)})

    async def _give_passkey(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        answer, ticket = str(form.get("passkey", "")), str(form.get("ticket", ""))
        agent = request.headers.get("user-agent", "")
        try:
            signed_in = await self.site.access.sign_in_with_passkey(
                answer, ticket, party_of(request), address=caller.address, agent=agent
            )
        except StewardError as problem:
            return await self._page(request, caller, "sign_in.html", "sign_in.title", problem=problem)
        return _welcome(request, signed_in, inside(str(form.get("next", ""))))

    async def again(self, request: Request, caller: Caller, problem: StewardError) -> Response:
        """Show the form that was sent once more, with what went wrong: every other way in is still there."""
        if "code" in await request.form():
            return await self._page(request, caller, "join.html", "join.title", problem=problem)
        return await self._page(request, caller, "sign_in.html", "sign_in.title", problem=problem)

    async def _sign_out(self, request: Request, caller: Caller) -> Response:
        await self.site.access.sign_out(caller)
        keep_session(request, "")
        response = go("/sign-in")
        response.headers["Clear-Site-Data"] = '"cache"'  # a page that a browser keeps for its back button goes too
        return response

    async def _second_step(
        self, request: Request, caller: Caller, ticket: str, *, problem: StewardError | None = None
    ) -> Response:
        """Ask for the code; the ticket says that the password was right, and holds for five minutes."""
        next_address = inside(str((await request.form()).get("next", "")))
        data = {"ticket": ticket, "next": self.site.redact(next_address)}
        page = Page(template="sign_in_code.html", title_key="sign_in.code.title", data=data, problem=problem)
        return await self.site.respond(request, caller, page)

    async def _page(
        self, request: Request, caller: Caller, template: str, title_key: str, *, problem: StewardError | None = None
    ) -> Response:
        """Show a form; after a try that failed with what was typed in, masked, but for the passwords."""
        typed = await request.form() if request.method == "POST" else None
        next_address = request.query_params.get("next", "") if typed is None else str(typed.get("next", ""))
        data = {
            "code": self.site.redact(str(typed.get("code", "")) if typed else ""),
            "name": self.site.redact(str(typed.get("name", "")) if typed else ""),
            "next": self.site.redact(inside(next_address)),
            "takes_passkeys": takes_passkeys(request),
        }
        scripts = ("passkey",) if template == "sign_in.html" and data["takes_passkeys"] else ()
        page = Page(template=template, title_key=title_key, data=data, scripts=scripts, problem=problem)
        return await self.site.respond(request, caller, page)


def _open(path: str, method: str, handler: Handler) -> Route:
    return Route(path=path, methods=(method,), permission=Open.PUBLIC, handler=handler, is_page=True)


def _welcome(request: Request, signed_in: SignedIn, address: str) -> Response:
    keep_session(request, signed_in.cookie)
    return go(address if Right.READ in signed_in.caller.known.rights else FAMILY_PAGE)


def require_same(password: str, again: str) -> None:
    """Refuse a new password that was typed in two ways.

    Raises:
        InvalidInput: they differ.
    """
    if password != again:
        raise InvalidInput("the two passwords differ", next_step="type the same one twice")
