"""Partner of the benchmark of open tabs: bare Starlette that holds as many streams and tells each of an event."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from steward.surfaces.http.server import bound, server
from tests.bench.tabs_steward import usage

TABS: set[asyncio.Event] = set()


async def lines(woken: asyncio.Event) -> AsyncIterator[str]:
    """Give the lines of one stream."""
    yield ": hello\n\n"
    while True:
        await woken.wait()
        woken.clear()
        yield "event: now\ndata: changed\n\n"


async def live(_request: Request) -> StreamingResponse:
    """Open a stream."""
    woken = asyncio.Event()
    TABS.add(woken)
    return StreamingResponse(lines(woken), media_type="text/event-stream")


async def main() -> None:
    """Serve, say where, and answer."""
    listening = bound("127.0.0.1", 0)
    serving = server(Starlette(routes=[Route("/live", live)]), None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    print(json.dumps({"port": listening.getsockname()[1], "cookies": ["", ""]}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "event":
            for woken in TABS:
                woken.set()
            print(json.dumps({"at": time.monotonic()}), flush=True)
        else:
            print(json.dumps(usage()), flush=True)
    serving.should_exit = serving.force_exit = True
    await task


if __name__ == "__main__":
    asyncio.run(main())
