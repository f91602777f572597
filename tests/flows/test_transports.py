"""Machines that are reached in another way than over SSH, from the catalogue down."""

from __future__ import annotations

import asyncio

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.errors import InvalidInput, NotAllowed
from tests.flows.house import House
from tests.suites.executors import serving


async def test_what_is_only_watched_is_seen_by_its_port_and_never_acted_on(house: House) -> None:
    async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with serving(hang_up) as port:
        await house.do("machines.add", name="tv", address="127.0.0.1", port=port, transport="none")
        card = (await house.do("machines.check", machine="tv")).result
    assert card["problem"] == ""
    card = (await house.do("machines.check", machine="tv")).result
    assert "Connection refused" in card["problem"]
    with pytest.raises(NotAllowed, match="nothing can be done on tv"):
        await house.do("machines.promote", machine="tv")
    with pytest.raises(NotAllowed, match="nothing can be done on tv"):
        await house.do("shell.run", machine="tv", script="true", reason="a test")
    with pytest.raises(InvalidInput, match="needs no rights"):
        await house.do("machines.rights", machine="tv")


async def test_a_guest_is_trusted_no_further_than_the_machine_that_runs_it(house: House) -> None:
    added = await house.do("machines.add", name="mail", address="105", transport="pct", via=LOCAL_NAME)
    assert added.result["machine"]["guest"] == "105"
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    with pytest.raises(InvalidInput, match=f"cannot be raised above {LOCAL_NAME}"):
        await house.do("machines.promote", machine="mail")
    with pytest.raises(InvalidInput, match="there is no machine `nowhere`"):
        await house.do("machines.add", name="other", address="106", transport="pct", via="nowhere")
    with pytest.raises(InvalidInput, match="there is no machine `this-machine`"):
        await house.do("machines.remove", machine=LOCAL_NAME)
