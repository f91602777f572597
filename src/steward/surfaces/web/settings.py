"""Settings: leads to the first of their rooms that the caller may enter."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.rooms import SETTINGS
from steward.surfaces.web.site import go


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The door to the settings."""

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/settings", methods=("GET",), permission=Right.READ, handler=self._lead, is_page=True),)

    async def _lead(self, _request: Request, caller: Caller) -> Response:
        may = caller.known.rights
        return go(next(room.address for room in SETTINGS if room.right in may))
