"""Who owns what a plan would change: a plan says when a file in git says otherwise, and never fights Flux."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steward.core.graph import shown
from steward.model.errors import Conflict
from steward.model.graph import Graph, Thing
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.operation import AnyOperation
from steward.model.plan import PlanStep
from steward.model.resource import Owner

_DECLARED = frozenset({Owner.GIT, Owner.FLUX})


def changes_declared(steps: Sequence[PlanStep], operations: Mapping[str, AnyOperation]) -> bool:
    """Tell whether a step changes what files may declare, so that it matters who owns it."""
    return any(_may_be_declared(step, operations) for step in steps)


def with_owners(
    steps: Sequence[PlanStep],
    machines: Mapping[MachineId, Machine],
    graph: Graph,
    operations: Mapping[str, AnyOperation],
) -> tuple[PlanStep, ...]:
    """Return the steps with the owner of what they change, and in words what that means.

    Raises:
        Conflict: Flux owns it, and would put it back.
    """
    return tuple(
        _owned(step, machines[step.machine], graph) if _may_be_declared(step, operations) else step for step in steps
    )


def _may_be_declared(step: PlanStep, operations: Mapping[str, AnyOperation]) -> bool:
    operation = operations.get(step.command.name)
    return operation is not None and operation.changes_declared


def _owned(step: PlanStep, machine: Machine, graph: Graph) -> PlanStep:
    thing = thing_of(step, machine, graph)
    if thing is None or thing.owner not in _DECLARED:
        return step
    if thing.owner is Owner.FLUX:
        raise Conflict(
            f"{shown(step.resource.name)} belongs to Flux",
            where=machine.name,
            why=f"{thing.source} declares it, and Flux would put it back",
            next_step=f"change it in {thing.source}",
        )
    told = f"git owns it: {thing.source} declares it; change it there too, or this is drift"
    return replace(step, resource=replace(step.resource, owner=Owner.GIT), effects=(*step.effects, told))


def thing_of(step: PlanStep, machine: Machine, graph: Graph) -> Thing | None:
    """Return the thing of the graph that a step changes, or None when nothing is known of it."""
    called = shown(f"{step.resource.kind.value} {step.resource.name}")
    return next((one for one in graph.things if one.machine == machine.name and called in one.resources), None)
