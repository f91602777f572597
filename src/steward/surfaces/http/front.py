"""The front door: one ASGI application before every way in over HTTP.

    host ─> address ─> who ─> right ─> made by us? ─> body ─> handler ─> headers

What any of these refuses never reaches a handler. A handler gets a Starlette request and its `Caller`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steward.core.access import Access
from steward.core.routes import ORIGIN, SESSION, Caller, Mount, Open, Permission, Route
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput, NotAllowed
from steward.surfaces.http.answer import Answer, while_live
from steward.surfaces.http.body import Receive, Send, limited, refuse_too_large
from steward.surfaces.http.credentials import Unknown, caller_of, cookie_of, refuse_in_query
from steward.surfaces.http.forgery import refuse_foreign, refuse_without_token
from steward.surfaces.http.forwarding import Doorman, name_from_proxy
from steward.surfaces.http.holding import Holding
from steward.surfaces.http.lifespan import Lifespan
from steward.surfaces.http.problems import (
    ErrorPage,
    LongHeaders,
    WrongHost,
    as_json,
    headers_of,
    plain_page,
    problem_of,
)
from steward.surfaces.http.site import Link, Scope, Site, below, link_of, values
from steward.surfaces.http.table import SAFE, Match, Table

_log = logging.getLogger("steward.http")
_MOUNT_BYTES = 4 * 1_048_576
_LONGEST_PATH = 2_000
_HEADER_BYTES = 32_768
_SIGN_IN_PATH = "/sign-in"
"""Where people without a session are sent."""
_NOWHERE = Link(address="", host="", name="", is_encrypted=False)


class Front:
    """Finds out who calls, checks the right, and only then calls the handler."""

    def __init__(
        self,
        routes: Sequence[Route | Mount],
        access: Access,
        site: Site,
        *,
        redact: Callable[[Any], Any],
        error_page: ErrorPage = plain_page,
        doorman: Doorman | None = None,
    ) -> None:
        """`redact` masks what errors say; `doorman` lets in whom a proxy names, where the site has proxies that may.

        Raises:
            TypeError, ValueError: a route names no permission, or two are the same.
            InvalidInput: the base of the site is the beginning of a route, so that nobody could tell them apart.
        """
        self.routes = Table(routes)
        _refuse_taken(site.base, [route.path for route in routes])
        self._access = access
        self._holding = Holding()
        self._site = site
        self._redact = redact
        self._error_page = error_page
        self._doorman = doorman
        self._lifespan = Lifespan([route for route in routes if isinstance(route, Mount)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything that is not HTTP is refused."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(18)
        base = self._site.base
        scope = {**scope, "path": below(scope["path"], base)}
        link, caller = _NOWHERE, Caller(principal=None, nonce=nonce, base=base)
        answer = Answer(send, scope=scope, link=link, nonce=nonce, base=base)
        started = asyncio.get_running_loop().time()
        try:
            link = self._link(scope)
            scope["scheme"] = "https" if link.is_encrypted else "http"
            scope[ORIGIN] = self._site.public_origin or link.origin
            answer = Answer(send, scope=scope, link=link, nonce=nonce, base=base)
            match = self._match(scope)
            caller = await self._caller(scope, link, match, nonce)
            answer.is_public = match.route.permission is Open.PUBLIC and caller.principal is None
            await self._admit(scope, link, match, caller)
            await self._call(scope, receive, answer, match, caller)
        except Exception as error:  # noqa: BLE001 - the edge: every error becomes an answer, ours are logged
            await self._fail(error, scope, answer, caller, link)
        finally:
            took = asyncio.get_running_loop().time() - started
            _log_line(scope, link, answer, caller, took)

    def _link(self, scope: Scope) -> Link:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _HEADER_BYTES:
            raise LongHeaders("the headers are too long", why=f"at most {_HEADER_BYTES} bytes are read")
        try:
            link = link_of(scope, self._site)
        except InvalidInput as error:
            raise WrongHost(error.what, next_step=error.next_step) from error
        if not link.is_private:
            step = "use https, or come from this machine"
            raise WrongHost("this way here can be read by others", next_step=step)
        return link

    def _match(self, scope: Scope) -> Match:
        if len(scope["path"]) > _LONGEST_PATH:
            raise InvalidInput("the address is too long")
        refuse_in_query(scope)
        return self.routes.match(scope["path"], scope["method"])

    async def _caller(self, scope: Scope, link: Link, match: Match, nonce: str) -> Caller:
        permission, is_page = match.route.permission, _is_page(match)
        caller = await self._recognized(scope, link, permission, is_page=is_page)
        if permission is Open.PUBLIC and caller.principal is None and is_page and cookie_of(scope, link):
            scope[SESSION] = ""
        return replace(self._holding.of(caller), nonce=nonce, base=self._site.base)

    async def _recognized(self, scope: Scope, link: Link, permission: Permission, *, is_page: bool) -> Caller:
        """Return who calls; where a proxy names somebody, a page is opened for them and another's session is none."""
        named = name_from_proxy(scope, self._site) if self._doorman is not None else ""
        if self._doorman is None or not named or isinstance(permission, Open):
            return await caller_of(scope, link, self._access, permission, is_page=is_page)
        opens_page = is_page and scope["method"] in SAFE
        try:
            caller = await caller_of(scope, link, self._access, permission, is_page=is_page)
        except Unknown:
            if not opens_page:
                raise
        else:
            if not await self._doorman.is_another(caller, named):
                return caller
        return await self._doorman.admit(scope, link, named, opens_page=opens_page)

    async def _admit(self, scope: Scope, link: Link, match: Match, caller: Caller) -> None:
        permission = match.route.permission
        is_by_cookie = bool(caller.csrf)
        if is_by_cookie or (_is_page(match) and scope["method"] not in SAFE):
            refuse_foreign(scope, link, self._site)
        if not isinstance(permission, Open) and permission not in caller.known.rights:
            why = f"it needs the right to {permission.value}"
            raise NotAllowed("you may not do this", why=why, next_step="ask the owner")

    async def _call(self, scope: Scope, receive: Receive, answer: Answer, match: Match, caller: Caller) -> None:
        most = match.route.most_bytes if isinstance(match.route, Route) else _MOUNT_BYTES
        refuse_too_large(scope, most)
        work = self._work(scope, limited(receive, most_bytes=most), answer, match, caller)
        if caller.is_live is None:
            await work
        else:
            over = partial(self._holding.over, caller.credential, caller.is_live)
            await while_live(work, answer, over, from_start=scope["method"] in SAFE)

    async def _work(self, scope: Scope, receive: Receive, answer: Answer, match: Match, caller: Caller) -> None:
        scope["steward.caller"] = caller
        if isinstance(match.route, Mount):
            below = {**scope, "root_path": scope.get("root_path", "") + match.route.path}
            await match.route.application(below, receive, answer.send)
            return
        request = Request({**scope, "path_params": match.parameters}, receive)
        if caller.csrf and scope["method"] not in SAFE:
            await refuse_without_token(request, caller)
        response: Response = await match.route.handler(request, caller)
        if SESSION in request.scope:
            scope[SESSION] = request.scope[SESSION]
        await response(request.scope, receive, answer.send)

    async def _fail(self, error: Exception, scope: Scope, answer: Answer, caller: Caller, link: Link) -> None:
        if answer.has_begun:
            problem_of(error)
            await answer.end()
            return
        response = self._problem(error, scope, caller, link)
        await response({**scope, "extensions": {}}, _nothing, answer.send)

    def _problem(self, error: Exception, scope: Scope, caller: Caller, link: Link) -> Response:
        is_page = self.routes.is_page(scope["path"]) or "text/html" in ",".join(values(scope, b"accept"))
        wants_json = "application/json" in ",".join(values(scope, b"accept"))
        if isinstance(error, Unknown) and is_page and not wants_json:
            if link is not _NOWHERE and cookie_of(scope, link):
                scope[SESSION] = ""
            if scope["method"] in SAFE:
                return RedirectResponse(_and_back(scope["path"]), status_code=303)
        problem, headers = problem_of(error), headers_of(error)
        if not is_page or wants_json:
            return as_json(problem, self._redact, headers)
        response = self._error_page(problem, caller, Request(scope))
        response.headers.update(headers)
        return response


def _and_back(path: str) -> str:
    """Return where to sign in, and where to go on to; what stood behind the `?` is not carried around."""
    return _SIGN_IN_PATH if path == "/" else f"{_SIGN_IN_PATH}?next={quote(path, safe='/')}"


def _refuse_taken(base: str, paths: Sequence[str]) -> None:
    """Refuse a base that a route of ours begins with."""
    taken = [path for path in paths if base and below(path, base) != path]
    if taken:
        step = "choose another path, for example /steward"
        raise InvalidInput(
            f"STEWARD_PUBLIC_URL ends in {base}", why=f"{taken[0]} is an address of Steward's own", next_step=step
        )


def _is_page(match: Match) -> bool:
    return isinstance(match.route, Route) and match.route.is_page


def _log_line(scope: Scope, link: Link, answer: Answer, caller: Caller, took: float) -> None:
    """Log who asked for what and how it went; never the query, which may hold anything, nor a header."""
    who = caller.principal.id if caller.principal is not None else "-"
    path = visible_line(scope["path"][:200])
    _log.info("%s %s %s %s %d %.0f ms", link.address or "-", who, scope["method"], path, answer.status, took * 1000)


async def _nothing() -> Any:
    return {"type": "http.disconnect"}
