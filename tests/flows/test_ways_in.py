"""Every route and every command, asked by everybody: the table of who may do what, made from what there is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher
from starlette.responses import JSONResponse, Response

from steward.app import http
from steward.core.catalogue import CommandSpec, right_of
from steward.core.dispatch import judge
from steward.core.routes import Mount, Open, Route
from steward.model.access import TOKEN_RIGHTS, Right, Role
from steward.model.command import Command
from steward.model.errors import Denied, NeedsProof, NotAllowed
from steward.model.ids import TokenId
from steward.model.policy import Verdict
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.surfaces.http.front import Front
from steward.surfaces.http.server import bound, server
from tests.flows.house import LOCAL_NAME, OWNER, SOMEBODY, House

SECRET = "correct horse"
OPEN = (
    "/calendar/",
    "/healthz",
    "/hooks/",
    "/join",
    "/manifest.webmanifest",
    "/offline",
    "/oidc/",
    "/ping/",
    "/readyz",
    "/setup",
    "/sign-in",
    "/static/",
    "/version",
    "/worker.js",
)
"""Everything that knows no principal; whatever is added here is open to all the world."""
OWN = frozenset({"people.password", "passkeys.rename", "passkeys.remove", "totp.disable"})
"""What is everybody's own affair, whatever else they may do."""
CALLERS = ("nobody", "family", "viewer", "operator", "owner", "token read", "token propose", "expired", "revoked")


@dataclass(kw_only=True)
class Way:
    """One Steward that listens, and the headers of everybody."""

    url: str
    routes: tuple[Route | Mount, ...]
    headers: dict[str, dict[str, str]]
    rights: dict[str, set[Right]]


@pytest.fixture
async def way(house: House) -> AsyncIterator[Way]:
    """Every route there is, with a handler that only says it was reached."""
    steward = house.steward
    fast = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
    steward.owner._hasher = steward.access.people._hasher = fast
    routes = http.routes(steward)
    listening = bound("127.0.0.1", 0)
    front = Front(
        [_stubbed(route) for route in routes], steward.access, http.site_of(steward.settings.http), redact=str
    )
    serving = server(front, None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    while not serving.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield Way(url=url, routes=routes, headers=await _everybody(house, url), rights=_rights())
    serving.should_exit = True
    await task


def _stubbed(route: Route | Mount) -> Route | Mount:
    async def reached(_request: Any, _caller: Any) -> Response:
        return JSONResponse("reached")

    if isinstance(route, Route):
        return replace(route, handler=reached)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await JSONResponse("reached")(scope, receive, send)

    return replace(route, application=application)


async def _everybody(house: House, url: str) -> dict[str, dict[str, str]]:
    access = house.steward.access
    await house.steward.owner.set(SECRET)
    here: dict[str, Any] = {"address": "127.0.0.1", "agent": "test"}
    found: dict[str, dict[str, str]] = {"nobody": {"origin": url}}
    for role in Role:
        if role is Role.OWNER:
            signed = await access.sign_in("owner", SECRET, **here)
        else:
            code = await access.people.invite(OWNER.id, role)
            signed = await access.accept(code, name=f"a-{role.value}", password=SECRET, **here)
        cookie = {"cookie": f"steward={signed.cookie}", "x-csrf-token": signed.caller.csrf}
        found[role.value] = {**cookie, "origin": url, "sec-fetch-site": "same-origin"}
    for name, rights, lasts in (
        ("expired", TOKEN_RIGHTS, timedelta(seconds=1)),
        ("revoked", TOKEN_RIGHTS, timedelta(days=1)),
        ("token read", {Right.READ}, timedelta(days=1)),
        ("token propose", {Right.READ, Right.PROPOSE}, timedelta(days=1)),
    ):
        token, value = await access.tokens.mint(OWNER, name=name, rights=frozenset(rights), lasts=lasts)
        found[name] = {"authorization": f"Bearer {value}", "origin": url}
        if name == "revoked":
            await access.tokens.revoke(TokenId(token.id))
    house.clock.pass_time(timedelta(seconds=2))
    return found


def _rights() -> dict[str, set[Right]]:
    people = {role.value: set(role.rights) for role in Role}
    return {**people, "token read": {Right.READ}, "token propose": {Right.READ, Right.PROPOSE}}


def _address(route: Route | Mount) -> str:
    """An address that the route fits: every parameter is `1`."""
    return re.sub(r"\{[^}]*\}", "1", route.path)


def _may(way: Way, caller: str, route: Route | Mount) -> bool:
    if isinstance(route.permission, Open):
        return True
    is_page = isinstance(route, Route) and route.is_page
    return route.permission in way.rights.get(caller, set()) and not (is_page and caller.startswith("token"))


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_route_is_open_to_whoever_holds_its_right_and_to_nobody_else(way: Way, caller: str):
    wrong: list[str] = []
    async with httpx2.AsyncClient(base_url=way.url, timeout=60) as client:
        for route in way.routes:
            for method in route.methods if isinstance(route, Route) else ("GET", "POST"):
                answer = await client.request(method, _address(route), headers=way.headers[caller])
                is_reached = answer.status_code == 200 and "reached" in answer.text
                if is_reached is not _may(way, caller, route):
                    wrong.append(f"{caller} {method} {route.path}: {answer.status_code}")
    assert wrong == []


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address asks for every route here, with wrong credentials too; the limits have tests of their own."""
    monkeypatch.setattr("steward.core.limits.Attempts._refuse", lambda *_given: None)


async def test_what_is_open_to_all_the_world_is_written_down_here(way: Way):
    opened = [route.path for route in way.routes if isinstance(route.permission, Open)]
    assert [path for path in opened if not path.startswith(OPEN)] == []


async def test_every_route_for_a_command_asks_the_right_of_that_command(house: House, way: Way):
    catalogue = house.steward.catalogue
    commands = {f"/api/v1/{name.replace('.', '/')}": catalogue.find(name) for name in catalogue.names()}
    found = [(route, commands[route.path]) for route in way.routes if route.path in commands]
    assert [route.path for route, entry in found if route.permission is not right_of(entry)] == []


def actors() -> dict[str, Principal]:
    """Everybody who may ask, with the proof they have at best."""

    def person(role: Role) -> Principal:
        return replace(OWNER, name=role.value, rights=role.rights, strength=Strength.STEP_UP)

    agent = Principal(id=OWNER.id, kind=PrincipalKind.AGENT, name="agent", channel="mcp", rights=tuple(TOKEN_RIGHTS))
    return {
        **{role.value: person(role) for role in Role},
        "token read": replace(agent, kind=PrincipalKind.TOKEN, rights=(Right.READ,)),
        "token propose": replace(agent, kind=PrincipalKind.TOKEN, rights=(Right.READ, Right.PROPOSE)),
        "agent": agent,
        "socket": SOMEBODY,
        "nothing": replace(agent, rights=()),
    }


@pytest.mark.parametrize("name", actors())
async def test_every_command_is_refused_whoever_lacks_its_right(house: House, name: str):
    actor, steward = actors()[name], house.steward
    desk = steward.dispatch._desk(actor, False, None)  # pyright: ignore[reportArgumentType]
    wrong: list[str] = []
    for command in steward.catalogue.names():
        entry = steward.catalogue.find(command)
        if not isinstance(entry, CommandSpec):
            continue
        decision = await judge(desk, entry, Command(name=command, input={}))
        is_refused = any(reason.rule == "rights" for reason in decision.reasons)
        holds = entry.right in actor.rights
        if is_refused is holds or (not holds and decision.verdict is not Verdict.DENY):
            wrong.append(command)
    assert wrong == []


@pytest.mark.parametrize("name", actors())
async def test_an_operation_is_proposed_by_whoever_may_propose(house: House, name: str):
    actor = actors()[name]
    if Right.PROPOSE in actor.rights:
        assert (await house.do("file.make", actor, machine=LOCAL_NAME, name=name.replace(" ", "-"))).result["approval"]
        return
    with pytest.raises((Denied, NotAllowed)):
        await house.do("file.make", actor, machine=LOCAL_NAME, name="x")


async def test_rights_and_proof_of_every_command_fit_each_other(house: House):
    for command in house.steward.catalogue.names():
        entry = house.steward.catalogue.find(command)
        if not isinstance(entry, CommandSpec):
            continue
        if command in OWN:
            assert (entry.right, entry.proof) == (Right.READ, Strength.STEP_UP)
            continue
        if entry.right in {Right.GLANCE, Right.READ, Right.PROPOSE}:
            assert (entry.proof, entry.shown_once) == (Strength.NONE, ""), command
        if entry.right in {Right.GLANCE, Right.READ}:
            assert entry.risk is Risk.READ, command
        if entry.proof is not Strength.NONE:
            assert entry.right in {Right.DECIDE, Right.GOVERN}, command


async def test_the_socket_is_asked_for_proof_where_a_right_is_missing_and_a_known_person_is_refused(house: House):
    with pytest.raises(NeedsProof):
        await house.do("tokens.ls", SOMEBODY)
    viewer = replace(actors()["viewer"], strength=Strength.SESSION)
    with pytest.raises(Denied):
        await house.do("tokens.ls", viewer)
    with pytest.raises(Denied):
        await house.do("resume", viewer)


async def test_an_operator_does_not_change_the_password_of_the_owner(house: House):
    await house.steward.owner.set(SECRET)
    with pytest.raises(NotAllowed):
        await house.do("owner.password", actors()["operator"], password="another one")
    assert (await house.steward.owner.prove(SECRET, channel="test", terminal="")).strength is Strength.STEP_UP


async def test_a_new_password_of_the_owner_signs_every_browser_of_the_owner_out(house: House):
    access = house.steward.access
    await house.steward.owner.set(SECRET)
    signed = await access.sign_in("owner", SECRET, address="127.0.0.1", agent="test")
    await house.do("owner.password", OWNER, password="another one")
    with pytest.raises(NotAllowed):
        await access.by_cookie(signed.cookie, address="127.0.0.1")


async def test_a_minted_value_leaves_once_and_is_masked_everywhere_else(house: House):
    answer = await house.do("tokens.mint", OWNER, name="dashboard")
    left = answer.masked(house.steward.redactor.json)
    assert left["value"].startswith("stw_")
    assert left["value"] not in str(house.steward.redactor.json(answer.result))
    audited = [row async for row in _audit(house)]
    assert left["value"] not in str(audited)
    again = (await house.do("tokens.ls", OWNER)).masked(house.steward.redactor.json)
    assert left["value"] not in str(again)


async def _audit(house: House) -> AsyncIterator[Any]:
    for row in (await house.do("audit.export", OWNER)).result.values():
        yield row
