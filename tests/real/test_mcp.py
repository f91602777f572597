"""An agent with the official client works on a real fault, over both ways in and both revisions; a person decides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from steward.model.access import TOKEN_RIGHTS
from tests.real.lab import Lab
from tests.real.operator import PROGRAM, Operator
from tests.suites.sshd import free_port

Break = Callable[[str, str], None]
PHOTOS = "photo-index.service"


@pytest.fixture(scope="module")
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture(scope="module")
def steward(lab: Lab, port: int) -> Iterator[Operator]:
    """A Steward of its own that looks after m2 and answers over HTTP."""
    made = Operator(lab)
    made.environment["STEWARD_LISTEN"] = f"127.0.0.1:{port}"
    try:
        made.start()
        made.add("m2")
        yield made
    finally:
        made.close()


@asynccontextmanager
async def agent(steward: Operator, port: int, way: str, mode: str) -> AsyncIterator[Client]:
    """Let an agent in, by `steward mcp` or over HTTP."""
    async with AsyncExitStack() as stack:
        transport: Any = StdioServerParameters(command=str(PROGRAM), args=["mcp"], env=steward.environment)
        if way == "http":
            rights = [word for right in TOKEN_RIGHTS for word in ("--rights", right.value)]
            token = await asyncio.to_thread(steward.call, "tokens", "mint", "agent", *rights)
            headers = {"Authorization": f"Bearer {token['value']}"}
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=90))
            transport = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)
        yield await stack.enter_async_context(Client(transport, mode=mode))


async def told(one: Client, tool: str, **given: Any) -> dict[str, Any]:
    """Call a tool that is to answer."""
    result = await one.call_tool(tool, given)
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


async def refused(one: Client, tool: str, **given: Any) -> str:
    """Call a tool that is to refuse."""
    result = await one.call_tool(tool, given)
    assert result.is_error, result.content
    return str(result.content[0].text)


@pytest.mark.parametrize(
    ("way", "mode", "revision"),
    [
        ("stdio", "auto", "2026-07-28"),
        ("stdio", "legacy", "2025-11-25"),
        ("http", "auto", "2026-07-28"),
        ("http", "legacy", "2025-11-25"),
    ],
)
async def test_an_agent_finds_reads_and_proposes_a_person_decides_and_the_proof_is_told(
    steward: Operator, lab: Lab, fault: Break, port: int, way: str, mode: str, revision: str
) -> None:
    fault("failed_unit", "m2")
    found = await asyncio.to_thread(steward.find, "failed_units", "m2", severity="down")
    finding = found["finding"]["id"]

    async with agent(steward, port, way, mode) as one:
        assert one.protocol_version == revision
        assert any(PHOTOS in each["title"] for each in (await told(one, "status"))["findings"])
        read = await one.read_resource(f"steward://findings/{finding}")
        explained = json.loads(read.contents[0].text)["findings"]["explained"][0]
        assert explained["finding"]["evidence"]
        assert explained["plan"]
        closer = await told(one, "shell_read", machine="m2", line=f"systemctl show -P ActiveState {PHOTOS}")
        assert closer["stdout"].strip() == "failed"
        assert "is not run" in await refused(one, "shell_read", machine="m2", line=f"systemctl restart {PHOTOS}")

        card = await told(one, "plan", what=finding)
        assert card["state"] == "pending"
        assert PHOTOS in card["shown"]
        for tool in ("approvals_approve", "apply"):
            assert "a person does it" in await refused(one, tool, code=card["code"], what=card["code"])
        assert (await told(one, "runs_wait", run=card["run"], seconds=1))["run"]["state"] == "waiting"
        assert lab.run("m2", ["systemctl", "is-active", PHOTOS]).stdout.strip() == "failed"

        await asyncio.to_thread(steward.approve, card["code"])
        receipt = await told(one, "runs_wait", run=card["run"], seconds=90)

    assert receipt["run"]["state"] == "verified", receipt["run"]["reason"]
    assert receipt["approval"]["decided_by"] == "owner"
    assert receipt["plan"]["requester"]["kind"] == "agent"
    assert all(result["holds"] for result in receipt["run"]["after"])
    assert lab.run("m2", ["systemctl", "is-active", PHOTOS]).stdout.strip() == "active"
    await asyncio.to_thread(steward.gone, "failed_units", "m2")


async def test_a_line_is_run_without_rights_and_written_down(steward: Operator, lab: Lab, port: int) -> None:
    async with agent(steward, port, "stdio", "auto") as one:
        seen = await told(one, "shell_read", machine="m2", line="id -un; cat /etc/hostname|head -n 1")
        assert seen["stdout"].splitlines() == ["steward", lab.run("m2", ["cat", "/etc/hostname"]).stdout.strip()]
        assert seen["line"] == "id -un; cat /etc/hostname | head -n 1"
        assert seen["taint"] == "outside"
        long = await told(one, "shell_read", machine="m2", line="find /usr/share -type f")
        assert long["is_truncated"]
        assert len(long["stdout"]) <= 32_768
    lines = steward.run("audit", "export", "--json", ok=(0,)).stdout.splitlines()
    rows = [json.loads(line).get("row", {}) for line in lines]
    looked = [row for row in rows if row.get("kind") == "shell.read"]
    assert [json.loads(row["payload"])["line"] for row in looked][-2:] == [seen["line"], long["line"]]
