"""The API, composed: commands, webhooks, health and metrics of one built Steward."""

from __future__ import annotations

from importlib.metadata import version

from steward.app.wiring import Steward
from steward.core.answers import Answers
from steward.core.figures import Figures
from steward.core.limits import Attempts
from steward.core.readiness import Readiness
from steward.core.routes import Route
from steward.model.access import Right
from steward.model.command import Command
from steward.model.ids import PrincipalId
from steward.model.principal import Principal, PrincipalKind
from steward.surfaces.api.answering import Replying
from steward.surfaces.api.calendar import READS, WRONG, CalendarFeed
from steward.surfaces.api.health import Health
from steward.surfaces.api.routes import Api, routes

PACKAGE = "labsteward"
_CALENDAR = Principal(
    id=PrincipalId("calendar"), kind=PrincipalKind.ALERT, name="a calendar", channel="calendar", rights=(Right.READ,)
)


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

    async def feed() -> str:
        answer = await steward.dispatch(_CALENDAR, Command(name="schedule.ics", input={}))
        return str(answer.masked(steward.redactor.json)["text"])

    return routes(
        Api(
            replying=replying,
            hooks=steward.hooks,
            pings=steward.pings,
            calendar=CalendarFeed(
                addresses=steward.addresses,
                feed=feed,
                wrong=Attempts(WRONG, clock=steward.clock),
                right=Attempts(READS, clock=steward.clock),
            ),
            health=Health(readiness=readiness, figures=figures, version=running, redact=steward.redactor.json),
            version=running,
            are_metrics_open=steward.settings.http.metrics_open,
        )
    )
