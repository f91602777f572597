"""Start and end what mounted applications bring along; each is an application with a life of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from steward.core.routes import Mount
from steward.surfaces.http.body import Message, Receive, Send

_LOUD = "lifespan.startup.failed"


class Lifespan:
    """Runs the lifespans of mounts inside the front door's own."""

    def __init__(self, mounts: Sequence[Mount]) -> None:
        self._lives = [_Life(mount.application) for mount in mounts]

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Answer the server's lifespan messages; one mount that cannot start keeps everything from starting."""
        await receive()
        for life in self._lives:
            problem = await life.start()
            if problem is not None:
                await send({"type": _LOUD, "message": problem})
                return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for life in self._lives:
            await life.end()
        await send({"type": "lifespan.shutdown.complete"})


class _Life:
    def __init__(self, application: Any) -> None:
        self._application = application
        self._to: asyncio.Queue[Message] = asyncio.Queue()
        self._from: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str | None:
        """Start it; return why it could not, or None. An application that knows no lifespan needs none."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.create_task(self._application(scope, self._to.get, self._from.put))
        await self._to.put({"type": "lifespan.startup"})
        answered = asyncio.create_task(self._from.get())
        await asyncio.wait({self._task, answered}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            answered.cancel()
            self._task.exception()
            self._task = None
            return None
        message = answered.result()
        return str(message.get("message", "a mount did not start")) if message["type"] == _LOUD else None

    async def end(self) -> None:
        """End it and wait for that."""
        if self._task is not None:
            await self._to.put({"type": "lifespan.shutdown"})
            await asyncio.gather(self._task, return_exceptions=True)
