"""A real name server, dnsmasq, on loopback; and what servers that behave badly are worth."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest

from steward.adapters.outside.names import NameAsker, NameSettings
from steward.model.question import NameAnswer, NameQuestion
from tests.suites.sshd import free_port

DNSMASQ = shutil.which("dnsmasq", path="/usr/sbin:/sbin:/usr/local/sbin:/usr/bin") or shutil.which("dnsmasq")
_RECORDS = (
    "--address=/cloud.example.net/192.168.7.5",
    "--address=/cloud.example.net/fd00::5",
    "--host-record=both.example.net,192.168.7.6",
    "--cname=alias.example.net,both.example.net",
    "--local=/example.net/",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if DNSMASQ is None:
        pytest.skip("dnsmasq is not installed")
    port, folder = free_port(), tmp_path_factory.mktemp("dnsmasq")
    config = folder / "dnsmasq.conf"
    config.write_text("")
    words = (DNSMASQ, "--keep-in-foreground", f"--conf-file={config}", f"--port={port}", "--listen-address=127.0.0.1")
    words += ("--bind-interfaces", "--no-resolv", "--no-hosts", "--user=", f"--pid-file={folder / 'pid'}", *_RECORDS)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        asyncio.run(_answers(port, process))
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


async def _answers(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until the server answers at all."""
    for _ in range(40):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            await dns.asyncquery.udp(dns.message.make_query("x.example.net", "A"), "127.0.0.1", timeout=0.5, port=port)
        except (dns.exception.DNSException, OSError):
            await asyncio.sleep(0.1)
        else:
            return
    pytest.fail("dnsmasq does not answer")


async def ask(name: str, server: str) -> NameAnswer:
    return await NameAsker(NameSettings(answer_seconds=0.5)).ask(NameQuestion(name=name, server=server))


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
        answer = await ask("cloud.example.net", f"127.0.0.1:{transport.get_extra_info('sockname')[1]}")
    finally:
        transport.close()
    assert answer.addresses is None
    assert answer.problem


async def test_nobody_there_is_no_answer() -> None:
    answer = await ask("cloud.example.net", f"127.0.0.1:{free_port()}")
    assert answer.addresses is None
    assert answer.problem
