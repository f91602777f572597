"""Read fields of results without trusting their shape: what is missing or of another kind is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from steward.surfaces.cli.layout import one_line

Object: TypeAlias = Mapping[str, Any]


def text(value: Object, *names: str) -> str:
    """Return the first of these fields that holds something, on one line: a newline could forge a line of its own."""
    for name in names:
        found = value.get(name)
        if isinstance(found, bool):
            return "yes" if found else "no"
        if isinstance(found, int | float) or (isinstance(found, str) and found):
            return one_line(str(found))
    return ""


def block(value: Object, name: str) -> str:
    """Return a field that has several lines, without those at its end that are empty."""
    found = value.get(name)
    return found.rstrip("\n") if isinstance(found, str) else ""


def part(value: Object, name: str) -> Object:
    """Return a field that is an object, else an empty one."""
    found = value.get(name)
    return cast("Object", found) if isinstance(found, dict) else {}


def rows(value: Object, name: str) -> list[Object]:
    """Return the objects of a field that is a list, else none."""
    return objects(value.get(name))


def objects(value: Any) -> list[Object]:
    """Return the objects of a list."""
    return (
        [cast("Object", item) for item in cast("list[Any]", value) if isinstance(item, dict)]
        if isinstance(value, list)
        else []
    )


def words(value: Object, name: str, between: str = ", ") -> str:
    """Return a list of plain values as `a, b`."""
    found = value.get(name)
    if not isinstance(found, list):
        return text(value, name)
    return between.join(str(item) for item in cast("list[Any]", found))


def sections(*texts: str) -> str:
    """Join what is not empty with blank lines."""
    return "\n\n".join(item for item in texts if item)


def lines(*texts: str) -> str:
    """Join what is not empty, a line each."""
    return "\n".join(item for item in texts if item)


def following(value: Object) -> str:
    """Write the next step a result names."""
    step = text(value, "next")
    return f"next: {step}" if step else ""
