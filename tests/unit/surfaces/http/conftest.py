"""A front door on a real port, with a route of every kind behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from steward.core.access import SignedIn
from steward.core.routes import Caller, Mount, Open, Route, keep_session
from steward.model.access import Right, Role
from steward.model.errors import Conflict, Denied, InvalidInput, NeedsProof, NotFound, Stale, TryLater
from steward.surfaces.http.forwarding import Doorman
from steward.surfaces.http.front import Front
from steward.surfaces.http.server import Server, bound, server
from steward.surfaces.http.site import LOOPBACK_NAMES, Site, networks
from tests.unit.core.hall import OWNER, Hall, hall  # noqa: F401 - a fixture

SECRET = "correct horse"
ERRORS = {
    "input": InvalidInput("no", where="a", why="b", next_step="c"),
    "missing": NotFound("no"),
    "proof": NeedsProof("step_up"),
    "denied": Denied("no"),
    "stale": Stale("no"),
    "conflict": Conflict("no"),
    "later": TryLater("no"),
    "echo": NotFound("there is no first-canary"),
    "bug": ZeroDivisionError("the secret is hunter22"),
}


@dataclass(kw_only=True)
class Door:
    """What listens, and what it let through."""

    hall: Hall
    front: Front
    url: str
    seen: list[Caller] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def client(self, **given: Any) -> httpx2.AsyncClient:
        """A client that follows nothing and keeps no cookie of its own."""
        return httpx2.AsyncClient(base_url=self.url, timeout=60, **given)

    async def token(self, *rights: Right) -> dict[str, str]:
        """Headers of a new token."""
        _, value = await self.hall.access.tokens.mint(
            OWNER, name="test", rights=frozenset(rights), lasts=timedelta(days=1)
        )
        return {"authorization": f"Bearer {value}"}

    async def session(self, role: Role = Role.OWNER) -> SignedIn:
        """A new session."""
        here = {"address": "127.0.0.1", "agent": "test"}
        if role is Role.OWNER:
            return await self.hall.access.sign_in("owner", SECRET, **here)
        code = await self.hall.access.people.invite(OWNER.id, role)
        name = f"{role.value}{len(code)}{code[:4]}"
        return await self.hall.access.accept(code, name=name, password=SECRET, **here)


def from_page(door: Door, signed: SignedIn, **more: str) -> dict[str, str]:
    """Headers of a request that one of our own pages makes."""
    ours = {"cookie": f"steward={signed.cookie}", "origin": door.url, "sec-fetch-site": "same-origin"}
    return {**ours, "x-csrf-token": signed.caller.csrf, **more}


def routes(door: list[Door]) -> tuple[Route | Mount, ...]:
    """A route of every kind; each says who called."""

    def said(caller: Caller) -> dict[str, Any]:
        door[0].seen.append(caller)
        return {"id": caller.principal.id if caller.principal else None, "address": caller.address}

    async def tell(_request: Request, caller: Caller) -> Response:
        return JSONResponse(said(caller))

    async def echo(request: Request, caller: Caller) -> Response:
        return JSONResponse(said(caller) | {"bytes": len(await request.body())})

    async def form(request: Request, caller: Caller) -> Response:
        given = await request.form()
        return JSONResponse(said(caller) | {"name": given.get("name")})

    async def page(_request: Request, caller: Caller) -> Response:
        said(caller)
        return HTMLResponse(
            f"<script nonce={caller.nonce}></script>", headers={"content-security-policy": "x", "server": "y"}
        )

    async def sign_in(request: Request, caller: Caller) -> Response:
        keep_session(request, "the-new-cookie")
        return JSONResponse(said(caller))

    async def fail(request: Request, _caller: Caller) -> Response:
        raise ERRORS[request.path_params["kind"]]

    async def stream(_request: Request, caller: Caller) -> Response:
        said(caller)

        async def lines() -> AsyncIterator[str]:
            try:
                while True:
                    yield "line\n"
                    await asyncio.sleep(0.05)
            finally:
                door[0].ended.set()

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def hang(_request: Request, caller: Caller) -> Response:
        said(caller)
        try:
            await asyncio.sleep(60)
        finally:
            door[0].ended.set()
        raise AssertionError

    async def cached(_request: Request, _caller: Caller) -> Response:
        return Response("body { }", media_type="text/css", headers={"cache-control": "public, max-age=9"})

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        caller = scope["steward.caller"]
        await JSONResponse(said(caller) | {"path": scope["path"]})(scope, receive, send)

    def route(path: str, permission: Any, handler: Any, *methods: str, **more: Any) -> Route:
        return Route(path=path, methods=methods or ("GET",), permission=permission, handler=handler, **more)

    return (
        *(route(f"/api/{right.value}", right, tell, "GET", "POST") for right in Right),
        *(route(f"/page/{right.value}", right, tell, "GET", "POST", is_page=True) for right in Right),
        route("/open", Open.PUBLIC, tell),
        route("/open-page", Open.PUBLIC, page, is_page=True),
        route("/sign-in", Open.PUBLIC, sign_in, "GET", "POST", is_page=True),
        route("/signed", Open.SIGNED, echo, "POST"),
        route("/html", Right.READ, page, is_page=True),
        route("/echo", Right.READ, echo, "POST", most_bytes=1000),
        route("/form", Right.READ, form, "POST", is_page=True),
        route("/fail/{kind}", Open.PUBLIC, fail),
        route("/stream", Right.READ, stream),
        route("/stream-post", Right.READ, stream, "POST"),
        route("/hang", Right.READ, hang),
        route("/cached", Open.PUBLIC, cached),
        route("/cached-private", Right.READ, cached),
        Mount(path="/mount", permission=Right.PROPOSE, application=mounted),
    )


async def opened(made: Hall, site: Site, *, doorman: Doorman | None = None) -> tuple[Door, Server, asyncio.Task[None]]:
    """Listen on a free port."""
    listening = bound("127.0.0.1", 0)
    behind: list[Door] = []
    front = Front(routes(behind), made.access, site, redact=made.redactor.json, doorman=doorman)
    door = Door(hall=made, front=front, url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    behind.append(door)
    serving = server(front, None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    while not serving.started:
        await asyncio.sleep(0.01)
    return door, serving, task


@pytest.fixture
async def door(hall: Hall) -> AsyncIterator[Door]:  # noqa: F811 - the fixture
    """One door, and an owner."""
    await hall.owner.set(SECRET)
    door, serving, task = await opened(hall, Site(hosts=LOOPBACK_NAMES))
    yield door
    serving.should_exit = True
    await task


@pytest.fixture
async def proxied(hall: Hall) -> AsyncIterator[Door]:  # noqa: F811 - the fixture
    """A door behind a proxy that is trusted: this machine."""
    await hall.owner.set(SECRET)
    site = Site(
        hosts=frozenset({*LOOPBACK_NAMES, "steward.example"}),
        public_origin="https://steward.example",
        proxies=networks(["127.0.0.0/8"]),
    )
    door, serving, task = await opened(hall, site)
    yield door
    serving.should_exit = True
    await task


@pytest.fixture
async def below_a_path(hall: Hall) -> AsyncIterator[Door]:  # noqa: F811 - the fixture
    """A door that people reach below a path of a host that is a trusted proxy: this machine."""
    await hall.owner.set(SECRET)
    site = Site(
        hosts=frozenset({*LOOPBACK_NAMES, "home.example"}),
        public_origin="https://home.example",
        base="/steward",
        proxies=networks(["127.0.0.0/8"]),
    )
    door, serving, task = await opened(hall, site)
    yield door
    serving.should_exit = True
    await task
