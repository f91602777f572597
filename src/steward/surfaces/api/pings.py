"""`/ping/ID`: signs of life, as Healthchecks takes them; a wrong address is told no more than that."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from steward.core.pings import Ping, Pings, UnknownPing
from steward.core.routes import Caller, Open, Route

_METHODS = ("GET", "POST")
_MOST_BYTES = 1_048_576


class PingAnswers:
    """Answers pings."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Take one: `/ping/ID[/ACTION]`, or `/ping/KEY/NAME[/ACTION]`."""
        try:
            await self._pings.receive(await self._ping(request), address=caller.address)
        except UnknownPing as error:
            raise HTTPException(404, "there is no such ping") from error
        return PlainTextResponse("OK")

    async def _ping(self, request: Request) -> Ping:
        given: dict[str, str] = request.path_params
        key, second, third = given["id"], given.get("second", ""), given.get("third", "")
        is_named = await self._pings.is_ping_key(key)
        if third and not is_named:
            raise UnknownPing
        return Ping(
            id=key,
            slug=second if is_named else "",
            action=third if is_named else second,
            body=await request.body(),
            create=is_named and request.query_params.get("create") == "1",
        )


def ping_routes(pings: Pings) -> tuple[Route, ...]:
    """Return the routes; the address itself is the secret that lets in."""
    answers = PingAnswers(pings)
    paths = ("/ping/{id}", "/ping/{id}/{second}", "/ping/{id}/{second}/{third}")
    return tuple(
        Route(path=path, methods=_METHODS, permission=Open.SIGNED, handler=answers, most_bytes=_MOST_BYTES)
        for path in paths
    )
