"""A client that dawdles, floods or speaks nonsense is let go."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from steward.model.access import Right
from steward.surfaces.http import body, server
from tests.unit.surfaces.http.conftest import Door

NEVER = 60.0


async def talk(door: Door, *pieces: bytes) -> bytes:
    """Send these pieces and return all that comes until the server closes."""
    host, _, port = door.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        async with asyncio.timeout(NEVER):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"GET /open HTTP/1.1\r\nHost: localhost\r\n",),
        (b"GET /open HTTP/1.1\r\n", b"Host: local"),
    ],
)
async def test_headers_that_do_not_end_close_the_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
):
    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.3)
    assert b"200 OK" not in await talk(door, *pieces)


async def test_a_second_request_whose_headers_do_not_end_closes_the_connection_too(
    door: Door, monkeypatch: pytest.MonkeyPatch
):
    host, _, port = door.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in await reader.readuntil(b"}")
    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.3)
    writer.write(b"GET /op")
    async with asyncio.timeout(NEVER):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_headers_that_are_too_long_are_refused(door: Door):
    head = b"GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: "
    for pieces in ((head + b"x" * 70_000 + b"\r\n\r\n",), (head, *[b"x" * 20_000] * 4)):
        answer = await talk(door, *pieces)
        assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert door.seen == []


async def test_a_body_that_does_not_come_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body.limited, "__kwdefaults__", {"seconds": 0.3})
    token = (await door.token(Right.READ))["authorization"]
    head = f"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {token}\r\n"
    assert (await talk(door, head.encode() + b"Content-Length: 9\r\n\r\nx")).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "request_line",
    [b"GET http://evil.example/open HTTP/1.1", b"GET //evil.example/open HTTP/1.1", b"GET /open/../api/read HTTP/1.1"],
)
async def test_an_odd_address_opens_nothing(door: Door, request_line: bytes):
    answer = await talk(door, request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b" 404 " in answer.split(b"\r\n")[0] or b" 4" in answer.split(b"\r\n")[0]
    assert door.seen == []


async def test_two_hosts_are_refused(door: Door):
    answer = await talk(door, b"GET /open HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n")
    assert b" 4" in answer.split(b"\r\n")[0]
    assert door.seen == []


async def test_a_web_socket_is_answered_as_any_request(door: Door):
    upgrade = b"Upgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n"
    answer = await talk(
        door, b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n" + upgrade + b"\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 401")


async def test_answers_leave_without_waiting_for_more():
    listening = server.bound("127.0.0.1", 0)
    taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sending = writer.get_extra_info("socket")
        taken.set_result(bool(sending.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(take, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname()[:2])
        assert await taken
        writer.close()
        await writer.wait_closed()
