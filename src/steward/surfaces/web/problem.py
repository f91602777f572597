"""The page of an error: what failed, where, why, what to do, and an id to find it by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steward.core.routes import Caller
from steward.surfaces.web.render import environments
from steward.surfaces.web.site import Page, language_of
from steward.surfaces.web.static_files import StaticFiles

NAMED_ERRORS = frozenset({401, 403, 404, 405, 408, 409, 413, 421, 422, 429, 431, 500, 503})
"""Statuses with a title in every language; the words of the error itself are those of the program."""


class Told(Protocol):
    """An error as the front door tells it."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...


def error_page(
    *, now: Callable[[], datetime], version: str, redact: Callable[[str], str]
) -> Callable[[Told, Caller, Request], Response]:
    """Return what draws an error; it asks no command, so that it can be drawn whatever is broken."""
    languages = environments(now=now, static=StaticFiles(), version=version)

    def draw(problem: Told, caller: Caller, request: Request) -> Response:
        templates = languages[language_of(request)]
        kind = f"error.{problem.status}" if problem.status in NAMED_ERRORS else "error.other"
        page = Page(template="problem.html", title_key=kind)
        body = templates.get_template(page.template).render(
            layout="base.html",
            page=page,
            me=caller,
            problem=problem,
            top=None,
            base=caller.base,
            theme="auto",
            here="",
            address="",
            rooms=[],
            settings=[],
            redact=redact,
        )
        return HTMLResponse(body, status_code=problem.status)

    return draw
