"""What open tabs hear: a decision made elsewhere, each once, and nothing any more when their session is over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from steward.core.routes import Route
from steward.surfaces.web.hub import Hub
from tests.flows.house import House
from tests.web.place import Place, put_finding

PATIENCE_SECONDS = 30


@asynccontextmanager
async def tab(place: Place, topics: str) -> AsyncIterator[asyncio.StreamReader]:
    """Open a stream as a browser would, past its greeting."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    lines = [f"GET /live?{topics} HTTP/1.1", f"Host: 127.0.0.1:{place.port}", f"Cookie: steward={place.cookie}"]
    writer.write("\r\n".join([*lines, "Sec-Fetch-Site: same-origin", "", ""]).encode())
    try:
        await until(reader, b": hello")
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def until(reader: asyncio.StreamReader, begin: bytes) -> None:
    """Read up to a line that begins so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line := await reader.readline():
            if line.startswith(begin):
                return
    raise AssertionError(f"the stream ended before {begin!r}")


async def ended(reader: asyncio.StreamReader) -> list[bytes]:
    """Read to the end."""
    said: list[bytes] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (line := await reader.readline()) not in {b"", b"0\r\n"}:
            said.append(line)
    return said


async def first_look(place: Place, topics: int) -> None:
    """Wait until as many topics were looked at for the first time: what happens later is news."""
    (live,) = (route for route in place.routes if isinstance(route, Route) and route.path == "/live")
    hub: Hub = live.handler.__self__.hub  # type: ignore[attr-defined]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(hub._seen) < topics:
            await asyncio.sleep(0.01)


async def test_every_tab_hears_of_a_brake_that_was_put_on_elsewhere(house: House, place: Place):
    async with tab(place, "now") as one, tab(place, "now") as other:
        await first_look(place, 1)
        await house.do("pause", minutes=10)
        await until(one, b"event: now")
        await until(other, b"event: now")


async def test_a_tab_hears_only_of_what_it_listens_to(house: House, place: Place):
    card = await house.ask("one")
    async with tab(place, f"card={card['approval']['code']}") as mine, tab(place, "glance") as other:
        await first_look(place, 2)
        await house.approve(card)
        await until(mine, b"event: card")
        for session in await house.steward.access.sessions.listing():
            await house.steward.access.sessions.revoke(session.id)
        assert [line for line in await ended(other) if line.startswith(b"event: card")] == []


async def test_a_stream_never_carries_more_than_names_of_topics(house: House, place: Place):
    async with tab(place, "now&card=K7QM") as mine:
        await first_look(place, 2)
        await house.ask("one")
        await until(mine, b"event: now")
        for session in await house.steward.access.sessions.listing():
            await house.steward.access.sessions.revoke(session.id)
        said = {line.split(b": ")[0] for line in await ended(mine) if b":" in line}
    assert said <= {b"event", b"data", b""}


async def test_a_tab_hears_of_what_happened_between_its_page_and_its_stream(house: House, place: Place):
    page = (await place.get("/")).text
    since = re.search(r"since=([0-9-]+)", page)
    assert since
    async with tab(place, f"now&since={since[1]}") as quiet:
        await house.ask("one")
        async with tab(place, f"now&since={since[1]}") as late:
            await until(late, b"event: now")
        await until(quiet, b"event: now")


async def test_a_run_that_prints_is_fetched_again_once_its_stream_is_there(house: House, place: Place):
    card = await house.ask("one")
    await house.approve(card)
    await house.ended(card["run"])
    async with tab(place, f"run={card['run']}") as mine:
        await until(mine, b"event: run")


async def test_a_page_that_answers_a_form_fetches_itself_from_where_it_is_shown(house: House, place: Place):
    card = await house.ask("one")
    await house.approve(card)
    await house.ended(card["run"])
    finding = await put_finding(house, "nginx.service")
    for path, form, fields in (
        (f"/r/{card['run']}", "cancel", {}),
        (f"/findings/{finding.id}", "plan", {}),
        ("/brakes", "resume", {"password": "a guess"}),
    ):
        reply = await place.post(f"{path}/{form}", **fields)
        assert '<div class="problem"' in reply.text, path
        assert f'hx-get="{path}"' in reply.text, path
