"""Light, dark, or as the device wants it: kept in a cookie, so that a page comes in its colors at once."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import THEME_COOKIE, THEMES, go, inside

_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, kw_only=True)
class ThemeChoice:
    """Takes the choice."""

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/theme", methods=("POST",), permission=Right.READ, handler=self._choose, is_page=True),)

    async def _choose(self, request: Request, _caller: Caller) -> Response:
        form = await request.form()
        theme = str(form.get("theme", ""))
        response = go(inside(str(form.get("back", ""))))
        if theme in THEMES:
            response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
        else:
            response.delete_cookie(THEME_COOKIE)
        return response
