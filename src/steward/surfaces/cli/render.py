"""Turn a result into text. Every text of a result is made visible here, before any view sees it.

Results carry words of others (logs, unit names, alerts): no escape sequence, bidirectional or invisible character
of theirs may reach the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from steward.lib.text import visible
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.views import event_view, view


def text_of(name: str, result: Any, style: Style) -> str:
    """Write the result of a command for a person; empty when there is nothing to say."""
    return view(name, clean(result), style)


def line_of(name: str, event: Mapping[str, Any], style: Style) -> str:
    """Write one event of a stream for a person."""
    return event_view(name, clean(event), style)


def json_of(value: Any, *, is_line: bool = False) -> str:
    """Write a value as JSON; everything but ASCII is escaped, so that it is safe on a terminal too."""
    if is_line:
        return json.dumps(value, separators=(",", ":"))
    return json.dumps(value, indent=2)


def clean(value: Any) -> Any:
    """Return the same JSON with every text made visible, names of fields included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(name): clean(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [clean(item) for item in cast("list[Any]", value)]
    return value
