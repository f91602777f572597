"""Sending: our headers on every answer, no body for HEAD, an end for streams whose credential no longer holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from steward.core.routes import SESSION
from steward.surfaces.http.body import Message, Send
from steward.surfaces.http.credentials import set_cookie
from steward.surfaces.http.headers import secured
from steward.surfaces.http.site import Link, Scope, below

Over = Callable[[], Awaitable[None]]
"""Returns when a credential holds no more."""


class Answer:
    """Sends one answer."""

    def __init__(self, send: Send, *, scope: Scope, link: Link, nonce: str, base: str = "") -> None:
        """`base` is the path below which a proxy serves us: addresses that we send a browser to begin with it."""
        self._send = send
        self._scope = scope
        self._link = link
        self._nonce = nonce
        self._base = base
        self.is_public = False
        self.status = 0
        self.is_streaming = asyncio.Event()
        self._is_done = False

    @property
    def has_begun(self) -> bool:
        """Tell whether something was sent, so that an error cannot be answered any more."""
        return self.status != 0

    async def send(self, message: Message) -> None:
        """Pass a message of the application on."""
        if self._is_done:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(list(message.get("headers", ())))}
        elif message["type"] == "http.response.body":
            if message.get("more_body", False):
                self.is_streaming.set()
            else:
                self._is_done = True
            if self._scope["method"] == "HEAD":
                message = {**message, "body": b""}
        await self._send(message)

    async def end(self) -> None:
        """End an answer that has begun."""
        if self.has_begun and not self._is_done:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        if SESSION in self._scope:
            given.append((b"set-cookie", set_cookie(self._scope[SESSION], self._link).encode()))
        given = [(name, self._placed(value) if name.lower() == b"location" else value) for name, value in given]
        return secured(given, self._link, nonce=self._nonce, is_public=self.is_public)

    def _placed(self, location: bytes) -> bytes:
        """Put the base before an address of ours, once: no route of ours begins with it."""
        ours = location.decode("latin-1")
        is_path = ours.startswith("/") and not ours.startswith("//")
        return (self._base + below(ours, self._base)).encode("latin-1") if self._base and is_path else location


async def while_live(work: Awaitable[None], answer: Answer, over: Over, *, from_start: bool) -> None:
    """Do the work; once it streams (or from the start) end it as soon as the credential no longer holds."""

    async def ended() -> None:
        if not from_start:
            await answer.is_streaming.wait()
        await over()

    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(ended())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
            return
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        watching.result()
        await answer.end()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)
