"""Wall mode: a page for a screen that hangs somewhere, without navigation; `ink` is black on white, for e-paper."""

from __future__ import annotations

from starlette.requests import Request

_INK = "ink"


def wall_of(request: Request) -> str:
    """Return how the wall is painted: `ink`, `screen`, or empty when the page is not on a wall."""
    asked = request.query_params.get("wall", "")
    return "" if asked in {"", "0"} else _INK if asked == _INK else "screen"
