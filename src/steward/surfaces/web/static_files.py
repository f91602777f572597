"""Style sheet, scripts and icon: served from memory, compressed once, named by their content for browsers to keep."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Open, Route
from steward.model.errors import NotFound

FOLDER = Path(__file__).parent / "static"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=300"
_VERSION_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class StaticFile:
    """One file that is the same for everybody."""

    body: bytes
    """Its exact bytes."""
    packed: bytes
    """The same, compressed."""
    kind: str
    """Media type."""
    version: str
    """Beginning of its digest."""


class StaticFiles:
    """Every file of the folder."""

    def __init__(self) -> None:
        found = (path for path in sorted(FOLDER.rglob("*")) if path.suffix in _KINDS)
        self._files = {str(path.relative_to(FOLDER)): _read(path) for path in found}

    def address(self, name: str) -> str:
        """Return the address of a file, which changes whenever its content does."""
        return f"/static/{name}?v={self._files[name].version}"

    def read(self, name: str) -> StaticFile:
        """Return a file."""
        return self._files[name]

    def routes(self) -> tuple[Route, ...]:
        """Return the one route that serves them."""
        return (Route(path="/static/{name:path}", methods=("GET",), permission=Open.PUBLIC, handler=self._serve),)

    async def _serve(self, request: Request, _caller: Caller) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise NotFound("there is no such file")
        is_exact = request.query_params.get("v") == file.version
        headers = {"Cache-Control": _FOREVER if is_exact else _A_WHILE, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(file.body, media_type=file.kind, headers=headers)
        return Response(file.packed, media_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(
        body=body,
        packed=gzip.compress(body, mtime=0),
        kind=_KINDS[path.suffix],
        version=hashlib.sha256(body).hexdigest()[:_VERSION_DIGITS],
    )
