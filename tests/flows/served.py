"""A house that listens: the real server on a port of its own, and a plain client of it."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from steward.app.http import front
from steward.model.access import Right
from steward.surfaces.http.server import bound, server
from tests.flows.house import OWNER, House

GOVERNING = replace(OWNER, rights=tuple(Right))
HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Api:
    """Calls a house by HTTP; each call has a connection of its own."""

    def __init__(self, port: int, house: House) -> None:
        self.port = port
        self.house = house

    async def token(self, *rights: Right) -> str:
        """Mint a token with these rights."""
        minted = await self.house.steward.access.tokens.mint(
            GOVERNING, name="test", rights=frozenset(rights), lasts=timedelta(days=1)
        )
        return minted[1]

    async def send(
        self, method: str, path: str, body: Any = None, *, token: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request; a body that is not bytes goes as JSON."""
        given = {"authorization": f"Bearer {token}"} if token else {}
        raw = body
        if body is not None and not isinstance(body, bytes):
            raw = json.dumps(body).encode()
            given["content-type"] = "application/json"
        return await asyncio.to_thread(self._send, method, path, raw, {**given, **(headers or {})})

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(status=answer.status, headers=names, body=answer.read())
        finally:
            connection.close()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Api]:
    """Serve a house for as long as the block runs."""
    listening = bound(HOST, 0)
    serving = server(front(house.steward), None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        while not serving.started:
            await asyncio.sleep(0.01)
        yield Api(listening.getsockname()[1], house)
    finally:
        serving.should_exit = True
        await task
        listening.close()
