"""The way in for agents, loaded when the first one comes.

The SDK of the Model Context Protocol takes a second to import and 20 MB to keep; a house without agents gives neither.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from importlib.metadata import version
from typing import Any

from steward.app.wiring import Steward
from steward.core.routes import Mount
from steward.model.access import Right
from steward.model.principal import Principal
from steward.surfaces.mcp.relay import CHANNEL

_ROOM = "steward.surfaces.mcp"
_PATH = "/mcp"


class Agents:
    """Talks with agents over HTTP, as an ASGI application, and over the local socket, as conversations."""

    def __init__(self, steward: Steward) -> None:
        self._steward = steward
        self._loading = asyncio.Lock()
        self._over_http: Any = None
        self._over_socket: Any = None

    def mount(self) -> Mount:
        """Return where the front door lets agents in."""
        return Mount(path=_PATH, permission=Right.READ, application=self)

    async def converse(self, principal: Principal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk over one connection of the local socket until it ends."""
        await self._load()
        await self._over_socket(principal, reader, writer)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request; there is nothing to start or to end."""
        if scope["type"] != "http":
            return
        await self._load()
        await self._over_http(scope, receive, send)

    async def _load(self) -> None:
        """Import what speaks the protocol, once, away from the loop."""
        async with self._loading:
            if self._over_http is None:
                self._over_socket, self._over_http = await asyncio.to_thread(self._imported)

    def _imported(self) -> tuple[Any, Any]:
        desk_room, http_room, socket_room = (
            importlib.import_module(f"{_ROOM}.{name}") for name in ("desk", "over_http", "over_socket")
        )
        logging.getLogger("mcp").setLevel(logging.WARNING)
        desk = desk_room.McpDesk(
            catalogue=self._steward.catalogue,
            dispatch=self._steward.dispatch,
            redact=self._steward.redactor.json,
            version=version("labsteward"),
        )
        return socket_room.McpOverSocket(desk), http_room.McpOverHttp(desk)


__all__ = ["CHANNEL", "Agents"]
