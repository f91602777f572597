"""Multicast DNS spoken for real, over UDP on the loopback network."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from steward.adapters.discoverers.mdns import Mdns, MdnsSettings
from steward.knowhow.discovered.mdns import parse
from steward.ports.discoverer import Inquiry, Places

PLACES = Places(home="/nowhere", ssh_config="/nowhere", docker_config="/nowhere")


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in text.encode().split(b".")) + b"\0"


def answer(*records: tuple[str, int, bytes]) -> bytes:
    body = (name(owner) + struct.pack("!2HIH", kind, 1, 120, len(data)) + data for owner, kind, data in records)
    return struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(body)


NAS = answer(
    ("_ssh._tcp.local", 12, name("nas._ssh._tcp.local")),
    ("nas._ssh._tcp.local", 33, struct.pack("!3H", 0, 0, 22) + name("nas.local")),
    ("nas.local", 1, bytes([10, 0, 0, 2])),
)


class Responder(asyncio.DatagramProtocol):
    """Answers every question with these messages."""

    def __init__(self, *messages: bytes) -> None:
        self.messages = messages
        self.asked: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for message in self.messages:
            self.transport.sendto(message, addr)


@asynccontextmanager
async def responding(*messages: bytes, seconds: float = 3.0) -> AsyncIterator[tuple[Responder, Mdns]]:
    loop = asyncio.get_running_loop()
    transport, responder = await loop.create_datagram_endpoint(
        lambda: Responder(*messages), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    yield responder, Mdns(PLACES, MdnsSettings(group="127.0.0.1", port=port, seconds=seconds))
    transport.close()


async def test_who_answers_is_a_machine_with_its_address():
    async with responding(NAS) as (responder, mdns):
        found = parse(await mdns.gather(Inquiry()))
    assert [(each.name, each.address) for each in found.machines] == [("nas", "10.0.0.2")]
    (asked,) = responder.asked
    assert b"_ssh" in asked
    assert b"_workstation" in asked


async def test_answers_that_are_broken_are_counted_and_the_others_count():
    async with responding(b"\0\0\x84\0\0\0\0\1", NAS, b"garbage that is long enough") as (_, mdns):
        gathered = await mdns.gather(Inquiry())
    assert len(parse(gathered).machines) == 1
    assert [each.why for each in gathered.left_out] == ["1 could not be read"]


async def test_a_name_that_would_forge_a_line_is_escaped():
    evil = answer(("_ssh._tcp.local", 12, name("a\nPTR\t1.1.1.1\t0\t_ssh._tcp.local\tb")))
    async with responding(evil) as (_, mdns):
        gathered = await mdns.gather(Inquiry())
    assert len(gathered.texts["records"].split("\n")) == 1
    assert "a\\nPTR\\t1" in gathered.texts["records"]


async def test_a_flood_of_answers_is_cut_off():
    flood = [answer(("_ssh._tcp.local", 12, name(f"m{number}"))) for number in range(700)]
    async with responding(*flood) as (_, mdns):
        gathered = await mdns.gather(Inquiry())
    assert 0 < len(gathered.texts["records"].split("\n")) <= 500


async def test_nobody_there_is_no_machine():
    async with responding(seconds=0.5) as (_, mdns):
        assert parse(await mdns.gather(Inquiry())).machines == ()
