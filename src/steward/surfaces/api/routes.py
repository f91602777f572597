"""Every route of the API: one path for each command, made from the catalogue, and those for machines that watch."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from steward.core.catalogue import AnySpec, CommandSpec, right_of
from steward.core.hooks import Hooks
from steward.core.pings import Pings
from steward.core.routes import Caller, Open, Permission, Route
from steward.model.access import Right
from steward.model.operation import AnyOperation
from steward.surfaces.api.answering import Get, Post, Replying
from steward.surfaces.api.calendar import CalendarFeed, calendar_route
from steward.surfaces.api.deliveries import Deliveries
from steward.surfaces.api.given import hints_of
from steward.surfaces.api.health import Health
from steward.surfaces.api.openapi import document, path_of, takes_get
from steward.surfaces.api.pings import ping_routes

DOCUMENT_PATH = "/api/v1/openapi.json"


@dataclass(frozen=True, kw_only=True)
class Api:
    """What the API is made of."""

    replying: Replying
    """Answers commands."""
    hooks: Hooks
    """Receives webhooks."""
    pings: Pings
    """Takes signs of life."""
    calendar: CalendarFeed
    """Answers calendar programs."""
    health: Health
    """Answers about this process."""
    version: str
    """Of Steward."""
    are_metrics_open: bool
    """Whether anybody who can connect may read the figures."""


def routes(api: Api) -> tuple[Route, ...]:
    """Return every route of the API."""
    metrics: Permission = Open.PUBLIC if api.are_metrics_open else Right.READ
    catalogue = api.replying.catalogue
    commands = [route for name in catalogue.names() for route in _of(api.replying, catalogue.find(name))]
    return (
        *commands,
        Route(path=DOCUMENT_PATH, methods=("GET",), permission=Right.READ, handler=_Document(api)),
        Route(path="/hooks/{name}", methods=("POST",), permission=Open.SIGNED, handler=Deliveries(api.hooks)),
        *ping_routes(api.pings),
        calendar_route(api.calendar),
        Route(path="/healthz", methods=("GET",), permission=Open.PUBLIC, handler=api.health.live),
        Route(path="/readyz", methods=("GET",), permission=Open.PUBLIC, handler=api.health.ready),
        Route(path="/version", methods=("GET",), permission=Open.PUBLIC, handler=api.health.version),
        Route(path="/metrics", methods=("GET",), permission=metrics, handler=api.health.metrics),
    )


def _of(replying: Replying, entry: AnySpec | AnyOperation) -> tuple[Route, ...]:
    path, right = path_of(entry.name), right_of(entry)
    post = Route(path=path, methods=("POST",), permission=right, handler=Post(replying, entry))
    if not isinstance(entry, CommandSpec) or not takes_get(entry):
        return (post,)
    get = Route(path=path, methods=("GET",), permission=right, handler=Get(replying, entry, hints_of(entry.input)))
    return (get, post)


class _Document:
    """Answers with the description of the API; worked out when somebody first asks."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._making = asyncio.Lock()
        self._text = ""

    async def __call__(self, _request: Request, caller: Caller) -> Response:
        async with self._making:
            if not self._text:
                self._text = await asyncio.to_thread(self._made, caller.base)
        return Response(self._text, media_type="application/json")

    def _made(self, base: str) -> str:
        described: dict[str, Any] = document(self._api.replying.catalogue, version=self._api.version, base=base)
        return json.dumps(described, separators=(",", ":"))
