"""The lab as a graph: what there is, what it stands on, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from steward.lib.record import record
from steward.model.resource import Owner


class ThingKind(StrEnum):
    """What a thing of the graph is."""

    SITE = "site"
    MACHINE = "machine"
    GUEST = "guest"
    """A virtual machine or system container that some machine runs."""
    SERVICE = "service"
    """What people use or other services need: a container, a unit, a workload, by one name for all its parts."""
    STORAGE = "storage"
    """A pool, array, filesystem or exported folder."""
    VOLUME = "volume"
    """Where one service keeps its data."""
    BACKUP = "backup"
    PROXY = "proxy"
    NAME = "name"
    """A name of the DNS or of a web site."""
    SUPPLY = "supply"
    """An uninterruptible power supply."""
    NETWORK = "network"
    OUTSIDE = "outside"
    """Something that is not in Steward's care."""


class Tie(StrEnum):
    """How one thing stands on another."""

    RUNS_ON = "runs on"
    PART_OF = "is part of"
    STORED_ON = "is stored on"
    NEEDS = "needs"
    REACHED_THROUGH = "is reached through"
    NAMED_BY = "is named by"
    POWERED_BY = "is powered by"
    BACKED_UP_BY = "is backed up by"


BREAKING = frozenset(Tie) - {Tie.BACKED_UP_BY, Tie.NAMED_BY}
"""Ties along which trouble travels at once: without its backup or its name a service still runs."""


@record
class Thing:
    """Something in the lab."""

    id: str
    """Stays the same as long as the thing does: `service:nas/photos`."""
    kind: ThingKind
    """What it is."""
    name: str
    """Name people use; may come from a machine."""
    machine: str = ""
    """Name of the machine it is on; empty where there is none or several."""
    owner: Owner = Owner.HAND
    """Where the truth about it lives."""
    says: str = ""
    """One line about it: its ports, its size, its state."""
    image: str = ""
    """Image a service of containers runs; that of the first where there are several."""
    state: str = ""
    """`up`, `down`, `declared` (said to be, not seen) or empty where nobody can tell."""
    source: str = ""
    """The fact that told it, or the file and line that declares it."""
    at: datetime | None = None
    """When it was seen (UTC); None for what was only declared."""
    resources: tuple[str, ...] = ()
    """What findings about it call it, kind and name: `container photos-db-1`."""


@record
class Edge:
    """One thing stands on another."""

    of: str
    """Id of what stands."""
    on: str
    """Id of what it stands on."""
    tie: Tie
    """How."""
    source: str
    """The fact that told it, or the file and line that declares it."""
    at: datetime | None = None
    """When it was seen (UTC); None for what was only declared."""
    is_spare: bool = False
    """Whether what stands goes on when only this one stops: a disk of a mirror."""


@record
class Graph:
    """Everything that is known, in one fixed order."""

    things: tuple[Thing, ...] = ()
    """Things, by id."""
    edges: tuple[Edge, ...] = ()
    """Edges between things that are there."""

    def thing(self, key: str) -> Thing | None:
        """Return the thing of this id, or None."""
        return next((thing for thing in self.things if thing.id == key), None)

    def named(self, name: str) -> tuple[Thing, ...]:
        """Return the things a person may mean: by id, by name, or by `machine/name`."""
        return tuple(t for t in self.things if name in {t.id, t.name, f"{t.machine}/{t.name}"})


@record
class Link:
    """One thing reached from another, and over what."""

    thing: Thing
    """The thing."""
    edge: Edge
    """The edge that leads to it."""
    distance: int
    """Edges from where the walk began, from 1."""


def joined(parts: Iterable[Graph]) -> Graph:
    """Join graphs: of a thing told twice what was seen counts before what was declared; loose edges are dropped.

    Only its owner, and where that stands, comes from what was declared: no machine can tell it.
    """
    things: dict[str, Thing] = {}
    edges: dict[tuple[str, str, Tie], Edge] = {}
    for part in parts:
        for thing in part.things:
            known = things.get(thing.id)
            if known is None:
                things[thing.id] = thing
            elif known.at is None and thing.at is not None:
                things[thing.id] = _owned_as(thing, known)
            else:
                things[thing.id] = _owned_as(known, thing)
        for edge in part.edges:
            known_edge = edges.get((edge.of, edge.on, edge.tie))
            if known_edge is None or (known_edge.at is None and edge.at is not None):
                edges[edge.of, edge.on, edge.tie] = edge
    kept = [edge for edge in edges.values() if edge.of in things and edge.on in things and edge.of != edge.on]
    return Graph(
        things=tuple(sorted(things.values(), key=lambda thing: thing.id)),
        edges=tuple(sorted(kept, key=lambda edge: (edge.of, edge.on, edge.tie))),
    )


def _owned_as(seen: Thing, other: Thing) -> Thing:
    if seen.owner is not Owner.HAND or other.owner is Owner.HAND:
        return seen
    return replace(seen, owner=other.owner, source=other.source)


def breaks_with(graph: Graph, key: str) -> tuple[Link, ...]:
    """Return what stops working when this thing stops, nearest first."""
    backward: dict[str, list[tuple[str, Edge]]] = {}
    for edge in graph.edges:
        if edge.tie in BREAKING and not edge.is_spare:
            backward.setdefault(edge.on, []).append((edge.of, edge))
    return _walk(graph, key, backward)


def stands_on(graph: Graph, key: str) -> tuple[Link, ...]:
    """Return what this thing stands on, nearest first, backups and names included."""
    forward: dict[str, list[tuple[str, Edge]]] = {}
    for edge in graph.edges:
        forward.setdefault(edge.of, []).append((edge.on, edge))
    return _walk(graph, key, forward)


def _walk(graph: Graph, key: str, ways: Mapping[str, list[tuple[str, Edge]]]) -> tuple[Link, ...]:
    things = {thing.id: thing for thing in graph.things}
    found: dict[str, Link] = {}
    frontier, distance = [key], 0
    while frontier:
        distance += 1
        following: list[str] = []
        for at in frontier:
            for to, edge in ways.get(at, []):
                if to not in found and to != key:
                    found[to] = Link(thing=things[to], edge=edge, distance=distance)
                    following.append(to)
        frontier = following
    return tuple(found.values())
