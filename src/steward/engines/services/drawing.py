"""The graph, whole or around one thing, as text or for a program that draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.things import dependents, find_things, foundations
from steward.knowhow.drawings import d2, dot, mermaid
from steward.lib.codec import encode
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.graph import Edge, Graph
from steward.model.risk import Risk


class Format(StrEnum):
    """How the graph is written."""

    TEXT = "text"
    JSON = "json"
    D2 = "d2"
    MERMAID = "mermaid"
    DOT = "dot"


_DRAWINGS = {Format.D2: d2.draw, Format.MERMAID: mermaid.draw, Format.DOT: dot.draw}


@record
class GraphInput:
    """Show how things stand on each other: all of them, or what one stands on and what stands on it."""

    name: str = ""
    """Service, machine, pool, disk; empty for everything."""
    format: Format = Format.TEXT
    """`text`, `json`, or a drawing for D2, Mermaid or Graphviz (`dot`)."""


@record
class Drawing:
    """The graph, written down."""

    sentence: str
    """How much it is."""
    format: Format
    """How it is written."""
    text: str
    """The graph in that format."""


async def graph(desk: Desk, given: GraphInput) -> Drawing:
    """Write the graph."""
    known = await desk.graph()
    chosen = around(known, given.name) if given.name else known
    sentence = f"{plural(len(chosen.things), 'thing')}, {plural(len(chosen.edges), 'edge')}."
    return Drawing(sentence=sentence, format=given.format, text=written(chosen, given.format))


def around(known: Graph, name: str) -> Graph:
    """Return a thing, what it stands on and what breaks with it.

    Raises:
        NotFound, InvalidInput: as for `find_things`.
    """
    roots = find_things(known, name)
    links = (*foundations(known, roots), *dependents(known, roots))
    keys = {thing.id for thing in (*roots, *(link.thing for link in links))}
    return Graph(
        things=tuple(thing for thing in known.things if thing.id in keys),
        edges=tuple(edge for edge in known.edges if {edge.of, edge.on} <= keys),
    )


def written(chosen: Graph, how: Format) -> str:
    """Write a graph down."""
    if how is Format.JSON:
        return json.dumps(encode(chosen), indent=1, ensure_ascii=False) + "\n"
    draw = _DRAWINGS.get(how)
    return draw(chosen) if draw else "\n".join(_lines(chosen)) + "\n"


def _lines(chosen: Graph) -> Iterator[str]:
    """Yield each thing, and below it what it stands on."""
    names = {thing.id: _named(thing.name, thing.machine) for thing in chosen.things}
    below: dict[str, list[Edge]] = {}
    for edge in chosen.edges:
        below.setdefault(edge.of, []).append(edge)
    for thing in chosen.things:
        state = f", {thing.state}" if thing.state else ""
        yield f"{names[thing.id]} ({thing.kind.value}{state})"
        for edge in below.get(thing.id, []):
            spare = ", may go alone" if edge.is_spare else ""
            yield f"  {edge.tie.value} {names[edge.on]} ({edge.source}{spare})"


def _named(name: str, machine: str) -> str:
    return name if machine in {"", name} else f"{machine}/{name}"


COMMANDS = (
    CommandSpec(
        name="graph",
        right=Right.READ,
        input=GraphInput,
        output=Drawing,
        handler=graph,
        risk=Risk.READ,
        live={"name": "service"},
        examples=(
            Example(line="graph photos", does="Show what photos stands on and what stands on it"),
            Example(line="graph --format dot", does="Write the whole graph for Graphviz"),
        ),
    ),
)
