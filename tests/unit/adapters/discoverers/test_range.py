"""A range of addresses, tried for real on the loopback network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from steward.adapters.discoverers.range import PLUGIN, Range, RangeSettings
from steward.model.errors import InvalidInput
from steward.ports.discoverer import Inquiry, Places
from tests.suites.sshd import free_port

PLACES = Places(home="/nowhere", ssh_config="/nowhere", docker_config="/nowhere")


@asynccontextmanager
async def server(address: str, port: int, greeting: bytes | None) -> AsyncIterator[int]:
    """Answer with a greeting, or never say anything for None."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting or b"")
        if greeting is None:
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(greet, address, port)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def looking(port: int) -> Range:
    return Range(PLACES, RangeSettings(port=port, connect_seconds=30.0, greeting_seconds=3.0))


async def test_only_who_greets_as_an_ssh_server_is_told():
    async with (
        server("127.0.3.1", 0, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nmore") as port,
        server("127.0.3.2", port, b"220 mail\r\n"),
        server("127.0.3.3", port, None),
    ):
        found = await looking(port).gather(Inquiry(target="127.0.3.0/29"))
    assert found.texts == {"greetings": "127.0.3.1 SSH-2.0-OpenSSH_9.2p1 Debian-2"}
    assert [each.what for each in found.left_out] == ["127.0.3.2", "127.0.3.3"]


async def test_a_greeting_with_bytes_that_are_no_text_is_shown_escaped():
    async with server("127.0.3.1", 0, b"SSH-2.0-\x1b[31m\xff" + b"x" * 5000) as port:
        found = await looking(port).gather(Inquiry(target="127.0.3.1/32"))
    assert "\x1b" not in found.texts["greetings"]
    assert found.texts["greetings"].startswith("127.0.3.1 SSH-2.0-\\u{1b}[31m")
    assert len(found.texts["greetings"]) < 400


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("no range", "is no address range"),
        ("192.168.0.0/21", "is too large"),
        ("fd00::/64", "is too large"),
        ("8.8.8.0/24", "leads into the internet"),
        ("192.167.255.0/22", "leads into the internet"),
        ("224.0.0.0/24", "no machine's"),
    ],
)
async def test_a_range_that_cannot_be_tried_is_refused_before_anything_is_sent(target, what):
    with pytest.raises(InvalidInput, match=what):
        await PLUGIN.build(PLACES).gather(Inquiry(target=target))


async def test_addresses_of_the_internet_are_tried_only_when_somebody_says_so():
    found = await Range(PLACES, RangeSettings(port=free_port(), connect_seconds=0.01)).gather(
        Inquiry(target="127.0.3.9/32", allows_public=True)
    )
    assert found.texts == {"greetings": ""}
