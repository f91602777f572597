"""TCP ports, tried from Steward's own box: whether they accept a connection, and what they say to a harmless word."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from steward.lib.record import record
from steward.model.question import Hello, PortAnswer, PortQuestion, Reach

_LONGEST = 600
_MOST_ADDRESSES = 4
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@record
class PortSettings:
    """Settings of the look at ports."""

    connect_seconds: float = 2.0
    """Longest a connection to one address may take; a healthy machine of the lab needs milliseconds."""
    hello_seconds: float = 2.0
    """Longest to wait for what it says."""


class PortAsker:
    """Connects, says at most one harmless word, and hangs up."""

    def __init__(self, settings: PortSettings) -> None:
        self._settings = settings

    async def ask(self, question: PortQuestion) -> PortAnswer:
        """Try each address of the machine until one accepts."""
        try:
            places = await asyncio.get_running_loop().getaddrinfo(
                question.host, question.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            )
        except OSError:
            return PortAnswer(question=question, reach=Reach.UNKNOWN, said="the name of the machine is not found")
        answer = PortAnswer(question=question, reach=Reach.UNKNOWN)
        for address in list(dict.fromkeys(str(place[4][0]) for place in places))[:_MOST_ADDRESSES]:
            answer = await self._at(question, address)
            if answer.reach is Reach.REACHED:
                break
        return answer

    async def _at(self, question: PortQuestion, address: str) -> PortAnswer:
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                reader, writer = await asyncio.open_connection(address, question.port)
        except TimeoutError:
            return PortAnswer(question=question, reach=Reach.SILENT, peer=address)
        except ConnectionRefusedError:
            return PortAnswer(question=question, reach=Reach.REFUSED, peer=address)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else "there is no way to it"
            return PortAnswer(question=question, reach=Reach.UNKNOWN, peer=address, said=why)
        try:
            said = await self._said(question.hello, reader, writer)
        finally:
            writer.transport.abort()
        return PortAnswer(question=question, reach=Reach.REACHED, peer=address, said=said[:_LONGEST])

    async def _said(self, hello: Hello, reader: Reader, writer: Writer) -> str:
        talk = _TALKS.get(hello)
        if talk is None:
            return ""
        heard = bytearray()
        try:
            async with asyncio.timeout(self._settings.hello_seconds):
                await talk(reader, writer, heard)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # what was heard until then is the answer
        return " ".join(heard.decode("latin-1").split())


async def _word(word: bytes, reader: Reader, writer: Writer, heard: bytearray) -> None:
    """Say one word and listen until the line ends."""
    writer.write(word)
    while b"\n" not in heard and len(heard) < _LONGEST and (more := await reader.read(_LONGEST)):
        heard += more


async def _page(path: bytes, reader: Reader, writer: Writer, heard: bytearray) -> None:
    """Ask for a page of HTTP and listen until it ends."""
    writer.write(b"GET " + path + b" HTTP/1.0\r\nHost: localhost\r\nUser-Agent: steward\r\nAccept: */*\r\n\r\n")
    while len(heard) < _LONGEST and (more := await reader.read(_LONGEST)):
        heard += more


async def _docker(reader: Reader, writer: Writer, heard: bytearray) -> None:
    await _page(b"/_ping", reader, writer, heard)


async def _elasticsearch(reader: Reader, writer: Writer, heard: bytearray) -> None:
    await _page(b"/", reader, writer, heard)


async def _redis(reader: Reader, writer: Writer, heard: bytearray) -> None:
    await _word(b"PING\r\n", reader, writer, heard)


async def _memcached(reader: Reader, writer: Writer, heard: bytearray) -> None:
    await _word(b"version\r\n", reader, writer, heard)


async def _vnc(reader: Reader, writer: Writer, heard: bytearray) -> None:
    """Go as far as the list of proofs that are offered (RFC 6143, section 7.1.2), and no further."""
    version = await reader.readexactly(12)
    if not version.startswith(b"RFB 003."):
        return
    heard += version.strip()
    is_old = version[8:11] < b"007"
    writer.write(b"RFB 003.003\n" if is_old else b"RFB 003.008\n" if version[8:11] >= b"008" else b"RFB 003.007\n")
    offered = (
        (await reader.readexactly(4))[3:] if is_old else await reader.readexactly((await reader.readexactly(1))[0])
    )
    heard += b", proofs offered: " + b" ".join(str(one).encode() for one in offered)


_TALKS: Mapping[Hello, Callable[[Reader, Writer, bytearray], Awaitable[None]]] = {
    Hello.DOCKER: _docker,
    Hello.ELASTICSEARCH: _elasticsearch,
    Hello.REDIS: _redis,
    Hello.MEMCACHED: _memcached,
    Hello.VNC: _vnc,
}

PLUGIN = PortAsker
