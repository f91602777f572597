"""Behind real proxies, at a path that they pass on or take off, and at the root of a host that they encrypt."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from steward.app.http import front
from steward.app.listen import read_http
from steward.app.ways import read_ways
from steward.core.owner import OWNER
from steward.model.access import Right, Role
from steward.model.risk import Strength
from steward.surfaces.http.server import bound, server
from tests.flows.house import LOCAL_NAME, House
from tests.flows.served import Api
from tests.flows.test_tls import certified
from tests.suites.proxies import SNIPPETS, portal, program, proxied
from tests.suites.sshd import free_port
from tests.web.place import PASSWORD

DOCUMENT = Path(__file__).parents[4] / "docs" / "how-to" / "behind-a-proxy.md"
PROXIES = ("caddy", "traefik")
ADDRESS = re.compile(r'\b(?:href|src|action|formaction|hx-get|hx-sse:connect|data-source)="(/[^"]*)"')
CLIENT, STRANGER = "127.0.0.9", "127.0.0.3"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(kw_only=True)
class Visitor:
    """A browser that comes through the proxy."""

    house: House
    port: int
    """Port of the proxy."""
    inner: int
    """Port of the house itself."""
    base: str
    trust: ssl.SSLContext | None = None
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def origin(self) -> str:
        """What pages of this address call themselves."""
        return f"https://localhost:{self.port}" if self.trust else f"http://127.0.0.1:{self.port}"

    async def get(self, path: str, **headers: str) -> Reply:
        """Fetch an address as it stands."""
        return await asyncio.to_thread(self._ask, "GET", path, "", headers)

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Reply:
        """Send a form as our own page would."""
        given = {"origin": self.origin, "sec-fetch-site": "same-origin", **FORM, **(headers or {})}
        return await asyncio.to_thread(self._ask, "POST", path, urlencode(fields), given)

    async def sign_in(self, **fields: str) -> Reply:
        """Sign in at the page that people are sent to."""
        return await self.post(f"{self.base}/sign-in", name="owner", password=PASSWORD, **fields)

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection to the proxy, from an address of our own."""
        if self.trust:
            return http.client.HTTPSConnection(
                "localhost", self.port, timeout=120, context=self.trust, source_address=(CLIENT, 0)
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(CLIENT, 0))

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> Reply:
        connection = self.connect()
        try:
            held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            given = {"accept": "text/html", **({"cookie": held} if held else {}), **headers}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, held = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = held
            return Reply(
                status=answer.status, headers={name.lower(): value for name, value in answer.getheaders()}, text=text
            )
        finally:
            connection.close()


@asynccontextmanager
async def behind(
    kind: str, shape: str, house: House, folder: Path, *, base: str = "/steward", portal_port: int = 0, **ways: str
) -> AsyncIterator[Visitor]:
    """Serve a house behind a proxy."""
    program(kind)
    port, tls = free_port(), certified(folder, "proxy") if shape == "root" else None
    trust = ssl.create_default_context(cafile=tls[0]) if tls else None
    await house.steward.owner.set(PASSWORD)
    origin = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    http_settings = read_http({"STEWARD_PUBLIC_URL": f"{origin}{base}", "STEWARD_TRUSTED_PROXIES": "127.0.0.1"})
    settings = replace(house.settings, http=http_settings, ways=read_ways(ways))
    listening = bound("127.0.0.1", 0)
    inner = listening.getsockname()[1]
    serving = server(front(replace(house.steward, settings=settings)), None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        with proxied(kind, shape, folder, port=port, house=inner, portal=portal_port, tls=tls):
            yield Visitor(house=house, port=port, inner=inner, base=base, trust=trust)
    finally:
        serving.should_exit = True
        await task
        listening.close()


async def everything_works(visitor: Visitor) -> None:
    """Hold that pages, static files, forms, redirects, the live stream and programs work as at the root."""
    base, house = visitor.base, visitor.house
    card = await house.ask("one")
    code, run = card["approval"]["code"], card["run"]
    sent = await visitor.get(f"{base}/approvals")
    assert (sent.status, sent.headers["location"]) == (303, f"{base}/sign-in?next=/approvals")
    signed = await visitor.sign_in(next=f"/a/{code}")
    assert (signed.status, signed.headers["location"]) == (303, f"{base}/a/{code}")
    await programs_are_answered(visitor)
    await pages_lead_only_below(visitor, ["/", "/approvals", f"/a/{code}", f"/r/{run}", "/brakes", "/settings/access"])
    page = await visitor.get(f"{base}/a/{code}")
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    paused = await visitor.post(f"{base}/brakes/pause", csrf=token)
    assert paused.status == 303
    assert paused.headers["location"].startswith(f"{base}/")
    foreign = await visitor.post(f"{base}/brakes/stop", {"origin": "https://evil.example"}, csrf=token)
    assert foreign.status == 403
    await the_stream_lives_and_ends(visitor)


async def pages_lead_only_below(visitor: Visitor, paths: list[str]) -> None:
    """Hold that every address on every page begins with the path, and that what pages are made of is there."""
    parts: set[str] = set()
    for path in paths:
        page = await visitor.get(f"{visitor.base}{path}")
        assert page.status == 200, path
        found = {unescape(address) for address in ADDRESS.findall(page.text)}
        assert found
        assert [each for each in found if not each.startswith(f"{visitor.base}/")] == [], path
        parts |= {each.partition("#")[0] for each in found if "/static/" in each}
    assert parts
    for address in sorted(parts):
        part = await visitor.get(address)
        assert (part.status, part.headers["cache-control"]) == (200, "public, max-age=31536000, immutable"), address


async def programs_are_answered(visitor: Visitor) -> None:
    base, held = visitor.base, dict(visitor.cookies)
    visitor.cookies.clear()
    assert (await visitor.get(f"{base}/healthz")).status == 200
    token = await Api(visitor.inner, visitor.house).token(Right.READ, Right.PROPOSE)
    bearer = {"authorization": f"Bearer {token}", "accept": "application/json"}
    assert "brake" in json.loads((await visitor.get(f"{base}/api/v1/status", **bearer)).text)
    described = json.loads((await visitor.get(f"{base}/api/v1/openapi.json", **bearer)).text)
    assert described["servers"] == [{"url": base or "/"}]
    assert (await visitor.get(f"{base}/api/v1/status", accept="application/json")).status == 401
    asked = json.dumps({"machine": LOCAL_NAME, "name": "by-a-program"})
    kinds = {**bearer, "content-type": "application/json"}
    proposed = await asyncio.to_thread(visitor._ask, "POST", f"{base}/api/v1/file/make", asked, kinds)
    assert proposed.status == 202, proposed.text
    follow = await visitor.get(proposed.headers["location"], **bearer)
    assert proposed.headers["location"].startswith(f"{base}/api/v1/runs/show?")
    assert follow.status == 200, follow.text
    told = await asyncio.to_thread(_initialized, visitor, bearer)
    assert told.status == 200, told.text
    assert "protocolVersion" in told.text
    visitor.cookies.update(held)


def _initialized(visitor: Visitor, bearer: dict[str, str]) -> Reply:
    """Begin a conversation as an agent."""
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    kinds = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    return visitor._ask("POST", f"{visitor.base}/mcp", json.dumps(begin), {**bearer, **kinds})


async def the_stream_lives_and_ends(visitor: Visitor) -> None:
    """Hold that the stream passes the proxy at once, and that it ends with its session."""
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    held = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())

    def listen() -> str:
        connection = visitor.connect()
        try:
            connection.request("GET", f"{visitor.base}/live", headers={"cookie": held})
            answer = connection.getresponse()
            assert answer.getheader("content-type", "").startswith("text/event-stream")
            heard = answer.readline().decode()
            loop.call_soon_threadsafe(begun.set)
            try:
                while line := answer.readline():
                    heard += line.decode()
            except (http.client.HTTPException, OSError):
                heard += "cut"
            return heard
        finally:
            connection.close()

    listening = asyncio.create_task(asyncio.to_thread(listen))
    await asyncio.wait_for(begun.wait(), 60)
    assert not listening.done()
    access = visitor.house.steward.access
    await access.sessions.revoke((await access.sessions.listing())[0].id)
    assert ": hello" in await asyncio.wait_for(listening, 60)


@pytest.mark.parametrize("shape", ["kept", "stripped"])
@pytest.mark.parametrize("kind", PROXIES)
async def test_below_a_path_everything_works(house: House, tmp_path: Path, kind: str, shape: str):
    async with behind(kind, shape, house, tmp_path) as visitor:
        await everything_works(visitor)
        bare = await visitor.get("/steward")
        assert bare.status in {200, 301, 302, 303, 308}


@pytest.mark.parametrize("kind", PROXIES)
async def test_at_the_root_of_a_host_that_the_proxy_encrypts_everything_works(house: House, tmp_path: Path, kind: str):
    async with behind(kind, "root", house, tmp_path, base="") as visitor:
        await everything_works(visitor)
        assert "__Host-steward" in visitor.cookies
        assert "strict-transport-security" in (await visitor.get("/sign-in")).headers


@pytest.mark.parametrize("kind", PROXIES)
async def test_who_connects_is_told_by_the_proxy_and_by_nobody_else(house: House, tmp_path: Path, kind: str):
    lies = {
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-proto": "https",
        "x-real-ip": "6.6.6.6",
        "forwarded": "for=6.6.6.6",
    }
    async with behind(kind, "kept", house, tmp_path) as visitor:
        signed = await visitor.post("/steward/sign-in", lies, name="owner", password=PASSWORD)
        assert signed.status == 303
        assert set(visitor.cookies) == {"steward"}, "nothing was encrypted here, whatever the client says"
        sessions = await house.steward.access.sessions.listing()
        assert [each.address for each in sessions] == [CLIENT]
        straight = await asyncio.to_thread(_straight, visitor, "/steward/sign-in", {"host": "localhost", **lies})
        assert (straight.status, "strict-transport-security" in straight.headers) == (200, False)


@pytest.mark.parametrize("kind", PROXIES)
async def test_whom_the_portal_of_the_proxy_lets_in_has_a_session_and_no_more(house: House, tmp_path: Path, kind: str):
    ways = {
        "STEWARD_FORWARD_AUTH_HEADER": "Remote-User",
        "STEWARD_FORWARD_AUTH_PROXIES": "127.0.0.1",
        "STEWARD_FORWARD_AUTH_OWNER": "boss",
    }
    access = house.steward.access
    code = await access.people.invite(OWNER, Role.OPERATOR)
    await access.accept(code, name="anna", password=PASSWORD, address="127.0.0.1", agent="test")
    with portal() as port:
        async with behind(kind, "auth", house, tmp_path, portal_port=port, **ways) as visitor:
            assert (await visitor.get("/steward/")).status == 401, "the proxy keeps out whom its portal does not know"
            visitor.cookies["portal"] = "Anna"
            page = await visitor.get("/steward/approvals", **{"remote-user": "boss"})
            assert page.status == 200, "what the client says itself, the proxy replaces"
            caller = await access.by_cookie(visitor.cookies["steward"], address=CLIENT)
            assert (caller.known.name, caller.known.strength) == ("anna", Strength.SESSION)
            visitor.cookies["portal"] = "boss"
            assert (await visitor.get("/steward/")).status == 200
            owner = await access.by_cookie(visitor.cookies["steward"], address=CLIENT)
            assert (owner.known.id, owner.known.strength) == (OWNER, Strength.SESSION)
            for nobody in ("owner", "berta"):
                visitor.cookies["portal"] = nobody
                assert (await visitor.get("/steward/")).status == 403
            refused = await asyncio.to_thread(
                _straight, visitor, "/steward/", {"host": "localhost", "remote-user": "boss"}
            )
            assert refused.status == 403
            assert "Remote-User is not accepted" in refused.text
            assert "set-cookie" not in refused.headers


def _straight(visitor: Visitor, path: str, headers: dict[str, str]) -> Reply:
    """Ask the house itself, as a stranger on the same network would."""
    connection = http.client.HTTPConnection("127.0.0.1", visitor.inner, timeout=120, source_address=(STRANGER, 0))
    try:
        connection.request("GET", path, headers={"accept": "text/html", **headers})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(status=answer.status, headers=found, text=answer.read().decode())
    finally:
        connection.close()


@pytest.mark.parametrize("kind", PROXIES)
def test_the_documentation_shows_what_was_tried_here(kind: str):
    told = DOCUMENT.read_text("utf-8")
    assert [shape for shape, text in SNIPPETS[kind].items() if text not in told] == []
