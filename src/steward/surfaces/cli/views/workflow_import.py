"""`steward workflow import`: what became of foreign workflows, what did not, and what is wrong with them."""

from __future__ import annotations

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, following, lines, rows, sections, text

_NOTHING = "-"


def imported(result: Object, style: Style) -> str:
    """Write files, machines, what was not taken over, mistakes and drawings."""
    return sections(
        style.prose(text(result, "sentence")),
        _files(result, style),
        _machines(result),
        _part("Not taken over:", result, "unmapped", "why", style),
        _part("Wrong in the source:", result, "mistakes", "next_step", style),
        *(_drawing(each) for each in rows(result, "drawings")),
        following(result),
    )


def _files(result: Object, style: Style) -> str:
    cells = [
        [
            text(each, "path"),
            text(each, "source"),
            "written" if each.get("is_written") is True else text(each, "note") or "not written",
        ]
        for each in rows(result, "files")
    ]
    return table(("FILE", "FROM", "STATE"), cells, style, keep=("FILE",)) if cells else ""


def _machines(result: Object) -> str:
    listed = [f"  {text(each, 'line')}" for each in rows(result, "machines")]
    return lines("Machines to add, if you want them:", *listed) if listed else ""


def _part(heading: str, result: Object, name: str, last: str, style: Style) -> str:
    cells = [
        [f"{text(each, 'file')}:{text(each, 'line')}", text(each, "what"), text(each, last) or _NOTHING]
        for each in rows(result, name)
    ]
    head = ("WHERE", "WHAT", "WHY" if last == "why" else "NEXT")
    return lines(heading, table(head, cells, style, keep=("WHERE",))) if cells else ""


def _drawing(drawing: Object) -> str:
    """Draw a graph: a line for each part, with what it needs."""
    before: dict[str, list[str]] = {}
    for edge in rows(drawing, "edges"):
        before.setdefault(text(edge, "after"), []).append(text(edge, "before"))
    nodes = drawing.get("nodes")
    names = [text({"name": each}, "name") for each in nodes] if isinstance(nodes, list) else []  # pyright: ignore[reportUnknownVariableType]
    drawn = [f"  {name}" + (f"  after {', '.join(before[name])}" if name in before else "") for name in names]
    return lines(f"Order of {text(drawing, 'name')}:", *drawn) if drawn else ""
