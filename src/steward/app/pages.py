"""The pages, composed: what a person sees of one built Steward in a browser."""

from __future__ import annotations

from importlib.metadata import version

from steward.app.wiring import Steward
from steward.core.routes import Route
from steward.core.watch import Watch
from steward.surfaces.http.problems import ErrorPage
from steward.surfaces.web.problem import error_page
from steward.surfaces.web.routes import routes

_PACKAGE = "labsteward"


def page_routes(steward: Steward) -> tuple[Route, ...]:
    """Return the routes of the pages."""
    return routes(
        dispatch=steward.dispatch,
        access=steward.access,
        redact=steward.redactor.json,
        mark=Watch(steward.storage).mark,
        now=steward.clock.local,
        version=version(_PACKAGE),
        identities=steward.identities,
    )


def problem_page(steward: Steward) -> ErrorPage:
    """Return what draws an error for people."""
    return error_page(now=steward.clock.local, version=version(_PACKAGE), redact=steward.redactor.text)
