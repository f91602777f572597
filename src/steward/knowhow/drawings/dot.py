"""The graph in DOT, for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.drawings.layout import label_of, laid_out
from steward.model.graph import Graph, Thing, ThingKind

_SHAPES = {
    ThingKind.SERVICE: "box",
    ThingKind.STORAGE: "cylinder",
    ThingKind.VOLUME: "folder",
    ThingKind.BACKUP: "note",
    ThingKind.NAME: "oval",
    ThingKind.OUTSIDE: "doubleoctagon",
}
_OTHER = "box3d"


def draw(graph: Graph) -> str:
    """Write a directed graph with a cluster for each machine."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    layout = laid_out(graph)
    yield 'digraph "lab" {'
    yield "  rankdir=LR;"
    for box in layout.boxes:
        yield f'  subgraph "cluster_{box.key}" {{'
        yield f"    label={quoted(box.name)};"
        yield from (f"    {_node(key, thing)}" for key, thing in box.things)
        yield "  }"
    yield from (f"  {_node(key, thing)}" for key, thing in layout.free)
    yield from (f"  {of} -> {on} [label={quoted(tie)}];" for of, on, tie in layout.edges)
    yield "}"


def _node(key: str, thing: Thing) -> str:
    return f"{key} [label={quoted(label_of(thing))}, shape={_SHAPES.get(thing.kind, _OTHER)}];"


def quoted(text: str) -> str:
    """Write a text in quotes; a backslash would begin one of Graphviz's own words, as in `\\N`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
