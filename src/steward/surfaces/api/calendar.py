"""`/calendar/SECRET.ics`: the calendar feed for programs that can send nothing but an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from steward.core.limits import Attempts, Limit
from steward.core.private_addresses import CALENDAR, PrivateAddresses
from steward.core.routes import Caller, Open, Route

WRONG = Limit(what="calendar addresses", per_address=30, overall=600, window_seconds=60.0)
"""Nobody guesses 128 bits; this keeps the log and the store quiet."""
READS = Limit(what="readings of the calendar", per_address=30, overall=300, window_seconds=60.0)
"""Right ones too: counted and not forgiven; a program reads it once in a while."""
_HEADERS = {"Cache-Control": "private, max-age=300"}


class CalendarFeed:
    """Answers with the feed; a wrong address is told no more than that."""

    def __init__(
        self, *, addresses: PrivateAddresses, feed: Callable[[], Awaitable[str]], wrong: Attempts, right: Attempts
    ) -> None:
        self._addresses = addresses
        self._feed = feed
        self._wrong = wrong
        self._right = right

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Answer one reading."""
        attempt = self._wrong.begin(caller.address)
        if not await self._addresses.find(str(request.path_params["secret"]), (CALENDAR,)):
            raise HTTPException(404, "there is no such calendar")
        self._wrong.forgive(attempt)
        self._right.begin(caller.address)
        return Response(await self._feed(), media_type="text/calendar", headers=_HEADERS)


def calendar_route(feed: CalendarFeed) -> Route:
    """Return the route; the address itself is the secret that lets in."""
    return Route(path="/calendar/{secret}.ics", methods=("GET",), permission=Open.SIGNED, handler=feed)
