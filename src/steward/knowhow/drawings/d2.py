"""The graph in D2."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.drawings.layout import label_of, laid_out
from steward.model.graph import Graph, Thing, ThingKind

_SHAPES = {
    ThingKind.SERVICE: "rectangle",
    ThingKind.STORAGE: "cylinder",
    ThingKind.VOLUME: "stored_data",
    ThingKind.BACKUP: "document",
    ThingKind.NAME: "oval",
    ThingKind.OUTSIDE: "cloud",
}
_OTHER = "package"


def draw(graph: Graph) -> str:
    """Write a container for each machine, then the connections."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    layout = laid_out(graph)
    places = {key: key for key, _ in layout.free}
    yield "direction: right"
    for box in layout.boxes:
        places |= {key: f"{box.key}.{key}" for key, _ in box.things}
        yield f"{box.key}: {quoted(box.name)} {{"
        yield from (f"  {_node(key, thing)}" for key, thing in box.things)
        yield "}"
    yield from (_node(key, thing) for key, thing in layout.free)
    yield from (f"{places[of]} -> {places[on]}: {quoted(tie)}" for of, on, tie in layout.edges)


def _node(key: str, thing: Thing) -> str:
    return f"{key}: {quoted(label_of(thing))} {{shape: {_SHAPES.get(thing.kind, _OTHER)}}}"


def quoted(text: str) -> str:
    """Write a text in single quotes, in which D2 replaces nothing; a quote in it is doubled."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
