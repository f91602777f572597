"""How many services a plan interrupts: those it touches, and those that stand on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steward.core.owned import thing_of
from steward.model.graph import Graph, ThingKind, breaks_with
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.plan import PlanStep


def interrupts(steps: Sequence[PlanStep]) -> bool:
    """Tell whether a step interrupts anything, so that it matters what stands on it."""
    return any(step.downtime_seconds for step in steps)


def interrupted(steps: Sequence[PlanStep], machines: Mapping[MachineId, Machine], graph: Graph) -> int:
    """Return how many services stop for a while; what is known not to run cannot stop."""
    stopped: set[str] = set()
    for step in (step for step in steps if step.downtime_seconds):
        thing = thing_of(step, machines[step.machine], graph)
        stopped.add(thing.id if thing else step.resource.id)
        links = breaks_with(graph, thing.id) if thing else ()
        stopped |= {link.thing.id for link in links if _runs(link.thing.kind, link.thing.state)}
    return len(stopped)


def _runs(kind: ThingKind, state: str) -> bool:
    return kind is ThingKind.SERVICE and state == "up"
