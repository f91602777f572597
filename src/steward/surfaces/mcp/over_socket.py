"""MCP over the local socket: one conversation for each connection, in lines of JSON, as `steward mcp` relays them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from mcp.server.stdio import stdio_server

from steward.core.routes import Caller
from steward.model.principal import Principal
from steward.surfaces.mcp.desk import McpDesk
from steward.surfaces.mcp.server import build

if TYPE_CHECKING:
    import anyio


class McpOverSocket:
    """Holds conversations."""

    def __init__(self, desk: McpDesk) -> None:
        self._desk = desk

    async def __call__(self, principal: Principal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk until the other end closes; whoever it is, it is an agent here."""
        server = build(self._desk, lambda _context: Caller(principal=principal))
        lines = cast("anyio.AsyncFile[str]", _Lines(reader, writer))
        async with stdio_server(lines, lines) as (received, sent):
            await server.run(received, sent, server.create_initialization_options())


class _Lines:
    """A connection as the SDK's transport for standard streams reads and writes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def __aiter__(self) -> _Lines:
        """Return itself."""
        return self

    async def __anext__(self) -> str:
        """Return the next line; a connection that broke has ended."""
        try:
            line = await self._reader.readline()
        except (ConnectionError, ValueError):  # ValueError: a line over the limit, after which nothing can be told
            line = b""
        if not line:
            raise StopAsyncIteration
        return line.decode("utf-8", errors="replace")

    async def write(self, text: str) -> None:
        """Queue one line."""
        self._writer.write(text.encode())

    async def flush(self) -> None:
        """Send what is queued; who went away needs no answer."""
        try:
            await self._writer.drain()
        except ConnectionError:
            self._writer.close()
