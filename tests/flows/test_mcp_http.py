"""Agents over HTTP: a token behind the front door, both revisions of the protocol, and a token taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from steward.app.http import front
from steward.model.access import TOKEN_RIGHTS, Right
from steward.model.ids import TokenId
from steward.surfaces.http.server import bound, server
from tests.flows.house import OWNER, House
from tests.suites.executors import until

PROVEN = replace(OWNER, rights=tuple(Right))
REVISIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture
async def address(house: House) -> AsyncIterator[str]:
    """Where this house answers over HTTP."""
    await house.steward.owner.set("the house is only a house")
    listening = bound("127.0.0.1", 0)
    serving = server(front(house.steward), None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    serving.should_exit = True
    await task
    listening.close()


async def minted(house: House, *rights: Right) -> tuple[TokenId, str]:
    """Mint a token as the owner and return its id and value."""
    wanted = frozenset(rights) or TOKEN_RIGHTS
    token, value = await house.steward.access.tokens.mint(
        PROVEN, name="an agent", rights=wanted, lasts=timedelta(hours=1)
    )
    return token.id, value


@asynccontextmanager
async def client(address: str, value: str, mode: str = "auto") -> AsyncIterator[Client]:
    """Talk over HTTP with this token."""
    headers = {"Authorization": f"Bearer {value}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as agent,
    ):
        yield agent


@pytest.mark.parametrize("mode", REVISIONS)
async def test_a_token_proposes_and_is_told_the_proof(house: House, address: str, mode: str) -> None:
    heard: list[str | None] = []

    async def hear(_progress: float, _total: float | None, message: str | None) -> None:
        heard.append(message)

    _, value = await minted(house)
    async with client(address, value, mode) as agent:
        assert agent.protocol_version == REVISIONS[mode]
        told = (await agent.call_tool("file_make", {"machine": "this-machine", "name": "one"})).structured_content
        assert told is not None
        assert (await agent.call_tool("approvals_approve", {"code": told["code"]})).is_error
        wait = agent.call_tool("runs_wait", {"run": told["run"], "seconds": 60}, progress_callback=hear)
        waiting = asyncio.create_task(wait)
        await until(lambda: bool(heard))
        await house.approve({"approval": {"code": told["code"]}}, PROVEN)
        receipt = (await waiting).structured_content
    assert receipt is not None
    assert receipt["run"]["state"] == "verified"
    assert receipt["plan"]["requester"]["kind"] == "agent"
    assert receipt["plan"]["requester"]["channel"] == "mcp"
    assert heard
    assert house.has("one")


async def test_a_token_that_only_reads_is_offered_nothing_else(house: House, address: str) -> None:
    _, value = await minted(house, Right.READ)
    async with client(address, value) as agent:
        tools = (await agent.list_tools()).tools
        assert tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert (await agent.call_tool("stop", {})).is_error
        assert not (await agent.call_tool("status", {})).is_error


@pytest.mark.parametrize("mode", REVISIONS)
async def test_a_token_taken_back_ends_what_it_waits_for(house: House, address: str, mode: str) -> None:
    heard: list[str | None] = []

    async def hear(_progress: float, _total: float | None, message: str | None) -> None:
        heard.append(message)

    token, value = await minted(house)
    async with client(address, value, mode) as agent:
        told = (await agent.call_tool("file_make", {"machine": "this-machine", "name": "one"})).structured_content
        assert told is not None
        wait = agent.call_tool("runs_wait", {"run": told["run"], "seconds": 90}, progress_callback=hear)
        waiting = asyncio.create_task(wait)
        await until(lambda: bool(heard))
        await house.steward.access.tokens.revoke(token)
        ended = (await asyncio.wait_for(asyncio.gather(waiting, return_exceptions=True), timeout=60))[0]
        assert isinstance(ended, Exception) or ended.is_error  # the front door may cut the link before it is said
        assert "token" in str(ended) or isinstance(ended, MCPError)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {value}"}, timeout=60) as http:
        assert (await http.post(address, content="{}")).status_code in {401, 403}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer stw_none_none"}, {"Cookie": "steward=none"}])
async def test_nobody_talks_without_a_token(address: str, headers: dict[str, str]) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(address, headers={**accept, **headers}, content=json.dumps(body))
    assert answer.status_code in {401, 403}
    assert "tools" not in answer.text


async def test_only_posts_are_taken(house: House, address: str) -> None:
    _, value = await minted(house)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {value}"}, timeout=60) as http:
        for method in ("GET", "DELETE", "PUT"):
            assert (await http.request(method, address)).status_code == 405
        foreign = await http.post(address, headers={"Host": "evil.example"})
    assert foreign.status_code in {400, 403, 421}
