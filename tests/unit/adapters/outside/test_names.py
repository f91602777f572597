"""A real name server, dnsmasq, on loopback; and what servers that behave badly are worth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from steward.adapters.outside.names import NameAsker, NameSettings
from steward.model.question import NameAnswer, NameQuestion
from tests.suites.dnsmasq import name_server
from tests.suites.sshd import free_port

_RECORDS = (
    "--address=/cloud.example.net/192.168.7.5",
    "--address=/cloud.example.net/fd00::5",
    "--host-record=both.example.net,192.168.7.6",
    "--cname=alias.example.net,both.example.net",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with name_server(tmp_path_factory.mktemp("dnsmasq"), *_RECORDS) as place:
        yield place


async def ask(name: str, server: str, seconds: float = 30.0) -> NameAnswer:
    return await NameAsker(NameSettings(answer_seconds=seconds)).ask(NameQuestion(name=name, server=server))


async def test_both_families_are_asked_for(server: str) -> None:
    answer = await ask("cloud.example.net", server)
    assert (answer.addresses, answer.problem) == (("192.168.7.5", "fd00::5"), "")


async def test_another_name_for_it_leads_to_its_address(server: str) -> None:
    assert (await ask("alias.example.net", server)).addresses == ("192.168.7.6",)


async def test_a_name_nobody_knows_has_no_address(server: str) -> None:
    assert (await ask("missing.example.net", server)).addresses == ()


async def test_a_server_that_refuses_gives_no_answer(server: str) -> None:
    answer = await ask("elsewhere.example.org", server)
    assert (answer.addresses, answer.problem) == (None, "it says REFUSED")


class _Babbler(asyncio.DatagramProtocol):
    """Answers every question with the same bytes."""

    def __init__(self, reply: bytes | None) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert isinstance(self._transport, asyncio.DatagramTransport)
        if self._reply is not None:
            self._transport.sendto(self._reply or data[:2] + b"\x81\x80" + b"\xff" * 40, addr)


@pytest.mark.parametrize("reply", [None, b"no DNS at all", b"\x00" * 12, b""])
async def test_silence_and_nonsense_are_no_answer(reply: bytes | None) -> None:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Babbler(reply), local_addr=("127.0.0.1", 0)
    )
    try:
        answer = await ask("cloud.example.net", f"127.0.0.1:{transport.get_extra_info('sockname')[1]}", seconds=0.5)
    finally:
        transport.close()
    assert answer.addresses is None
    assert answer.problem


async def test_nobody_there_is_no_answer() -> None:
    answer = await ask("cloud.example.net", f"127.0.0.1:{free_port()}", seconds=0.5)
    assert answer.addresses is None
    assert answer.problem
