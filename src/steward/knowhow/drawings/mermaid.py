"""The graph in Mermaid, which many programs draw inside Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.drawings.layout import label_of, laid_out
from steward.model.graph import Graph, Thing, ThingKind

_SHAPES = {
    ThingKind.STORAGE: ("[(", ")]"),
    ThingKind.VOLUME: ("[(", ")]"),
    ThingKind.NAME: ("([", "])"),
    ThingKind.OUTSIDE: ("{{", "}}"),
}
_OTHER = ("[", "]")
_PLAIN = frozenset(" .,:/-_()…→")
"""Characters that mean nothing to Mermaid within quotes; all others but letters and digits are written as numbers."""


def draw(graph: Graph) -> str:
    """Write a flow chart with a subgraph for each machine."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    layout = laid_out(graph)
    yield "flowchart LR"
    for box in layout.boxes:
        yield f"  subgraph {box.key}[{quoted(box.name)}]"
        yield from (f"    {_node(key, thing)}" for key, thing in box.things)
        yield "  end"
    yield from (f"  {_node(key, thing)}" for key, thing in layout.free)
    yield from (f"  {of} -->|{quoted(tie)}| {on}" for of, on, tie in layout.edges)


def _node(key: str, thing: Thing) -> str:
    begin, end = _SHAPES.get(thing.kind, _OTHER)
    return f"{key}{begin}{quoted(label_of(thing))}{end}"


def quoted(text: str) -> str:
    """Write a text in quotes, everything that could be markup as a number of a character."""
    return '"' + "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in text) + '"'
