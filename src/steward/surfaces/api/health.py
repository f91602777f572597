"""Whether Steward lives, whether it can work, which version it is, and its figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.figures import Figures
from steward.core.readiness import Readiness
from steward.core.routes import Caller
from steward.lib.codec import encode
from steward.lib.exposition import CONTENT_TYPE, Family, Sample, written

NO_STORE = {"cache-control": "no-store"}


class Health:
    """Answers about this process."""

    def __init__(self, *, readiness: Readiness, figures: Figures, version: str, redact: Callable[[Any], Any]) -> None:
        self._readiness = readiness
        self._figures = figures
        self._version = version
        self._redact = redact

    async def live(self, _request: Request, _caller: Caller) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"}, headers=NO_STORE)

    async def ready(self, _request: Request, _caller: Caller) -> Response:
        """Say whether it can do its work, part by part; 503 when it cannot."""
        ready = await self._readiness.now()
        content = json.dumps(self._redact(encode(ready)))
        status = 200 if ready.is_ready else 503
        return Response(content, status_code=status, headers=NO_STORE, media_type="application/json")

    async def version(self, _request: Request, _caller: Caller) -> Response:
        """Say which version this is."""
        return JSONResponse({"version": self._version, "api": "v1"}, headers=NO_STORE)

    async def metrics(self, _request: Request, _caller: Caller) -> Response:
        """Tell every figure, as Prometheus reads them."""
        families = [self._masked(family) for family in await self._figures.families()]
        return Response(written(families), headers={**NO_STORE, "content-type": CONTENT_TYPE})

    def _masked(self, family: Family) -> Family:
        """Mask labels; nothing of them comes from outside, but a name may be anything."""
        samples = tuple(
            Sample(value=sample.value, labels=self._redact(dict(sample.labels)), suffix=sample.suffix)
            for sample in family.samples
        )
        return Family(name=family.name, kind=family.kind, says=family.says, samples=samples)
