"""Partner of the benchmark of the ways in: bare servers that answer so many bytes, until standard input ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from steward.surfaces.http.server import bound, server

_TOOL = "status"


async def answer(request: Request) -> Response:
    """Answer as many bytes as the path says."""
    return Response(b"x" * int(request.path_params["size"]), media_type="application/json")


async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
    """Offer the one tool."""
    return ListToolsResult(tools=[Tool(name=_TOOL, input_schema={"type": "object"})])


async def call_tool(_context: Any, params: Any) -> CallToolResult:
    """Answer as many bytes as were asked for."""
    return CallToolResult(content=[TextContent(text="x" * int(params.arguments["size"]))])


def application() -> Starlette:
    """Return the bare HTTP server with the bare server of the Model Context Protocol below it."""
    manager = StreamableHTTPSessionManager(
        Server("bare", on_list_tools=list_tools, on_call_tool=call_tool), stateless=True
    )

    @asynccontextmanager
    async def living(_application: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Starlette(
        routes=[Route("/{size:int}", answer), Mount("/mcp", manager.handle_request)],
        lifespan=living,
    )


async def main() -> None:
    """Serve, and say where."""
    listening = bound("127.0.0.1", 0)
    serving = server(application(), None)
    serving.config.lifespan = "on"
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    serving.should_exit = True
    await task


if __name__ == "__main__":
    asyncio.run(main())
