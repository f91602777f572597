"""Labs for tests of relations: machines described by what was read of each, and short texts of what was told."""

from typing import Any

from steward.model.fact import Snapshot
from steward.model.graph import Graph
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.relation import Lab
from tests.unit.knowhow.plugins import RELATIONS
from tests.unit.knowhow.snapshots import NOW


def machine(name: str = "nas", **changes: Any) -> Machine:
    return Machine(id=MachineId(f"mach-{name}"), name=name, **changes)


def look(which: Machine | str = "nas", **facts: Any) -> Snapshot:
    return Snapshot(machine=machine(which) if isinstance(which, str) else which, at=NOW, values=facts)


def lab(*looks: Snapshot) -> Lab:
    return Lab(machines=tuple(one.machine for one in looks), seen={one.machine.id: one for one in looks})


def told(relation: str, *looks: Snapshot) -> Graph:
    return RELATIONS[relation].tell(lab(*looks))


def things(graph: Graph) -> dict[str, str]:
    """Return the state of each thing by its id."""
    return {thing.id: thing.state for thing in graph.things}


def edges(graph: Graph) -> set[str]:
    """Return each edge as a sentence; one that may go alone ends in a star."""
    return {f"{edge.of} {edge.tie.value} {edge.on}{' *' if edge.is_spare else ''}" for edge in graph.edges}
