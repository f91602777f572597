"""The steps of the first run: each can be skipped, and done again later at its own address."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Handler, Route
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.site import Data, Page, Site


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step."""

    name: str
    """Its words are `setup.<name>.*`."""
    address: str
    """Where it is."""


STEPS = (
    Step(name="owner", address="/settings/password"),
    Step(name="box", address="/setup/box"),
    Step(name="machines", address="/setup/machines"),
    Step(name="declared", address="/setup/declared"),
    Step(name="autonomy", address="/setup/autonomy"),
    Step(name="done", address="/setup/done"),
)
"""Steps in their order; what Steward has no part for yet is not among them."""
FIRST = STEPS[1].address
"""Where somebody who just became the owner goes on."""


@dataclass(frozen=True, kw_only=True)
class StepPage:
    """What one step shows."""

    name: str
    """Name of the step."""
    data: Data
    """Its own data."""
    template: str = ""
    """Its template; empty is the one of its name."""
    cli: str = ""
    """The same in a terminal."""
    problem: StewardError | None = None
    """What went wrong with what was just asked for."""
    topics: tuple[str, ...] = ()
    """What it wants to be told about."""


async def show(site: Site, request: Request, caller: Caller, step: StepPage) -> Response:
    """Answer with a step, among the others."""
    at = next(number for number, each in enumerate(STEPS) if each.name == step.name)
    last = STEPS[min(at + 1, len(STEPS) - 1)]
    data: Data = {
        **step.data,
        "step": step.name,
        "steps": [{"name": each.name, "address": each.address} for each in STEPS],
        "next": "" if last.name == step.name else last.address,
    }
    page = Page(
        template=step.template or f"setup_{step.name}.html",
        title_key="nav.setup",
        data=data,
        cli=step.cli,
        problem=step.problem,
        topics=step.topics,
    )
    return await site.respond(request, caller, page)


def step_route(path: str, method: str, handler: Handler) -> Route:
    """Return a route of the first run: the owner's."""
    return Route(path=path, methods=(method,), permission=Right.GOVERN, handler=handler, is_page=True)
