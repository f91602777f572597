"""A plan tells how many services stop: what it touches, and what stands on that and runs."""

from __future__ import annotations

from dataclasses import replace

from steward.core.reach import interrupted, interrupts
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie, joined
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.plan import PlanStep
from steward.testing.stage import Core, World, wish

M1 = Machine(id=MachineId("mch-m1"), name="m1")


def service(name: str, state: str = "up", resources: tuple[str, ...] = ()) -> Thing:
    return Thing(id=name, kind=ThingKind.SERVICE, name=name, machine="m1", state=state, resources=resources)


GRAPH = joined([
    Graph(
        things=(
            service("db", resources=("unit step-1",)),
            service("web"),
            service("far"),
            service("off", "down"),
            service("planned", "declared"),
        ),
        edges=(
            Edge(of="web", on="db", tie=Tie.NEEDS, source="x"),
            Edge(of="far", on="web", tie=Tie.NEEDS, source="x"),
            Edge(of="off", on="db", tie=Tie.NEEDS, source="x"),
            Edge(of="planned", on="db", tie=Tie.NEEDS, source="x"),
        ),
    )
])  # fmt: skip


async def step_of(core: Core) -> PlanStep:
    return (await core.proposals.draft(wish())).plan.steps[0]


async def test_what_stands_on_it_and_runs_stops_too(core: Core) -> None:
    step = replace(await step_of(core), downtime_seconds=30)
    assert interrupts([step])
    assert interrupted([step], {step.machine: M1}, GRAPH) == 3
    assert interrupted([step, step], {step.machine: M1}, GRAPH) == 3


async def test_what_nobody_knows_counts_as_one(core: Core) -> None:
    step = replace(await step_of(core), downtime_seconds=30)
    assert interrupted([step], {step.machine: M1}, Graph()) == 1


async def test_a_step_that_interrupts_nothing_stops_nothing(core: Core, world: World) -> None:
    world.known = GRAPH
    step = await step_of(core)
    assert not interrupts([step])
    assert interrupted([step], {step.machine: M1}, GRAPH) == 0
    assert (await core.proposals.draft(wish())).plan.blast.services == 0
