"""MCP over streamable HTTP, below the front door: an ASGI application that keeps nothing between two requests.

The front door has proven the caller, checked Host, Origin and size, and put the caller into the scope. Both revisions
are served: 2026-07-28 request by request, 2025-11-25 without a session id. Either posts; a stream of its own, which
a GET would open, has nothing to tell.
"""

from __future__ import annotations

from typing import cast

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from steward.core.routes import Caller
from steward.surfaces.mcp.desk import McpDesk
from steward.surfaces.mcp.server import Context, build


class McpOverHttp:
    """Answers whatever is posted below its mount."""

    def __init__(self, desk: McpDesk) -> None:
        self._server = build(desk, _caller)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; all that was begun for it ends with it."""
        if scope["method"] != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        manager = StreamableHTTPSessionManager(self._server, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _caller(context: Context) -> Caller:
    """Return whom the front door let in."""
    if context.request is None:
        msg = "a request over HTTP comes with its scope"
        raise LookupError(msg)
    return cast("Caller", context.request.scope["steward.caller"])
