"""What an agent can do over the Model Context Protocol, in its newest revision and the one before, and what it cannot.

The official client talks with the real server: in this process, and through `steward mcp` over the local socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from steward.app.agents import Agents
from steward.core.routes import Caller
from steward.lib.codec import encode
from steward.model.access import TOKEN_RIGHTS, Right
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.model.run import RunState
from steward.surfaces.mcp.answers import NOTICE, UNTRUSTED
from steward.surfaces.mcp.desk import McpDesk, agent_of
from steward.surfaces.mcp.server import build
from steward.surfaces.mcp.tools import tool_name
from tests.flows.house import OWNER, House
from tests.suites.executors import until

PROGRAM = Path(sys.executable).with_name("steward")
TOKEN = Principal(
    id=PrincipalId("token-1"),
    kind=PrincipalKind.TOKEN,
    name="a token",
    channel="api",
    rights=tuple(sorted(TOKEN_RIGHTS)),
)
PROVEN = replace(OWNER, rights=tuple(Right))
REVISIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
both_revisions = pytest.mark.parametrize("mode", REVISIONS)


def client(house: House, mode: str = "auto", caller: Caller | None = None) -> Client:
    """Return a client that talks with the server in this process."""
    steward = house.steward
    desk = McpDesk(catalogue=steward.catalogue, dispatch=steward.dispatch, redact=steward.redactor.json, version="0")
    known = caller or Caller(principal=TOKEN)
    return Client(build(desk, lambda _context: known), mode=mode)


def over_the_socket(house: House, mode: str = "auto") -> Client:
    """Return a client that starts `steward mcp`."""
    places = {name: str(house.folder / name.lower()) for name in ("DATA", "KEYS", "WORKSPACE", "SSH_CONFIG")}
    environment = {**os.environ, **{f"STEWARD_{name}": path for name, path in places.items()}}
    return Client(StdioServerParameters(command=str(PROGRAM), args=["mcp"], env=environment), mode=mode)


def text_of(result: Any) -> str:
    """Return everything a tool said."""
    return "\n".join(block.text for block in result.content)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the official client wait until `steward mcp` has started: after ten seconds it tries the older revision."""
    monkeypatch.setattr("mcp.client.session.DISCOVER_TIMEOUT_SECONDS", 120.0)


async def proposed(agent: Client, name: str = "one") -> dict[str, Any]:
    """Let an agent propose a file and return what it is told."""
    result = await agent.call_tool("file_make", {"machine": "this-machine", "name": name})
    assert not result.is_error, text_of(result)
    return dict(result.structured_content or {})


@both_revisions
async def test_an_agent_proposes_a_person_decides_and_the_agent_is_told_the_proof(house: House, mode: str) -> None:
    heard: list[str | None] = []

    async def hear(_progress: float, _total: float | None, message: str | None) -> None:
        heard.append(message)

    async with client(house, mode) as agent:
        assert agent.protocol_version == REVISIONS[mode]
        told = await proposed(agent)
        assert told["state"] == "pending"
        assert "Make" in told["shown"]
        assert not house.has("one")

        waiting = asyncio.create_task(
            agent.call_tool("runs_wait", {"run": told["run"], "seconds": 60}, progress_callback=hear)
        )
        await until(lambda: bool(heard))
        await house.approve({"approval": {"code": told["code"]}}, PROVEN)
        receipt = (await waiting).structured_content

    assert receipt is not None
    assert receipt["run"]["state"] == "verified"
    assert receipt["approval"]["decided_by"] == "owner"
    assert [result["holds"] for result in receipt["run"]["after"]] == [True]
    assert house.has("one")
    assert any("run." in str(message) for message in heard), heard


@both_revisions
async def test_no_name_an_agent_can_think_of_approves(house: House, mode: str) -> None:
    async with client(house, mode, Caller(principal=PROVEN)) as agent:
        told = await proposed(agent)
        before = json.dumps(encode(house.steward.policy.rules()))
        for command in ("approvals.approve", "approvals.reject", "apply", "resume", "machines.promote", "runs.cancel"):
            given = {"code": told["code"], "what": told["code"], "run": told["run"], "machine": "this-machine"}
            refused = await agent.call_tool(tool_name(command), given)
            assert refused.is_error, command
            assert "a person does it" in text_of(refused)
            assert told["code"] not in text_of(refused)
            assert told["fingerprint"] not in text_of(refused)
            with pytest.raises(MCPError, match="no tool"):
                await agent.call_tool(f"{command}!", given)
    assert (await house.receipt(told["run"])).run.state is RunState.WAITING
    assert json.dumps(encode(house.steward.policy.rules())) == before
    assert not house.has("one")


async def test_the_plan_of_an_agent_is_recorded_as_that_of_an_agent_and_waits_long(house: House) -> None:
    async with over_the_socket(house) as agent:
        told = await proposed(agent)
    plan = (await house.receipt(told["run"])).plan
    assert plan.requester.kind is PrincipalKind.AGENT
    assert plan.requester.channel == "mcp"
    assert plan.expires - plan.created > timedelta(hours=11)


async def test_a_proven_owner_who_comes_in_here_is_an_agent_of_the_owner() -> None:
    agent = agent_of(PROVEN)
    assert (agent.kind, agent.strength, agent.on_behalf_of) == (PrincipalKind.AGENT, Strength.NONE, OWNER.id)
    assert set(agent.rights) == TOKEN_RIGHTS


async def test_a_caller_with_the_right_to_read_sees_nothing_else_and_is_refused_the_rest(house: House) -> None:
    reader = Caller(principal=replace(TOKEN, rights=(Right.READ,)))
    async with client(house, caller=reader) as agent:
        tools = {tool.name for tool in (await agent.list_tools()).tools}
        assert {"status", "why", "runs_wait"} <= tools
        assert not tools & {"file_make", "plan", "stop", "pause"}
        for name, given in {"file_make": {"machine": "this-machine", "name": "one"}, "stop": {}}.items():
            refused = await agent.call_tool(name, given)
            assert refused.is_error
            assert "right" in text_of(refused)


async def test_every_tool_that_reads_answers_as_its_schema_says(house: House) -> None:
    async with client(house) as agent:
        told = await proposed(agent)
        given = {"run": told["run"], "code": told["code"], "machine": "this-machine", "command": "unit.restart"}
        asked = 0
        for tool in (await agent.list_tools()).tools:
            needed = tool.input_schema.get("required", [])
            if tool.annotations and tool.annotations.read_only_hint and set(needed) <= set(given):
                more = {"seconds": 0} if tool.name == "runs_wait" else {}
                await agent.call_tool(tool.name, {**{name: given[name] for name in needed}, **more})  # it validates
                asked += 1
        assert asked > 10


@both_revisions
async def test_what_is_said_is_masked_shows_everything_hidden_and_is_marked_as_data(house: House, mode: str) -> None:
    async with client(house, mode) as agent:
        told = await proposed(agent, "open sesame 4711 \u202eexe\u200b.txt")
        house.steward.redactor.add("door", "open sesame 4711")  # known only after it had come in
        result = await agent.call_tool("runs_show", {"run": told["run"]})
        contents = (await agent.read_resource(f"steward://runs/{told['run']}")).contents
        missing = await agent.call_tool("runs_show", {"run": "open sesame 4711"})
    everything = text_of(result) + json.dumps(result.structured_content) + contents[0].text + text_of(missing)
    assert "4711" not in everything
    assert "secret:door" in everything
    assert "\u202e" not in everything
    assert "\\u202e" not in json.dumps(told)
    assert "u{202e}" in everything
    assert NOTICE in text_of(result)
    assert (result.meta or {})[UNTRUSTED] is True
    assert (contents[0].meta or {})[UNTRUSTED] is True


@both_revisions
async def test_findings_machines_and_runs_are_read_by_address(house: House, mode: str) -> None:
    async with client(house, mode) as agent:
        told = await proposed(agent)
        listed = {str(each.uri) for each in (await agent.list_resources()).resources}
        assert {"steward://findings", "steward://machines", "steward://runs", "steward://changes"} <= listed
        shapes = {each.uri_template for each in (await agent.list_resource_templates()).resource_templates}
        assert {"steward://findings/{id}", "steward://runs/{id}"} <= shapes
        machines = json.loads((await agent.read_resource("steward://machines")).contents[0].text)
        assert machines["machines"][0]["machine"]["name"] == "this-machine"
        receipt = json.loads((await agent.read_resource(f"steward://runs/{told['run']}")).contents[0].text)
        assert receipt["runs"]["run"]["state"] == "waiting"
        for nowhere in ("steward://secrets/door", "steward://findings/none", "file:///etc/passwd"):
            with pytest.raises(MCPError):
                await agent.read_resource(nowhere)


async def test_a_prompt_names_the_finding(house: House) -> None:
    async with client(house) as agent:
        assert [prompt.name for prompt in (await agent.list_prompts()).prompts] == ["investigate"]
        got = await agent.get_prompt("investigate", {"finding": "find-1"})
        assert "find-1" in got.messages[0].content.text
        with pytest.raises(MCPError):
            await agent.get_prompt("investigate", {})


async def test_any_agent_may_stop_and_none_may_lift_it(house: House) -> None:
    async with client(house) as agent:
        stopped = await agent.call_tool("stop", {"reason": "the wrong disk"})
        assert not stopped.is_error
        assert (await agent.call_tool("resume", {})).is_error
        refused = await agent.call_tool("file_make", {"machine": "this-machine", "name": "one"})
        assert refused.is_error
        assert "stop is on" in text_of(refused)


async def test_a_wait_ends_when_its_token_is_taken_back(house: House) -> None:
    is_live = True

    async def holds() -> bool:
        return is_live

    async with client(house, caller=Caller(principal=TOKEN, is_live=holds)) as agent:
        told = await proposed(agent)
        waiting = asyncio.create_task(agent.call_tool("runs_wait", {"run": told["run"], "seconds": 90}))
        await asyncio.sleep(0)
        is_live = False
        refused = await asyncio.wait_for(waiting, timeout=60)
    assert refused.is_error
    assert "token" in text_of(refused)


async def test_a_mistake_of_ours_is_told_by_its_number_only(house: House) -> None:
    async def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("inner words")

    spec = house.steward.catalogue.commands["status"]
    house.steward.catalogue.commands["status"] = replace(spec, handler=fail)
    async with client(house) as agent:
        refused = await agent.call_tool("status", {})
    assert refused.is_error
    assert "inner words" not in text_of(refused)
    assert "in the log of" in text_of(refused)


@both_revisions
async def test_the_relay_outlives_the_daemon(house: House, mode: str) -> None:
    async with over_the_socket(house, mode) as agent:
        assert agent.protocol_version == REVISIONS[mode]
        assert not (await agent.call_tool("status", {})).is_error

        await house.close()
        said = await _said_until(agent, "Steward is not running")
        assert said.endswith("`steward up`, then try again")
        await house.open()
        assert not (await agent.call_tool("status", {})).is_error


async def test_without_a_daemon_an_agent_is_told_what_to_do(house: House) -> None:
    await house.close()
    with pytest.raises(Exception) as failed:
        async with over_the_socket(house) as agent:
            await agent.list_tools()
    assert "Steward is not running. Next: `steward up`" in _flat(failed.value)
    await house.open()


async def _said_until(agent: Client, text: str) -> str:
    """Ask until the error says this; what is asked while the link closes is said to be lost."""
    for _ in range(100):
        with pytest.raises(MCPError) as failed:
            await agent.call_tool("status", {})
        if text in str(failed.value):
            return str(failed.value)
        assert "the link to Steward was lost" in str(failed.value)
    raise AssertionError(text)


def _flat(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return " ".join([str(error), *map(_flat, inner)])


async def test_the_socket_speaks_only_what_it_knows(house: House) -> None:
    assert Agents(house.steward).mount().permission is Right.READ
    reader, writer = await asyncio.open_unix_connection(house.settings.socket)
    writer.write(json.dumps({"command": "status", "input": {}, "channel": "carrier pigeon"}).encode() + b"\n")
    answer = json.loads(await reader.readline())
    assert answer["error"]["what"] == "this channel is not known here"
    writer.close()
