"""Free text that people and browsers add is kept, so it is masked before: reasons, names of tokens, browsers, ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import MCPError

from steward.model.machine import Transport
from steward.model.run import ENDED, RunState
from tests.flows.house import SOMEBODY, House
from tests.flows.test_mcp import client

SECRET = "Kx9pQ7vWzR3mT5"
MASK = "secret:door"
REMARK = f"it was {SECRET} all the time"


async def _pause(house: House) -> None:
    await house.do("pause", SOMEBODY, reason=REMARK)


async def _freeze(house: House) -> None:
    await house.do("freeze", SOMEBODY, reason=REMARK)


async def _stop(house: House) -> None:
    await house.do("stop", SOMEBODY, reason=REMARK)
    assert (house.settings.stop_flag).exists(), "nothing keeps a stop from being put on"


async def _reject(house: House) -> None:
    card = await house.ask("one")
    await house.do("approvals.reject", code=card["approval"]["code"], reason=REMARK)


async def _cancel(house: House) -> None:
    card = await house.ask("one")
    await house.do("runs.cancel", run=card["run"], reason=REMARK)


async def _mint(house: House) -> None:
    await house.do("tokens.mint", name=f"for {SECRET}")


async def _browser(house: House) -> None:
    await house.steward.owner.set("a password of the house")
    await house.steward.access.sign_in("owner", "a password of the house", address="127.0.0.1", agent=REMARK)


async def _break(house: House) -> None:
    executor: Any = house.steward.executors._by_transport[Transport.LOCAL]

    async def fail(*_given: Any, **_more: Any) -> Any:
        raise RuntimeError(REMARK)

    card = await house.ask("one")
    executor.run = fail
    await house.approve(card)
    for _ in range(600):
        if (await house.receipt(card["run"])).run.state in {*ENDED, RunState.UNKNOWN}:
            return
        await house.steward.clock.sleep(0.1)
    raise AssertionError("a run that breaks has an end")


@pytest.mark.parametrize("remark", [_pause, _freeze, _stop, _reject, _cancel, _mint, _browser, _break])
async def test_a_secret_in_a_remark_is_masked_where_it_is_kept(
    house: House, remark: Callable[[House], Awaitable[None]]
) -> None:
    house.steward.redactor.add("door", SECRET)
    await remark(house)
    await house.close()
    kept = {path.name: path.read_bytes() for path in house.settings.data.rglob("*") if path.is_file()}
    assert [name for name, data in kept.items() if SECRET.encode() in data] == []
    assert any(MASK.encode() in data for data in kept.values())


@pytest.mark.parametrize("ask", ["tool", "resource", "nowhere"])
async def test_an_agent_is_not_told_a_secret_back_in_a_protocol_error(house: House, ask: str) -> None:
    house.steward.redactor.add("door", SECRET)
    async with client(house) as agent:
        if ask == "tool":
            asked = agent.call_tool(SECRET, {})
        else:
            asked = agent.read_resource(f"steward://{'runs' if ask == 'resource' else 'x'}/{SECRET}")
        with pytest.raises(MCPError) as refused:
            await asked
    assert SECRET not in str(refused.value)
    assert MASK in str(refused.value)
