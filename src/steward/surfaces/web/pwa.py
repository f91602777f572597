"""Steward as an app of a phone: what it is called, its worker, and the one page that is shown without a connection."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from steward.core.routes import Caller, Handler, Open, Route
from steward.surfaces.web.site import language_of
from steward.surfaces.web.static_files import StaticFiles

_ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-mask.png", "512x512", "maskable"),
)
_PAPER = "#f6f7f6"
_BRAND = "#0b6b5c"
_SHELL = "offline.html"
_PARTS = ("steward.css", "icon.svg")
"""Files the shell is made of."""


@dataclass(frozen=True, kw_only=True)
class PhoneApp:
    """Serves what makes the pages an app; none of it tells anything about the lab."""

    static: StaticFiles
    """Files by name."""
    templates: Mapping[str, Environment]
    """Templates by language."""

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            _open("/manifest.webmanifest", self._manifest),
            _open("/worker.js", self._worker),
            _open("/offline", self._offline),
        )

    async def _manifest(self, _request: Request, caller: Caller) -> Response:
        base = caller.base
        icons = [
            {"src": base + self.static.address(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ]
        told: dict[str, Any] = {
            "id": f"{base}/",
            "name": "Steward",
            "short_name": "Steward",
            "start_url": f"{base}/",
            "scope": f"{base}/",
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": _BRAND,
            "icons": icons,
        }
        return JSONResponse(
            told, media_type="application/manifest+json", headers={"Cache-Control": "public, max-age=300"}
        )

    async def _worker(self, _request: Request, _caller: Caller) -> Response:
        """Serve the worker; its bytes change with the shell's, so that browsers fetch both anew."""
        script = self.static.read("worker.js").body
        body = f"// {self._version()}\n".encode() + script
        return Response(body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def _offline(self, request: Request, caller: Caller) -> Response:
        shell = self.templates[language_of(request)].get_template(_SHELL)
        return HTMLResponse(shell.render(base=caller.base), headers={"Cache-Control": "no-cache"})

    def _version(self) -> str:
        digest = hashlib.sha256()
        for name in _PARTS:
            digest.update(self.static.address(name).encode())
        for environment in self.templates.values():
            digest.update(environment.get_template(_SHELL).render(base="").encode())
        return digest.hexdigest()[:12]


def _open(path: str, handler: Handler) -> Route:
    return Route(path=path, methods=("GET",), permission=Open.PUBLIC, handler=handler)
