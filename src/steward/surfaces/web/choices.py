"""What was chosen for this browser, language and colors: each in a cookie, known before the page is drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, go, inside
from steward.surfaces.web.texts import LANGUAGES

_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Takes one choice; anything but one of its values goes back to what the device or the browser wants."""

    name: str
    """Name of the field, and of the address."""
    cookie: str
    """Cookie that holds it."""
    values: Collection[str]
    """What can be chosen."""

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        path = f"/{self.name}"
        return (Route(path=path, methods=("POST",), permission=Right.GLANCE, handler=self._choose, is_page=True),)

    async def _choose(self, request: Request, _caller: Caller) -> Response:
        form = await request.form()
        chosen = str(form.get(self.name, ""))
        response = go(inside(str(form.get("back", ""))))
        if chosen in self.values:
            response.set_cookie(self.cookie, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
        else:
            response.delete_cookie(self.cookie)
        return response


CHOICES = (
    Choice(name="theme", cookie=THEME_COOKIE, values=THEMES),
    Choice(name="language", cookie=LANGUAGE_COOKIE, values=LANGUAGES),
)
"""Every choice of a browser."""
