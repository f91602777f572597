"""Workflow to plan: everything resolved, nothing left to decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.compile import QUEUED_LIFETIME
from steward.model.errors import InvalidInput, NotFound, Unreachable
from steward.model.risk import Risk
from steward.testing.stage import Core, World, step, wish


async def drafted(core: Core, *steps):
    return (await core.proposals.draft(wish(*steps))).plan


async def test_a_name_becomes_an_id_and_every_word_is_there(core: Core):
    plan = await drafted(core, step("a", value="x y"))
    assert plan.steps[0].machine == "mch-m1"
    assert plan.steps[0].command.input["machine"] == "mch-m1"
    assert plan.steps[0].action.argv == ("sudo", "-n", "--", "/bin/setting", "put", "a", "x y")
    assert plan.steps[0].undo.actions[0].argv == ("sudo", "-n", "--", "/bin/setting", "drop", "a")
    assert plan.expires - plan.created == QUEUED_LIFETIME


async def test_root_needs_no_sudo(core: Core, world: World):
    world.host().user_id = 0
    assert (await drafted(core)).steps[0].action.argv[0] == "/bin/setting"


async def test_every_action_of_a_plan_has_a_key_of_its_own_that_names_the_plan(core: Core):
    plan = await drafted(core, step("a"), step("b", needs=("a",)))
    keys = [action.key for one in plan.steps for action in (one.action, *one.undo.actions)]
    assert len(set(keys)) == 4
    assert all(key.startswith(plan.id) for key in keys)


async def test_a_step_called_like_the_undo_of_another_is_refused(core: Core):
    with pytest.raises(InvalidInput, match="a-undo0"):
        await drafted(core, step("a"), step("a-undo0"))


async def test_steps_come_in_an_order_that_respects_their_needs(core: Core):
    plan = await drafted(core, step("c", needs=("b",)), step("b", needs=("a",)), step("a"))
    assert [one.id for one in plan.steps] == ["a", "b", "c"]


async def test_the_worst_step_gives_the_risk_and_the_reach_is_counted(core: Core, world: World):
    world.host().settings["b"] = "x"
    plan = await drafted(core, step("a"), step("b", command="setting.drop"))
    assert plan.risk is Risk.DESTRUCTIVE
    assert plan.blast.machines == 1


async def test_a_deadline_of_the_step_replaces_the_commands_own(core: Core):
    plan = await drafted(core, replace(step(), timeout_seconds=7))
    assert plan.steps[0].action.timeout_seconds == 7


async def test_the_machine_is_bound_as_it_was(core: Core):
    target = (await drafted(core)).targets[0]
    assert (target.name, target.address, target.user) == ("m1", "10.0.0.1", "steward")
    assert target.host_key.startswith("SHA256:")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((step("a"), step("a")), "two steps are called `a`"),
        ((step("a", needs=("b",)),), "needs unknown step `b`"),
        ((step("a", needs=("b",)), step("b", needs=("a",))), "circle"),
        ((step("a", value=5),), "does not fit"),
        ((step("a", oops="x"),), "does not fit"),
    ],
)
async def test_a_workflow_that_does_not_fit_is_refused_with_what_and_where(core: Core, steps, says):
    with pytest.raises(InvalidInput, match=says):
        await drafted(core, *steps)


async def test_an_unknown_command_gets_the_nearest_name(core: Core):
    with pytest.raises(NotFound) as refused:
        await drafted(core, step("a", command="setting.pot"))
    assert "setting.put" in refused.value.next_step


async def test_a_machine_that_does_not_answer_gives_no_plan(core: Core, world: World):
    world.host().is_reachable = False
    with pytest.raises(Unreachable):
        await drafted(core)


async def test_an_empty_workflow_is_no_plan(core: Core):
    empty = wish()
    with pytest.raises(InvalidInput, match="no steps"):
        await core.proposals.draft(replace(empty, workflow=replace(empty.workflow, steps=())))
