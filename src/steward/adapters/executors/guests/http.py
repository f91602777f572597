"""As much HTTP/1.1 as the Docker API needs, over one conversation with its socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from steward.lib.text import visible_line
from steward.model.errors import LinkLost
from steward.ports.runner import Talk

_LARGEST_HEAD = 65_536
_LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes = b""

    @property
    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        return fields_of(self.body)

    @property
    def message(self) -> str:
        """What the server says went wrong."""
        return visible_line(str(self.fields.get("message") or self.body[:300].decode("utf-8", "replace")))


def fields_of(text: bytes) -> dict[str, Any]:
    """Read a JSON object; empty when it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


class Http:
    """Requests one after the other; the last one may turn the connection into a stream."""

    def __init__(self, name: str, talk: Talk) -> None:
        self._name = name
        self._talk = talk
        self._rest = b""

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request and return the whole answer.

        Raises:
            LinkLost: the answer did not come, or is no HTTP.
        """
        await self._send(method, path, body, upgrade=False)
        status, headers = await self._head()
        return Answer(status=status, body=await self._body(headers))

    async def upgrade(self, path: str, body: object) -> Answer | None:
        """Send a request that turns the connection into a stream; None when it did, else the refusal.

        Raises:
            LinkLost: the answer did not come, or is no HTTP.
        """
        await self._send("POST", path, body, upgrade=True)
        status, headers = await self._head()
        if status in {101, 200}:
            return None
        return Answer(status=status, body=await self._body(headers))

    async def receive(self) -> bytes:
        """Return the next bytes of the stream, empty at its end."""
        if self._rest:
            data, self._rest = self._rest, b""
            return data
        return await self._talk.receive()

    async def _send(self, method: str, path: str, body: object, *, upgrade: bool) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: docker", f"Content-Length: {len(content)}"]
        lines += ["Content-Type: application/json"] if content else []
        lines += ["Connection: Upgrade", "Upgrade: tcp"] if upgrade else []
        await self._talk.send("\r\n".join([*lines, "", ""]).encode() + content, is_last=False)

    async def _head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._rest:
            await self._more(_LARGEST_HEAD)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
            raise self._senseless(first)
        pairs = (line.partition(":") for line in lines)
        return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            raise self._senseless(f"a body of {length} bytes")
        return await self._take(int(length))

    async def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._rest:
                await self._more(_LARGEST_BODY)
            size, _, self._rest = self._rest.partition(b"\r\n")
            try:
                count = int(size.split(b";")[0], 16)
            except ValueError as error:
                raise self._senseless("a chunk without a size") from error
            if count + len(body) > _LARGEST_BODY:
                raise self._senseless("a body that is too large")
            body += (await self._take(count + 2))[:count]
            if not count:
                return body

    async def _take(self, count: int) -> bytes:
        while len(self._rest) < count:
            await self._more(count)
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    async def _more(self, limit: int) -> None:
        data = await self._talk.receive()
        if not data:
            raise LinkLost("the Docker engine closed the connection", where=self._name)
        self._rest += data
        if len(self._rest) > limit + _LARGEST_HEAD:
            raise self._senseless("more than was asked for")

    def _senseless(self, why: str) -> LinkLost:
        return LinkLost("the answer of the Docker engine makes no sense", where=self._name, why=visible_line(why)[:300])
