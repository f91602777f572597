"""The page of an error: what failed, where, why, what to do, and an id to find it by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.responses import HTMLResponse, Response

from steward.core.routes import Caller
from steward.surfaces.web.render import environment
from steward.surfaces.web.site import Page
from steward.surfaces.web.static_files import StaticFiles


class Told(Protocol):
    """An error as the front door tells it."""

    @property
    def title(self) -> str:
        """Its kind."""
        ...

    @property
    def status(self) -> int:
        """HTTP status."""
        ...


def error_page(
    *, now: Callable[[], datetime], version: str, redact: Callable[[str], str]
) -> Callable[[Told, Caller], Response]:
    """Return what draws an error; it asks no command, so that it can be drawn whatever is broken."""
    templates = environment(now=now, static=StaticFiles(), version=version)

    def draw(problem: Told, caller: Caller) -> Response:
        page = Page(template="problem.html", title=problem.title)
        body = templates.get_template(page.template).render(
            layout="base.html",
            page=page,
            me=caller,
            problem=problem,
            top=None,
            theme="auto",
            here="",
            redact=redact,
        )
        return HTMLResponse(body, status_code=problem.status)

    return draw
