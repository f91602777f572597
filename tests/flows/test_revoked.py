"""What is open ends with the right to it: the live stream of the pages that Steward really serves."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from tests.flows.house import House
from tests.flows.served import GOVERNING, served

PASSWORD = "the house is only a house"
DEADLINE_SECONDS = 60
"""For a machine that is busy; a stream that is not ended goes on for ever."""


@pytest.mark.parametrize("way", ["signed out", "revoked by the owner"])
async def test_the_live_stream_ends_when_its_session_does(house: House, way: str) -> None:
    access = house.steward.access
    await house.steward.owner.set(PASSWORD)
    signed = await access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")
    begun = asyncio.Event()

    async def listen(address: str) -> list[str]:
        heard: list[str] = []
        headers = {"cookie": f"steward={signed.cookie}"}
        async with (
            httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as http,
            http.stream("GET", "/live") as answer,
        ):
            assert answer.status_code == 200
            try:
                async for line in answer.aiter_lines():
                    heard.append(line)
                    begun.set()
            except httpx2.TransportError:  # the door may cut the link in the middle of a chunk
                heard.append("cut")
        return heard

    async with served(house) as api:
        address = f"http://127.0.0.1:{api.port}"
        listening = asyncio.create_task(listen(address))
        await asyncio.wait_for(begun.wait(), DEADLINE_SECONDS)
        assert not listening.done()
        if way == "signed out":
            await access.sign_out(signed.caller)
        else:
            await house.do("sessions.revoke", GOVERNING, session=(await access.sessions.listing())[0].id)
        heard = await asyncio.wait_for(listening, DEADLINE_SECONDS)
        assert ": hello" in heard
        cookie = {"cookie": f"steward={signed.cookie}"}
        async with httpx2.AsyncClient(base_url=address, headers=cookie, timeout=60) as http:
            assert (await http.get("/live")).status_code in {303, 401, 403}
