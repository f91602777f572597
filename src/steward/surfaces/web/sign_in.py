"""Coming in and going out: the first owner, an invited person, a known one."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.access import SignedIn
from steward.core.routes import Caller, Handler, Open, Route, keep_session
from steward.model.access import Right
from steward.model.errors import InvalidInput, StewardError
from steward.surfaces.web.site import Page, Site, go, inside


@dataclass(frozen=True, kw_only=True)
class SignInPages:
    """Pages that open and end sessions."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""
        return (
            _open("/setup", "GET", self._show_setup),
            _open("/setup", "POST", self._set_up),
            _open("/join", "GET", self._show_join),
            _open("/join", "POST", self._join),
            _open("/sign-in", "GET", self._show_sign_in),
            _open("/sign-in", "POST", self._sign_in),
            Route(path="/sign-out", methods=("POST",), permission=Right.READ, handler=self._sign_out, is_page=True),
        )

    async def _show_setup(self, request: Request, caller: Caller) -> Response:
        if await self.site.access.is_owned():
            return go("/sign-in")
        return await self._page(request, caller, "setup.html", "First owner")

    async def _set_up(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        code, password = str(form.get("code", "")), str(form.get("password", ""))
        try:
            require_same(password, str(form.get("again", "")))
            signed_in = await self.site.access.set_up(
                code, password, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._page(request, caller, "setup.html", "First owner", problem=problem)
        return _welcome(request, signed_in, "/")

    async def _show_join(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, "join.html", "Accept an invitation")

    async def _join(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        code, name, password = (str(form.get(field, "")) for field in ("code", "name", "password"))
        try:
            require_same(password, str(form.get("again", "")))
            signed_in = await self.site.access.accept(
                code, name=name, password=password, address=caller.address, agent=request.headers.get("user-agent", "")
            )
        except StewardError as problem:
            return await self._page(request, caller, "join.html", "Accept an invitation", problem=problem)
        return _welcome(request, signed_in, "/")

    async def _show_sign_in(self, request: Request, caller: Caller) -> Response:
        if not await self.site.access.is_owned():
            return go("/setup")
        response = await self._page(request, caller, "sign_in.html", "Sign in")
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
            return await self._page(request, caller, "sign_in.html", "Sign in", problem=problem)
        return _welcome(request, signed_in, inside(str(form.get("next", ""))))

    async def _sign_out(self, request: Request, caller: Caller) -> Response:
        await self.site.access.sign_out(caller)
        keep_session(request, "")
        return go("/sign-in")

    async def _page(
        self, request: Request, caller: Caller, template: str, title: str, *, problem: StewardError | None = None
    ) -> Response:
        """Show a form; after a try that failed with what was typed in, masked, but for the passwords."""
        typed = await request.form() if request.method == "POST" else None
        next_address = request.query_params.get("next", "") if typed is None else str(typed.get("next", ""))
        data = {
            "code": self.site.redact(str(typed.get("code", "")) if typed else ""),
            "name": self.site.redact(str(typed.get("name", "")) if typed else ""),
            "next": self.site.redact(inside(next_address)),
        }
        return await self.site.respond(
            request, caller, Page(template=template, title=title, data=data, problem=problem)
        )


def _open(path: str, method: str, handler: Handler) -> Route:
    return Route(path=path, methods=(method,), permission=Open.PUBLIC, handler=handler, is_page=True)


def _welcome(request: Request, signed_in: SignedIn, address: str) -> Response:
    keep_session(request, signed_in.cookie)
    return go(address)


def require_same(password: str, again: str) -> None:
    """Refuse a new password that was typed in two ways.

    Raises:
        InvalidInput: they differ.
    """
    if password != again:
        raise InvalidInput("the two passwords differ", next_step="type the same one twice")
