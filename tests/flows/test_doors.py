"""The brakes hold at every door: one list of all ways to ask, and a wish that a grant would carry out at once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from steward.app.start import LOCAL_NAME
from steward.core.access import SignedIn
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.model.grant import Grant
from steward.model.ids import GrantId, PrincipalId
from steward.model.principal import STEWARD
from steward.model.secret import Secret
from steward.store import grants
from tests.flows.house import SOMEBODY, House
from tests.flows.served import Api, served
from tests.unit.core.test_signatures import GITHUB, KEY, signed
from tests.web.place import PASSWORD, Place

PROGRAM = Path(sys.executable).with_name("steward")
MAKE = "/api/v1/file/make"


@dataclass(kw_only=True)
class Way:
    """A house with every door open, a grant for `file.make`, and plans that wait for a yes on a page."""

    house: House
    api: Api
    place: Place
    token: str
    signed: SignedIn
    waiting: dict[str, str]


@pytest.fixture
async def way(house: House) -> AsyncIterator[Way]:
    """Every door."""
    steward = house.steward
    await steward.owner.set(PASSWORD)
    steward.secrets.put("git", Secret(KEY.decode()))
    (Path(steward.repository.path) / "hooks.yaml").write_text(
        "hooks:\n  - {name: git, scheme: github, secret: secret://git}\n"
    )
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    now = house.clock.now()
    grant = Grant(
        id=GrantId("grant-1"),
        command="file.make",
        targets=(steward.workspace.require(LOCAL_NAME).id,),
        where={},
        daily_maximum=60,
        created=now,
        expires=now + timedelta(days=30),
        created_by=PrincipalId("owner"),
    )
    await steward.storage.write(grants.insert, grant)
    cards = {name: await _asked(house, f"page-{name}") for name in ("free", "held")}
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(served(house))
        signed_in = await steward.access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")
        place = Place(house=house, port=api.port, cookie=signed_in.cookie, csrf=signed_in.caller.csrf)
        token = await api.token(Right.READ, Right.PROPOSE)
        waiting = {name: card["approval"]["code"] for name, card in cards.items()}
        yield Way(house=house, api=api, place=place, token=token, signed=signed_in, waiting=waiting)


async def _asked(house: House, name: str) -> dict[str, Any]:
    """Ask for what no grant covers: a script that makes the file."""
    given = {"machine": LOCAL_NAME, "script": f"touch {house.files / name}", "reason": "make a file"}
    card: dict[str, Any] = (await house.do("shell.run", SOMEBODY, **given)).result
    assert card["approval"]
    return card


async def _socket(way: Way, name: str) -> None:
    reader, writer = await asyncio.open_unix_connection(way.house.settings.socket)
    request = {"v": 1, "command": "file.make", "input": {"machine": LOCAL_NAME, "name": name}}
    writer.write(json.dumps({**request, "terminal": {"interactive": False, "width": 80}}).encode() + b"\n")
    assert b"result" in (answer := await asyncio.wait_for(reader.read(), 30)) or b"error" in answer
    writer.close()


async def _token(way: Way, name: str) -> None:
    await way.api.send("POST", MAKE, {"machine": LOCAL_NAME, "name": name}, token=way.token)


async def _session(way: Way, name: str) -> None:
    headers = {
        "cookie": f"steward={way.signed.cookie}",
        "x-csrf-token": way.signed.caller.csrf,
        "origin": way.place.address,
    }
    await way.api.send("POST", MAKE, {"machine": LOCAL_NAME, "name": name}, headers=headers)


async def _mcp_http(way: Way, name: str) -> None:
    address, headers = f"{way.place.address}/mcp", {"Authorization": f"Bearer {way.token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as agent,
    ):
        await agent.call_tool("file_make", {"machine": LOCAL_NAME, "name": name})


async def _mcp_stdio(way: Way, name: str) -> None:
    places = {each: str(way.house.folder / each.lower()) for each in ("DATA", "KEYS", "WORKSPACE", "SSH_CONFIG")}
    environment = {**os.environ, **{f"STEWARD_{each}": path for each, path in places.items()}}
    async with Client(StdioServerParameters(command=str(PROGRAM), args=["mcp"], env=environment)) as agent:
        await agent.call_tool("file_make", {"machine": LOCAL_NAME, "name": name})


async def _page(way: Way, name: str) -> None:
    code = way.waiting[name.removeprefix("page-")]
    await way.place.post(f"/a/{code}/approve", fingerprint=await _fingerprint(way, code), password=PASSWORD)


async def _fingerprint(way: Way, code: str) -> str:
    card = (await way.house.do("approvals.show", code=code)).result
    return str(card["fingerprint"])


async def _itself(way: Way, name: str) -> None:
    try:
        await way.house.do("file.make", STEWARD, machine=LOCAL_NAME, name=name)
    except StewardError:
        return


Door = Callable[[Way, str], Awaitable[Any]]
DOORS: dict[str, Door] = {
    "socket": _socket,
    "token": _token,
    "session": _session,
    "mcp-http": _mcp_http,
    "mcp-stdio": _mcp_stdio,
    "page": _page,
    "itself": _itself,
}
OF_PEOPLE = {"session", "page"}
"""Doors by which a person who gave their password comes in; pause is not for those."""


async def made(way: Way, names: set[str]) -> set[str]:
    """Wait until as many of these were made as will be."""
    for _ in range(300):
        if {name for name in names if way.house.has(name)} == names:
            return names
        await asyncio.sleep(0.1)
    return {name for name in names if way.house.has(name)}


async def test_without_a_brake_every_door_leads_to_a_file(way: Way):
    names = {f"{door}-free" for door in DOORS}
    for door, ask in DOORS.items():
        await ask(way, f"{door}-free")
    assert await made(way, names) == names


@pytest.mark.parametrize("brake", ["freeze", "stop"])
async def test_no_door_leads_past_freeze_or_stop(way: Way, brake: str):
    await way.house.do(brake)
    for door, ask in DOORS.items():
        await ask(way, f"{door}-held")
    delivery = {name: given[0] for name, given in signed(GITHUB, b"{}", at=datetime.now(UTC)).items()}
    assert (await way.api.send("POST", "/hooks/git", b"{}", headers=delivery)).status == 202
    await way.house.daemon.sweep()
    await way.house.daemon.remedy()
    await asyncio.sleep(1.5)  # three looks at the queue
    assert list(way.house.files.iterdir()) == []


async def test_pause_holds_programs_agents_and_steward_itself_and_lets_proven_people_through(way: Way):
    await way.house.do("pause")
    for door, ask in DOORS.items():
        await ask(way, f"{door}-held")
    people = {f"{door}-held" for door in OF_PEOPLE}
    assert await made(way, people) == people
    await way.house.daemon.sweep()
    await asyncio.sleep(1.0)
    assert {path.name for path in way.house.files.iterdir()} == people
