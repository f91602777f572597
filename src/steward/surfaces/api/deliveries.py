"""`POST /hooks/NAME`: where others deliver; what was wrong with a delivery is told to nobody."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.hooks import Hooks
from steward.core.routes import Caller
from steward.core.signatures import NotSigned


class Deliveries:
    """Answers deliveries."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Look at the headers, then read the body, then its signature."""
        headers = {name: request.headers.getlist(name) for name in request.headers}
        try:
            admitted = await self._hooks.admit(request.path_params["name"], headers, address=caller.address)
            outcome = await self._hooks.receive(admitted, await request.body(), address=caller.address)
        except NotSigned as error:
            raise HTTPException(401, error.what) from error
        return JSONResponse({"status": outcome.value}, status_code=202)
