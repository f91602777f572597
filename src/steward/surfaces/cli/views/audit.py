"""`steward audit verify`: whether the chain is whole."""

from __future__ import annotations

from typing import Any, cast

from steward.lib.text import plural
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs
from steward.surfaces.cli.views.default import default
from steward.surfaces.cli.views.shape import Object, following, lines, sections, text

_SHORT = 16


def verification(result: Object, style: Style) -> str:
    """Write the verdict first, then every problem."""
    problems: Any = result.get("problems")
    found = cast("list[Any]", problems) if isinstance(problems, list) else []
    verdict = toned("the audit chain is whole", "ok") if not found else toned(_broken(len(found)), "down")
    facts: list[tuple[str, Cell]] = [
        ("Rows", text(result, "rows")),
        ("Head", _head(result)),
        ("Checkpoints", _checkpoints(result)),
    ]
    listed = default(found, style) if found else ""
    return sections(lines(style.cell(verdict), pairs(facts, style)), listed, following(result))


def _broken(count: int) -> str:
    return f"the audit chain is broken: {plural(count, 'problem')}"


def _head(result: Object) -> str:
    head: Any = result.get("head")
    if isinstance(head, dict):
        known = cast("Object", head)
        return f"row {text(known, 'seq')}, {text(known, 'hash')[:_SHORT]}"
    return text(result, "head")[:_SHORT]


def _checkpoints(result: Object) -> str:
    found: Any = result.get("checkpoints")
    return str(len(cast("list[Any]", found))) if isinstance(found, list) else text(result, "checkpoints")
