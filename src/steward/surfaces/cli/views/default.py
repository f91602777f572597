"""Any result: a sentence, `name  value` lines, tables for lists, the next step."""

from __future__ import annotations

from typing import Any, cast

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.shape import Object, following, objects, sections, text

_FIRST = ("sentence",)
_LAST = ("next", "stale_since")
_DEEPEST = 3
_LONG = 40
"""Characters from which a text in a list gets a line of its own."""


def default(value: Any, style: Style) -> str:
    """Write any JSON for a person."""
    if value is None:
        return ""
    if isinstance(value, dict):
        known = cast("Object", value)
        body = {name: item for name, item in known.items() if name not in (*_FIRST, *_LAST)}
        return sections(style.prose(text(known, *_FIRST)), _object(body, style, 0), following(known))
    if isinstance(value, list):
        return _list(cast("list[Any]", value), style) or "Nothing."
    return _plain(value)


def sentence(result: Object, style: Style) -> str:
    """Write only the sentence of a result and the next step: the rest of it is for programs."""
    return sections(style.prose(text(result, *_FIRST)), following(result))


def _object(value: Object, style: Style, depth: int) -> str:
    simple = [(_title(name), _plain(item)) for name, item in value.items() if not _is_nested(item)]
    nested = [_section(name, item, style, depth) for name, item in value.items() if _is_nested(item)]
    return sections(pairs(simple, style), *nested)


def _section(name: str, value: Any, style: Style, depth: int) -> str:
    if depth >= _DEEPEST:
        return ""
    body = _object(cast("Object", value), style, depth + 1) if isinstance(value, dict) else _list(value, style)
    if not body:
        return f"{style.heading(_title(name))}  none" if isinstance(value, list) else ""
    return f"{style.heading(_title(name))}\n{_indented(body)}"


def _list(items: list[Any], style: Style) -> str:
    found = objects(items)
    if not found:
        return "\n".join(f"- {one_line(_plain(item))}" for item in items)
    names = list(dict.fromkeys(name for item in found for name, each in item.items() if not isinstance(each, dict)))
    rows: list[list[Cell]] = [[_told(item.get(name), style) for name in names] for item in found]
    return table([name.replace("_", " ").upper() for name in names], rows, style, keep=("ID", "CODE"))


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return not items or isinstance(items[0], dict) or any(len(_plain(item)) > _LONG for item in items)
    return isinstance(value, dict)


def _told(value: Any, style: Style) -> str:
    """Write a cell: a time as how long ago it was, or how long it is until then."""
    if not isinstance(value, str):
        return _plain(value)
    left = style.left(value)
    return value if left == value else style.ago(value) if left == "over" else left


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return ", ".join(f"{name}={_plain(item)}" for name, item in cast("Object", value).items())
    return str(value)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _indented(body: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in body.split("\n"))
