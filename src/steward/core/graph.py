"""The graph of the lab: what every relation tells, joined, made fit to be shown, and kept until something changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from steward.core.known import Known
from steward.core.look import AnyFact
from steward.lib.text import visible_line
from steward.model.graph import Edge, Graph, Thing, joined
from steward.model.relation import Lab, Relation

_LONGEST = 240
"""Characters of a name or text that are kept: names come from machines."""
_TEXTS = ("id", "name", "machine", "says", "image", "state", "source")
_MOST = 20_000
"""Things, and edges, of one relation; a lab of fifty machines has some thousands."""
_log = logging.getLogger("steward.graph")


class GraphKeeper:
    """Builds the graph when something it is made of changed; asked again it answers from memory."""

    def __init__(
        self, *, known: Known, facts: Sequence[AnyFact], relations: Sequence[Relation], also: Sequence[str] = ()
    ) -> None:
        """`also` names facts that whoever asks for the lab needs beside the relations."""
        needed = {name for relation in relations for name in relation.needs} | set(also)
        self._known = known
        self._facts = tuple(fact for fact in facts if fact.name in needed)
        self._relations = tuple(relations)
        self._lock = asyncio.Lock()
        self._of: Lab | None = None
        self._graph = Graph()

    async def lab(self) -> Lab:
        """Return what is known of each machine now."""
        async with self._lock:
            return await self._known.lab(self._facts)

    async def current(self) -> Graph:
        """Return the graph of what is known now."""
        async with self._lock:
            lab = await self._known.lab(self._facts)
            if self._of is None or not _is_same(self._of, lab):
                self._graph = await asyncio.to_thread(graph_of, lab, self._relations)
                self._of = lab
            return self._graph


def graph_of(lab: Lab, relations: Sequence[Relation]) -> Graph:
    """Return what these relations tell of a lab; one that breaks down costs only what it would have told."""
    return joined(_told(lab, relations))


def _told(lab: Lab, relations: Sequence[Relation]) -> Iterator[Graph]:
    for relation in relations:
        try:
            part = relation.tell(lab)
        except Exception:  # noqa: BLE001 - a plug-in's mistake costs its own part of the graph
            _log.exception("the relation %s broke down", relation.name)
        else:
            yield presentable(part)


def presentable(graph: Graph) -> Graph:
    """Return a graph whose texts are one visible line each and bounded: they were written by machines."""
    return Graph(
        things=tuple(_shown_thing(thing) for thing in graph.things[:_MOST]),
        edges=tuple(_shown_edge(edge) for edge in graph.edges[:_MOST]),
    )


def _shown_thing(thing: Thing) -> Thing:
    texts = {field: shown(getattr(thing, field)) for field in _TEXTS}
    resources = tuple(shown(each) for each in thing.resources)
    is_fit = resources == thing.resources and all(text == getattr(thing, field) for field, text in texts.items())
    return thing if is_fit else replace(thing, **texts, resources=resources)


def _shown_edge(edge: Edge) -> Edge:
    of, on, source = shown(edge.of), shown(edge.on), shown(edge.source)
    return edge if (of, on, source) == (edge.of, edge.on, edge.source) else replace(edge, of=of, on=on, source=source)


def shown(text: str) -> str:
    """Return a text as it stands in the graph: on one visible line, and not endless."""
    line = visible_line(text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _is_same(before: Lab, now: Lab) -> bool:
    """Tell whether two labs were made of the very same looks and files."""
    if before.declared is not now.declared or before.machines != now.machines or before.seen.keys() != now.seen.keys():
        return False
    return all(now.seen[key] is look for key, look in before.seen.items())
