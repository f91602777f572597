"""Machines, the machines that run them, and the site they stand at."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.container_services import service_by_container
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.thing_ids import machine_id, service_id
from steward.lib.text import size
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.machine import THROUGH_ANOTHER, Machine, Transport
from steward.model.relation import Lab, Relation

_SITE = "site"
"""Label of a machine that says where it stands."""


def tell(lab: Lab) -> Graph:
    """Return each machine, and what it runs on."""
    things = [thing for machine in lab.machines for thing in _things(machine, lab.seen.get(machine.id))]
    return Graph(things=tuple(things), edges=tuple(edge for machine in lab.machines for edge in _edges(machine, lab)))


def _things(machine: Machine, snapshot: Snapshot | None) -> Iterator[Thing]:
    yield Thing(
        id=machine_id(machine.name),
        kind=ThingKind.GUEST if machine.transport in THROUGH_ANOTHER else ThingKind.MACHINE,
        name=machine.name,
        machine=machine.name,
        says=_says(snapshot) if snapshot else "",
        source="inventory.yaml",
        at=snapshot.at if snapshot else None,
        resources=(f"machine {machine.name}",),
    )
    if site := (machine.labels or {}).get(_SITE):
        yield Thing(id=f"site:{site}", kind=ThingKind.SITE, name=site, source="inventory.yaml")


def _says(snapshot: Snapshot) -> str:
    system, memory = snapshot.of(SYSTEM), snapshot.of(MEMORY)
    processors = f"{system.processors} processors" if system and system.processors else ""
    room = f"{size(memory.total_bytes)} memory" if memory else ""
    return ", ".join(part for part in (system.name if system else "", processors, room) if part)


def _edges(machine: Machine, lab: Lab) -> Iterator[Edge]:
    me = machine_id(machine.name)
    if site := (machine.labels or {}).get(_SITE):
        yield Edge(of=me, on=f"site:{site}", tie=Tie.PART_OF, source="inventory.yaml")
    if machine.via:
        yield Edge(of=me, on=machine_id(machine.via), tie=Tie.RUNS_ON, source="inventory.yaml")
    if machine.via and machine.transport is Transport.DOCKER:
        host = next((one for one in lab.snapshots() if one.machine.name == machine.via), None)
        service = service_by_container(host).get(machine.guest) if host else None
        if service:
            yield Edge(of=me, on=service_id(machine.via, service), tie=Tie.RUNS_ON, source="inventory.yaml")


PLUGIN = Relation(
    name="machines",
    summary="Machines, what they run on, and the site that their label `site` names.",
    needs=(SYSTEM.name, MEMORY.name, CONTAINERS.name, SETTINGS.name, QUADLETS.name),
    tell=tell,
)
