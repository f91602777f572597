"""What a file in git declares is not changed behind its back: the plan says so, and no grant covers it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.owned import changes_declared
from steward.model.errors import Conflict
from steward.model.graph import Graph, Thing, ThingKind
from steward.model.machine import Autonomy
from steward.model.policy import Verdict
from steward.model.resource import Owner
from steward.store import grants
from steward.testing.know_how import OPERATIONS
from steward.testing.stage import Core, World, wish
from tests.unit.core.test_proposals import a_grant, edited

SOURCE = "lab/photos/compose.yaml:3"


def known(owner: Owner, machine: str = "m1", resource: str = "unit step-1") -> Graph:
    thing = Thing(
        id="service:m1/photos",
        kind=ThingKind.SERVICE,
        name="photos",
        machine=machine,
        owner=owner,
        source=SOURCE,
        resources=(resource,),
    )
    return Graph(things=(thing,))


def grant(core: Core, world: World) -> None:
    edited(world, "inventory.yaml", f"autonomy: {Autonomy.ASK.value}", f"autonomy: {Autonomy.GRANTED.value}")
    with core.storage.database.write() as connection:
        grants.insert(connection, a_grant(world))


async def test_a_plan_says_which_file_declares_what_it_changes(core: Core, world: World) -> None:
    world.known = known(Owner.GIT)
    card = await core.proposals.draft(wish())
    assert f"git owns it: {SOURCE} declares it; change it there too, or this is drift" in card.shown
    assert card.plan.steps[0].resource.owner is Owner.GIT


async def test_no_grant_covers_what_git_owns_and_it_is_asked(core: Core, world: World) -> None:
    grant(core, world)
    assert (await core.proposals.draft(wish())).decision.verdict is Verdict.ALLOW
    world.known = known(Owner.GIT)
    assert (await core.proposals.draft(wish())).decision.verdict is Verdict.ASK


async def test_what_flux_owns_is_refused_with_the_file_to_change(core: Core, world: World) -> None:
    world.known = known(Owner.FLUX)
    with pytest.raises(Conflict) as refused:
        await core.proposals.draft(wish())
    assert refused.value.next_step == f"change it in {SOURCE}"


@pytest.mark.parametrize(
    "graph",
    [known(Owner.HAND), known(Owner.GIT, machine="m2"), known(Owner.GIT, resource="unit step-11"), Graph()],
    ids=["by hand", "another machine", "another unit", "nothing known"],
)
async def test_a_plan_for_what_nobody_declares_is_as_before(core: Core, world: World, graph: Graph) -> None:
    plain = await core.proposals.draft(wish())
    world.known = graph
    card = await core.proposals.draft(wish())
    assert card.plan.steps[0].effects == plain.plan.steps[0].effects
    assert card.plan.steps[0].resource.owner is Owner.HAND


async def test_only_operations_that_change_what_files_declare_ask_for_the_owner(core: Core) -> None:
    operations = {operation.name: operation for operation in OPERATIONS}
    card = await core.proposals.draft(wish())
    assert changes_declared(card.plan.steps, operations)
    unlike = {name: replace(operation, changes_declared=False) for name, operation in operations.items()}
    assert not changes_declared(card.plan.steps, unlike)
