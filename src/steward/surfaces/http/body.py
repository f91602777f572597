"""The body of a request: no larger than its route reads, and not slower than it should come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from steward.surfaces.http.problems import TooLarge, TooSlow
from steward.surfaces.http.site import Scope, header

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_SECONDS = 10.0
_DIGITS = 20


def limited(receive: Receive, *, most_bytes: int, seconds: float = BODY_SECONDS) -> Receive:
    """Return a `receive` that stops at this size, and when the whole body takes longer than so long."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    read, is_whole = 0, False

    async def take() -> Message:
        nonlocal read, is_whole
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout_at(ends):
                message = await receive()
        except TimeoutError:
            raise TooSlow("the body did not come in time", next_step="send it again") from None
        read += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if read > most_bytes:
            raise _too_large(most_bytes)
        return message

    return take


def refuse_too_large(scope: Scope, most_bytes: int) -> None:
    """Refuse a body that says it is too large, before any of it is read.

    Raises:
        TooLarge: it is.
    """
    said = header(scope, b"content-length")
    if said.isascii() and said.isdigit() and (len(said) > _DIGITS or int(said) > most_bytes):
        raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge("the body is too large", why=f"at most {most_bytes} bytes are read here")
