"""What a plan can reach: what it changes, where that is, and what stands on it."""

from __future__ import annotations

from collections.abc import Sequence

from steward.core.graph import shown
from steward.core.things import dependents, told_way, ways
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.plan import Plan, PlanStep

_MOST = 60
_HOSTS = frozenset({ThingKind.MACHINE, ThingKind.GUEST})
_PLAN = "the plan"


@record
class Reached:
    """One thing that the plan changes, that this is on, or that stands on it."""

    id: str
    """Id in the graph; of what the graph does not know, the id of the resource."""
    name: str
    """Name people use; from outside."""
    kind: str
    """What it is."""
    machine: str
    """Machine it is on."""
    state: str
    """`up`, `down`, `declared` or empty where nobody can tell."""
    is_touched: bool = False
    """Whether the plan itself changes it."""
    way: str = ""
    """Everything between, from what is changed to this; empty for what does not stand on it."""


def reach_of(plan: Plan, graph: Graph) -> tuple[tuple[Reached, ...], tuple[Edge, ...]]:
    """Return what a plan changes, then what stands on that, nearest first, then its machines; and the edges between."""
    known = {step.resource.id: _thing(plan, step, graph) for step in plan.steps}
    touched = {thing.id: thing for thing in known.values() if thing is not None}
    links = [link for link in dependents(graph, touched.values()) if link.thing.id not in touched]
    between = ways(graph, links)
    found = {key: _reached(thing, is_touched=True) for key, thing in touched.items()}
    found |= {step.resource.id: _unknown(plan, step) for step in plan.steps if known[step.resource.id] is None}
    found |= {link.thing.id: _reached(link.thing, way=told_way(between[link.thing.id])) for link in links}
    kept = dict(list(found.items())[:_MOST])
    hosts = {target.name: _host(graph, target.name) for target in plan.targets}
    kept |= {host.id: _reached(host) for host in hosts.values() if host is not None and host.id not in kept}
    own = [
        Edge(of=each.id, on=host.id, tie=Tie.PART_OF, source=_PLAN)
        for each in kept.values()
        if each.is_touched and each.id not in touched and (host := hosts[each.machine]) is not None
    ]
    return tuple(kept.values()), tuple(edge for edge in (*own, *graph.edges) if {edge.of, edge.on} <= set(kept))


def told(reached: Sequence[Reached]) -> str:
    """Say what stands on what is changed, in one sentence."""
    others = [one for one in reached if one.way]
    if not others:
        return "Nothing that Steward knows of stands on what it changes."
    services = sum(one.kind == ThingKind.SERVICE.value for one in others)
    parts = [plural(services, "service")] if services else []
    parts += [plural(len(others) - services, "other thing")] if len(others) > services else []
    return f"{' and '.join(parts)} {'stands' if len(others) == 1 else 'stand'} on what it changes."


def _thing(plan: Plan, step: PlanStep, graph: Graph) -> Thing | None:
    """Return the thing of the graph that a step changes, or None when nothing is known of it."""
    machine = plan.target(step.machine).name
    called = shown(f"{step.resource.kind.value} {step.resource.name}")
    return next((one for one in graph.things if one.machine == machine and called in one.resources), None)


def _host(graph: Graph, machine: str) -> Thing | None:
    return next((one for one in graph.things if one.kind in _HOSTS and one.name == machine), None)


def _unknown(plan: Plan, step: PlanStep) -> Reached:
    machine = plan.target(step.machine).name
    return Reached(
        id=step.resource.id,
        name=shown(step.resource.name),
        kind=step.resource.kind.value,
        machine=machine,
        state="",
        is_touched=True,
    )


def _reached(thing: Thing, *, is_touched: bool = False, way: str = "") -> Reached:
    return Reached(
        id=thing.id,
        name=thing.name,
        kind=thing.kind.value,
        machine=thing.machine,
        state=thing.state,
        is_touched=is_touched,
        way=way,
    )
