"""Doctor: what is wrong with Steward itself, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Page, Site

_TONES = {"down": 0, "warning": 1}


@dataclass(frozen=True, kw_only=True)
class DoctorPage:
    """Runs every check and shows the worst first."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (
            Route(path="/settings/doctor", methods=("GET",), permission=Right.READ, handler=self._check, is_page=True),
        )

    async def _check(self, request: Request, caller: Caller) -> Response:
        found = await self.site.ask(caller, "settings.check")
        checks = sorted(found["checks"], key=lambda check: _TONES.get(check["severity"], len(_TONES)))
        page = Page(
            template="doctor.html",
            title_key="doctor.title",
            data={**found, "checks": checks},
            cli="steward settings check",
        )
        return await self.site.respond(request, caller, page)
