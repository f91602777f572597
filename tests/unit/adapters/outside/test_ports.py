"""TCP servers on loopback, real services among them: whether they are reached, and what they say to a harmless word."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from steward.adapters.outside.ports import PortAsker, PortSettings
from steward.knowhow.known_ports import lets_anybody_in
from steward.model.question import Hello, PortAnswer, PortQuestion, Reach
from tests.suites.executors import serving
from tests.suites.sshd import free_port


async def ask(port: int, hello: Hello = Hello.NONE, host: str = "127.0.0.1", hello_seconds: float = 30.0) -> PortAnswer:
    asker = PortAsker(PortSettings(connect_seconds=30.0, hello_seconds=hello_seconds))
    return await asker.ask(PortQuestion(host=host, port=port, hello=hello))


async def test_an_open_port_is_reached_and_hears_nothing() -> None:
    heard: list[bytes] = []
    is_over = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.read())
        finally:
            is_over.set()

    async with serving(listen) as port:
        answer = await ask(port)
        await is_over.wait()
    assert (answer.reach, answer.peer, answer.said) == (Reach.REACHED, "127.0.0.1", "")
    assert set(heard) <= {b""}


async def test_a_closed_port_refuses() -> None:
    assert (await ask(free_port())).reach is Reach.REFUSED


async def test_a_name_that_is_not_found_is_unknown_and_says_so() -> None:
    answer = await ask(80, host="no such name")
    assert (answer.reach, answer.said) == (Reach.UNKNOWN, "the name of the machine is not found")


@pytest.mark.parametrize(
    ("hello", "first", "reply", "is_open"),
    [
        (Hello.REDIS, b"PING\r\n", b"+PONG\r\n", True),
        (Hello.REDIS, b"PING\r\n", b"-NOAUTH Authentication required.\r\n", False),
        (Hello.REDIS, b"PING\r\n", b"-DENIED Redis is running in protected mode\r\n", False),
        (Hello.REDIS, b"PING\r\n", b"HTTP/1.1 400 Bad Request\r\n", None),
        (Hello.MEMCACHED, b"version\r\n", b"VERSION 1.6.39\r\n", True),
        (Hello.MEMCACHED, b"version\r\n", b"ERROR\r\n", None),
        (Hello.DOCKER, b"GET /_ping ", b"HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\n\r\nOK", True),
        (Hello.DOCKER, b"GET /_ping ", b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nhello", None),
        (Hello.DOCKER, b"GET /_ping ", b"HTTP/1.1 403 Forbidden\r\n\r\n", False),
        (Hello.ELASTICSEARCH, b"GET / ", b'HTTP/1.1 200 OK\r\n\r\n{"cluster_name":"lab"}', True),
        (Hello.ELASTICSEARCH, b"GET / ", b"HTTP/1.1 401 Unauthorized\r\n\r\n", False),
    ],
)
async def test_what_a_service_answers_tells_whether_it_asks_who_is_there(
    hello: Hello, first: bytes, reply: bytes, *, is_open: bool | None
) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\n"))
        writer.write(reply)
        writer.write_eof()
        await reader.read()

    async with serving(serve) as port:
        answer = await ask(port, hello)
    assert heard[0].startswith(first)
    assert lets_anybody_in(hello, answer.said) is is_open


@pytest.mark.parametrize(
    ("version", "offer", "is_open"),
    [
        (b"RFB 003.008\n", b"\x02\x01\x02", True),
        (b"RFB 003.008\n", b"\x01\x02", False),
        (b"RFB 003.007\n", b"\x01\x13", False),
        (b"RFB 003.003\n", b"\x00\x00\x00\x01", True),
        (b"RFB 003.003\n", b"\x00\x00\x00\x02", False),
        (b"RFB 003.008\n", b"", None),
        (b"SSH-2.0-Test\n", b"", None),
    ],
)
async def test_a_screen_tells_which_proofs_it_takes(version: bytes, offer: bytes, *, is_open: bool | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(version)
        assert (await reader.readexactly(12)).startswith(b"RFB 003.")
        writer.write(offer)
        writer.write_eof()
        assert await reader.read() == b"", "nothing is chosen"

    async with serving(serve) as port:
        answer = await ask(port, Hello.VNC)
    assert answer.reach is Reach.REACHED
    assert lets_anybody_in(Hello.VNC, answer.said) is is_open


async def test_who_never_answers_or_never_ends_is_left() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(silent) as port:
        assert (await ask(port, Hello.REDIS, hello_seconds=0.5)).said == ""
    async with serving(endless) as port:
        assert len((await ask(port, Hello.REDIS)).said) == 600


@contextmanager
def service(*words: str) -> Iterator[None]:
    """Run a real service while the test asks it; skip where it is not installed."""
    program = shutil.which(words[0])
    if program is None:
        pytest.skip(f"{words[0]} is not installed")
    with subprocess.Popen((program, *words[1:]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


async def settled(port: int, hello: Hello) -> PortAnswer:
    """Ask until somebody says something."""
    asker = PortAsker(PortSettings(connect_seconds=30.0, hello_seconds=30.0))
    for _ in range(600):
        answer = await asker.ask(PortQuestion(host="127.0.0.1", port=port, hello=hello))
        if answer.said:
            return answer
        await asyncio.sleep(0.1)
    pytest.fail("nobody answers")


@pytest.mark.parametrize(("password", "is_open"), [((), True), (("--requirepass", "x"), False)])
async def test_a_real_redis_is_told_from_one_with_a_password(password: tuple[str, ...], *, is_open: bool) -> None:
    port = free_port()
    with service("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", *password):
        answer = await settled(port, Hello.REDIS)
    assert lets_anybody_in(Hello.REDIS, answer.said) is is_open


async def test_a_real_memcached_lets_anybody_in() -> None:
    port = free_port()
    with service("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(port)):
        answer = await settled(port, Hello.MEMCACHED)
    assert lets_anybody_in(Hello.MEMCACHED, answer.said) is True


async def test_a_real_api_of_an_engine_lets_anybody_in() -> None:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="engine-", dir="/tmp") as name:  # podman wants a short path
        places = ("--root", f"{name}/root", "--runroot", f"{name}/run", "--storage-driver", "vfs")
        with service("podman", *places, "system", "service", "--time", "60", f"tcp:127.0.0.1:{port}"):
            answer = await settled(port, Hello.DOCKER)
    assert lets_anybody_in(Hello.DOCKER, answer.said) is True
