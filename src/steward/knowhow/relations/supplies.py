"""Uninterruptible power supplies, and the machines they are connected to."""

from __future__ import annotations

from steward.knowhow.facts.supplies import PLUGIN as SUPPLIES
from steward.knowhow.facts.supplies import Supply
from steward.knowhow.thing_ids import machine_id, supply_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation


def tell(lab: Lab) -> Graph:
    """Return each supply; which other machines it feeds is told by nobody."""
    found = [(snapshot, name, one) for snapshot in lab.snapshots() for name, one in _supplies(snapshot).items()]
    edges = tuple(
        Edge(
            of=machine_id(snapshot.machine.name),
            on=supply_id(snapshot.machine.name, name),
            tie=Tie.POWERED_BY,
            source=SUPPLIES.name,
            at=snapshot.read_at(SUPPLIES.name),
        )
        for snapshot, name, _ in found
    )
    return Graph(things=tuple(_thing(*each) for each in found), edges=edges)


def _supplies(snapshot: Snapshot) -> dict[str, Supply]:
    supplies = snapshot.of(SUPPLIES)
    return supplies.supplies if supplies else {}


def _thing(snapshot: Snapshot, name: str, one: Supply) -> Thing:
    load = f"{one.load_percent:.0f} % load" if one.load_percent is not None else ""
    return Thing(
        id=supply_id(snapshot.machine.name, name),
        kind=ThingKind.SUPPLY,
        name=name,
        machine=snapshot.machine.name,
        says=", ".join(part for part in (one.model, " ".join(one.status), load, one.trouble) if part),
        state="" if one.trouble else "up",
        source=SUPPLIES.name,
        at=snapshot.read_at(SUPPLIES.name),
        resources=(f"ups {name}",),
    )


PLUGIN = Relation(
    name="supplies",
    summary="Uninterruptible power supplies and the machine each is connected to.",
    needs=(SUPPLIES.name,),
    tell=tell,
)
