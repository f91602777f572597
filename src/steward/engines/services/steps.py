"""One thing on the way up or down the graph, as commands tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from steward.core.things import told_way, ways
from steward.lib.record import record
from steward.model.graph import Graph, Link, Thing, ThingKind
from steward.model.resource import Owner


@record
class ServiceRow:
    """One service."""

    id: str
    """Id in the graph."""
    name: str
    """Name people use; from outside."""
    machine: str
    """Machine it runs on."""
    state: str
    """`up`, `down`, `declared` (said to be, not seen) or empty where nobody can tell."""
    image: str
    """Image it runs; empty for a unit."""
    owner: Owner
    """Where the truth about it lives: `git`, `flux` or `hand`."""
    source: str
    """The fact that told it, or the file and line that declares it."""
    says: str
    """One line about it: its ports, what it calls itself."""
    at: datetime | None
    """When it was seen (UTC); None for what was only declared."""


@record
class Step:
    """One thing that another stands on, or that stands on it."""

    id: str
    """Id in the graph."""
    name: str
    """Name people use; from outside."""
    kind: ThingKind
    """What it is."""
    machine: str
    """Machine it is on; empty where there is none."""
    state: str
    """`up`, `down`, `declared` or empty where nobody can tell."""
    says: str
    """One line about it."""
    tie: str
    """How the one stands on the other: `is stored on`."""
    way: str
    """Everything between, from what was asked about to this."""
    distance: int
    """Edges between the two."""
    source: str
    """The fact that told the last of them, or the file and line that declares it."""
    at: datetime | None
    """When that was seen (UTC); None for what was only declared."""


def row_of(thing: Thing) -> ServiceRow:
    """Return a service as it is listed."""
    return ServiceRow(
        id=thing.id,
        name=thing.name,
        machine=thing.machine,
        state=thing.state,
        image=thing.image,
        owner=thing.owner,
        source=thing.source,
        says=thing.says,
        at=thing.at,
    )


def steps_of(graph: Graph, links: Iterable[Link]) -> tuple[Step, ...]:
    """Return what a walk found, each with the way to it."""
    found = tuple(links)
    between = ways(graph, found)
    return tuple(_step(link, between[link.thing.id]) for link in found)


def _step(link: Link, way: tuple[Thing, ...]) -> Step:
    thing = link.thing
    return Step(
        id=thing.id,
        name=thing.name,
        kind=thing.kind,
        machine=thing.machine,
        state=thing.state,
        says=thing.says,
        tie=link.edge.tie.value,
        way=told_way(way),
        distance=link.distance,
        source=link.edge.source,
        at=link.edge.at,
    )
