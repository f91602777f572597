"""To the provider of identities and back: to sign in, to accept an invitation, to link, to prove.

The browser goes there from a page of its own: a form that led there at once would be stopped by our own policy for
forms, which is there for those that somebody else wrote.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.identities import Identities
from steward.core.identity_flows import Begun, Returned
from steward.core.routes import Caller, Handler, Open, Permission, Route, keep_session
from steward.lib.codec import encode
from steward.model.access import Right
from steward.model.errors import NotFound, StewardError
from steward.model.identity import FLOW_LASTS
from steward.surfaces.web.sign_in import SignInPages
from steward.surfaces.web.site import Page, Site, go, inside

_SETTINGS = "/settings/identity"
_BACK = "/oidc/callback"
_COOKIE, _HOST_COOKIE = "steward-flow", "__Host-steward-flow"
_SAFE, _UNSAFE = "GET", "POST"


@dataclass(frozen=True, kw_only=True)
class ProviderPages:
    """Pages that lead to the provider and take people back."""

    site: Site
    identities: Identities | None
    """Who comes in through it; None where there is no provider."""

    def routes(self) -> tuple[Route, ...]:
        """Return their routes; without a provider they say that there is none."""
        return (
            _route("/oidc/start", _UNSAFE, self._start, Open.PUBLIC),
            _route(_BACK, _SAFE, self._back, Open.PUBLIC),
            _route(_SETTINGS, _SAFE, self._show, Right.READ),
            _route(f"{_SETTINGS}/link", _UNSAFE, self._link, Right.READ),
            _route(f"{_SETTINGS}/prove", _UNSAFE, self._prove, Right.READ),
            _route(f"{_SETTINGS}/unlink", _UNSAFE, self._unlink, Right.READ),
        )

    async def _start(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        redirect, code = _redirect(request, caller), form.get("code")
        try:
            if code is None:
                begun = await self._known().sign_in(
                    redirect=redirect, address=caller.address, next_address=inside(str(form.get("next", "")))
                )
            else:
                begun = await self._known().join(
                    str(code), name=str(form.get("name", "")), redirect=redirect, address=caller.address
                )
        except StewardError as problem:
            return await SignInPages(site=self.site).again(request, caller, problem)
        return await self._go_on(request, caller, begun)

    async def _back(self, request: Request, caller: Caller) -> Response:
        returned = Returned(
            cookie=request.cookies.get(_name(request), ""),
            state=_only(request, "state"),
            code=_only(request, "code"),
            error=_only(request, "error"),
            issuer=_only(request, "iss"),
        )
        finished = await self._known().finish(returned, caller, agent=request.headers.get("user-agent", ""))
        if finished.signed_in is not None:
            keep_session(request, finished.signed_in.cookie)
        response = go(inside(finished.next))
        response.delete_cookie(_name(request), secure=_is_encrypted(request), httponly=True, samesite="lax")
        return response

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _link(self, request: Request, caller: Caller) -> Response:
        redirect = _redirect(request, caller)
        try:
            caller = await self.site.proven(request, caller)
            begun = await self._known().link(caller, redirect=redirect, next_address=_SETTINGS)
        except StewardError as problem:
            return await self._page(request, caller, problem)
        return await self._go_on(request, caller, begun)

    async def _prove(self, request: Request, caller: Caller) -> Response:
        next_address = inside(str((await request.form()).get("next", "")))
        try:
            begun = await self._known().prove(caller, redirect=_redirect(request, caller), next_address=next_address)
        except StewardError as problem:
            return await self._page(request, caller, problem)
        return await self._go_on(request, caller, begun)

    async def _unlink(self, request: Request, caller: Caller) -> Response:
        subject = str((await request.form()).get("subject", ""))
        try:
            caller = await self.site.proven(request, caller)
            await self._known().unlink(caller, subject)
        except StewardError as problem:
            return await self._page(request, caller, problem)
        return go(_SETTINGS)

    async def _page(self, request: Request, caller: Caller, problem: StewardError | None = None) -> Response:
        known, person = self._known(), caller.known.id
        data = {
            "links": [self.site.redact(encode(link)) for link in await known.of(person)],
            "may_prove": await known.may_prove(person),
            "next": self.site.redact(inside(request.query_params.get("next", _SETTINGS))),
        }
        page = Page(template="identity.html", title_key="identity.title", data=data, problem=problem)
        return await self.site.respond(request, caller, page)

    async def _go_on(self, request: Request, caller: Caller, begun: Begun) -> Response:
        """Lead to the provider, from a page that says so; the browser holds what it must bring back."""
        page = Page(template="go_on.html", title_key="identity.go_on.title", data={"there": begun.address})
        response = await self.site.respond(request, caller, page)
        response.headers["refresh"] = f"0; url={begun.address}"
        response.set_cookie(
            _name(request),
            begun.cookie,
            max_age=int(FLOW_LASTS.total_seconds()),
            secure=_is_encrypted(request),
            httponly=True,
            samesite="lax",
        )
        return response

    def _known(self) -> Identities:
        if self.identities is None:
            step = "the owner sets STEWARD_OIDC_ISSUER and STEWARD_OIDC_CLIENT_ID"
            raise NotFound("there is no provider of identities here", next_step=step)
        return self.identities


def _route(path: str, method: str, handler: Handler, permission: Permission) -> Route:
    return Route(path=path, methods=(method,), permission=permission, handler=handler, is_page=True)


def _redirect(request: Request, caller: Caller) -> str:
    """Return where the browser comes back to: the very address it is at, which the front door knows to be ours."""
    return f"{request.url.scheme}://{request.url.netloc}{caller.base}{_BACK}"


def _is_encrypted(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return _HOST_COOKIE if _is_encrypted(request) else _COOKIE


def _only(request: Request, name: str) -> str:
    """Return what the address says once; what it says twice is nothing."""
    given = request.query_params.getlist(name)
    return given[0] if len(given) == 1 else ""
