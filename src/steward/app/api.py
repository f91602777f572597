"""The API, composed: commands, webhooks, health and metrics of one built Steward."""

from __future__ import annotations

from importlib.metadata import version

from steward.app.wiring import Steward
from steward.core.answers import Answers
from steward.core.figures import Figures
from steward.core.readiness import Readiness
from steward.core.routes import Route
from steward.surfaces.api.answering import Replying
from steward.surfaces.api.health import Health
from steward.surfaces.api.routes import Api, routes

PACKAGE = "labsteward"


def api_routes(steward: Steward) -> tuple[Route, ...]:
    """Return the routes of the API."""
    running = version(PACKAGE)
    readiness = Readiness(
        storage=steward.storage,
        pulse=steward.pulse,
        are_jobs_launched=lambda: steward.jobs.is_launched,
        scan_seconds=steward.settings.scan_seconds,
        clock=steward.clock,
    )
    figures = Figures(
        storage=steward.storage, pulse=steward.pulse, hooks=steward.hooks, clock=steward.clock, version=running
    )
    replying = Replying(
        dispatch=steward.dispatch,
        catalogue=steward.catalogue,
        answers=Answers(storage=steward.storage, clock=steward.clock),
        redact=steward.redactor.json,
    )
    return routes(
        Api(
            replying=replying,
            hooks=steward.hooks,
            health=Health(readiness=readiness, figures=figures, version=running, redact=steward.redactor.json),
            version=running,
            are_metrics_open=steward.settings.http.metrics_open,
        )
    )
