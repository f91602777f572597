"""Workflows turn by turn: conditions, questions, hands, time, lanes, retries; and a crash at every point of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from steward.app.commands import COMMANDS
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_files import read_workflow
from steward.core.workspace import WorkspaceFiles
from steward.model.command import Command
from steward.model.errors import Conflict, InvalidInput, NotAllowed
from steward.model.hold import HoldState
from steward.model.ids import MachineId
from steward.model.machine import Autonomy
from steward.model.principal import Principal, PrincipalKind
from steward.model.run import ENDED, RunState
from steward.store import holds as hold_table
from steward.store import locks, runs
from steward.testing.crash import Crash, CrashAt
from steward.testing.hosts import Behavior
from steward.testing.stage import OWNER, Core, World

B = Behavior
HEAD = "kind: Workflow\nname: test\ntitle: Test\ngoal: it is as wanted\nsteps:\n"
QUESTION = (
    HEAD
    + """
  - {id: a, command: setting.put, on: m1, with: {name: a, value: new}}
  - id: go
    needs: [a]
    ask:
      text: Which color?
      fields: {color: {type: choice, choices: [red, blue]}}
      expires: 2h
      remind: 30m
  - id: b
    needs: [go]
    when: '${steps.go.answer.color == "red"}'
    command: setting.put
    on: m1
    with: {name: b, value: new}
  - {id: c, command: setting.put, on: m1, needs: [b], with: {name: c, value: new}}
"""
)


def wished(text: str, **given: object) -> Wish:
    return Wish(workflow=read_workflow(text, file="test.yaml"), actor=OWNER, given=given)


async def begun(core: Core, text: str, **given: object) -> PlanCard:
    card = await core.propose(wished(text, **given))
    assert await core.approve(card)
    await core.jobs.carry_on()
    return card


async def state(core: Core, card: PlanCard) -> RunState:
    return (await core.run_of(card)).state


async def test_a_run_that_asks_holds_no_machine_and_goes_on_with_the_answer(core: Core, world: World):
    card = await begun(core, QUESTION)
    assert await state(core, card) is RunState.SUSPENDED
    assert world.host().settings == {"a": "new"}
    assert await core.storage.read(locks.holders) == ()
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    assert await state(core, card) is RunState.QUEUED
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.VERIFIED
    assert world.host().settings == {"a": "new", "b": "new", "c": "new"}


async def test_a_step_whose_condition_is_false_is_skipped_and_what_needs_it_goes_on(core: Core, world: World):
    card = await begun(core, QUESTION)
    await core.holds.answer(OWNER, card.run, "go", {"color": "blue"})
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.VERIFIED
    assert world.host().settings == {"a": "new", "c": "new"}


async def test_what_comes_after_a_skipped_step_sees_at_once_that_it_was(core: Core, world: World):
    text = HEAD + (
        "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}\n"
        "  - {id: b, needs: [a], when: '!steps.a.ok', command: setting.put, on: m1, with: {name: b, value: x}}\n"
        "  - {id: c, after: [b], when: 'steps.b.state == \"skipped\"', command: setting.put, on: m1,"
        " with: {name: c, value: x}}\n"
    )
    card = await begun(core, text)
    run = await core.run_of(card)
    assert run.state is RunState.VERIFIED, run.reason
    assert world.host().settings == {"a": "x", "c": "x"}


async def test_a_no_puts_back_what_was_done_before_the_question(core: Core, world: World):
    card = await begun(core, QUESTION)
    await core.holds.refuse(OWNER, card.run, "go", "not today")
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK
    assert "not today" in run.reason
    assert world.host().settings == {}


async def test_the_first_answer_counts_and_a_wrong_one_none(core: Core):
    card = await begun(core, QUESTION)
    with pytest.raises(InvalidInput, match="does not fit"):
        await core.holds.answer(OWNER, card.run, "go", {"color": "green"})
    with pytest.raises(InvalidInput, match="does not fit"):
        await core.holds.answer(OWNER, card.run, "go", {"colour": "red"})
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    with pytest.raises(Conflict, match="ended before"):
        await core.holds.answer(OWNER, card.run, "go", {"color": "blue"})


async def test_no_agent_and_nobody_without_the_right_answers(core: Core):
    card = await begun(core, QUESTION)
    agent = Principal(id=OWNER.id, kind=PrincipalKind.AGENT, name="agent", rights=OWNER.rights, strength=OWNER.strength)
    looks = Principal(id=OWNER.id, kind=PrincipalKind.PERSON, name="guest", strength=OWNER.strength)
    for nobody in (agent, looks):
        with pytest.raises(NotAllowed):
            await core.holds.answer(nobody, card.run, "go", {"color": "red"})


async def test_nobody_is_asked_for_ever(core: Core, world: World):
    card = await begun(core, QUESTION)
    world.clock.advance(timedelta(minutes=31).total_seconds())
    await core.holds.tick()
    known = await core.storage.read(hold_table.get, card.run, "go")
    assert (known.reminders, known.state) == (1, HoldState.OPEN)
    world.clock.advance(timedelta(hours=2).total_seconds())
    await core.holds.tick()
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK
    assert "nobody answered in time" in run.reason


async def test_an_answer_that_comes_too_late_is_none_though_nobody_looked_yet(core: Core, world: World):
    card = await begun(core, QUESTION)
    world.clock.advance(timedelta(hours=3).total_seconds())
    with pytest.raises(Conflict, match="expired"):
        await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.ROLLED_BACK


async def test_an_answer_after_the_plans_time_to_start_is_still_in_time(core: Core, world: World):
    card = await begun(core, QUESTION.replace("expires: 2h", "expires: 5d"))
    world.clock.advance(timedelta(days=3).total_seconds())
    await core.holds.tick()
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.VERIFIED


async def test_a_run_that_waits_can_be_ended(core: Core, world: World):
    card = await begun(core, QUESTION)

    def end(connection: object) -> None:
        runs.request_cancel(connection, card.run, reason="enough")
        core.holds.cancel(connection, card.run)

    await core.storage.write(end)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.CANCELLED
    assert "begun before: a" in run.reason
    assert world.host().settings == {"a": "new"}


async def test_time_ends_a_wait_and_nothing_else_does(core: Core, world: World):
    text = (
        HEAD
        + "  - {id: w, wait: {for: 10m}}\n"
        + "  - {id: a, command: setting.put, on: m1, needs: [w], with: {name: a, value: x}}\n"
    )
    card = await begun(core, text)
    await core.holds.tick()
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.SUSPENDED
    world.clock.advance(timedelta(minutes=10).total_seconds())
    await core.holds.tick()
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.VERIFIED


async def test_hands_are_believed_once_it_shows(core: Core, world: World):
    text = HEAD + (
        "  - id: hands\n    on: m1\n    physical: {instructions: [Put it in], proof: ['[SETTING disk] == \"in\"']}\n"
        "  - {id: a, command: setting.put, on: m1, needs: [hands], with: {name: a, value: x}}\n"
    )
    card = await begun(core, text)
    known = await core.holds.done(OWNER, card.run, "hands")
    assert known.state is HoldState.OPEN
    assert known.seen[0].holds is False
    world.host().settings["disk"] = "in"
    known = await core.holds.done(OWNER, card.run, "hands")
    assert known.state is HoldState.DONE
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.VERIFIED
    again = await core.holds.done(OWNER, card.run, "hands")
    assert again == known, "the word for what is proven is no news"


async def test_a_word_that_comes_too_late_is_none_though_nobody_looked_yet(core: Core, world: World):
    text = HEAD + (
        "  - id: hands\n    on: m1\n"
        "    physical: {instructions: [Put it in], proof: ['[SETTING disk] == \"in\"'], expires: 2h}\n"
        "  - {id: a, command: setting.put, on: m1, needs: [hands], with: {name: a, value: x}}\n"
    )
    card = await begun(core, text)
    world.host().settings["disk"] = "in"
    world.clock.advance(timedelta(hours=3).total_seconds())
    with pytest.raises(Conflict, match="not done in time"):
        await core.holds.done(OWNER, card.run, "hands")
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.FAILED


async def test_preflight_does_not_forbid_what_hands_were_asked_to_do(core: Core, world: World):
    text = HEAD.replace("steps:", "preflight: ['on m1: [SETTING plug] == \"in\"']\nsteps:") + (
        "  - {id: look, ask: Begin?}\n"
        "  - id: cut\n    on: m1\n    needs: [look]\n"
        "    physical: {instructions: [Pull it out], proof: ['[SETTING plug] == \"out\"']}\n"
        "  - {id: a, command: setting.put, on: m1, needs: [cut], with: {name: a, value: x}}\n"
    )
    world.host().settings["plug"] = "in"
    card = await begun(core, text)
    await core.holds.answer(OWNER, card.run, "look", {})
    await core.jobs.carry_on()
    world.host().settings["plug"] = "out"
    await core.holds.tick()
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.VERIFIED, run.reason


FLEET = (
    HEAD
    + """
  - id: put
    on: {machines: [m1, m2, m3], batch: 1, stopAfter: 2}
    command: setting.put
    with: {name: a, value: new}
"""
)


async def test_a_lane_that_fails_within_what_is_tolerated_is_put_back_alone(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    world.host("m2").behave("put-m2", B.FAILS_HALFWAY)
    card = await core.propose(wished(FLEET))
    bad = next(step for step in card.plan.steps if step.machine == "mch-m2")
    world.host("m2").behave(bad.action.key.removeprefix(f"{card.plan.id}-"), B.FAILS_HALFWAY)
    assert await core.approve(card)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL
    assert [world.host(name).settings for name in ("m1", "m2", "m3")] == [{"a": "new"}, {}, {"a": "new"}]
    core.close()


async def test_a_machine_that_is_off_is_a_lane_that_failed_with_nothing_to_put_back(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(FLEET))
    world.host("m2").is_reachable = False
    assert await core.approve(card)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert [world.host(name).settings for name in ("m1", "m2", "m3")] == [{"a": "new"}, {}, {"a": "new"}]
    core.close()


async def test_a_lane_in_which_nothing_began_needs_no_way_back(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    for host in world.hosts.values():
        host.settings["a"] = "old"
    card = await core.propose(wished(FLEET.replace("setting.put", "setting.drop").replace(", value: new", "")))
    world.host("m2").settings["a"] = "other"
    assert await core.approve(card)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert [world.host(name).settings for name in ("m1", "m2", "m3")] == [{}, {"a": "other"}, {}]
    core.close()


async def test_nobody_is_asked_any_more_about_a_lane_that_was_put_back(worlds):
    lanes = "on: {machines: [m1, m2, m3], stopAfter: 2}"
    text = HEAD + (
        f"  - {{id: put, {lanes}, command: setting.put, with: {{name: a, value: new}}}}\n"
        f"  - {{id: look, {lanes}, needs: [put], ask: {{text: Does it work?, expires: 2h}}}}\n"
        f"  - {{id: more, {lanes}, needs: [put], command: setting.put, with: {{name: b, value: new}}}}\n"
    )
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(text))
    bad = next(step for step in card.plan.steps if step.id == "more.m2")
    world.host("m2").behave(bad.action.key.removeprefix(f"{card.plan.id}-"), B.FAILS)
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert [known.hold for known in await core.storage.read(hold_table.listing)] == ["look.m1", "look.m3"]
    with pytest.raises(Conflict, match="ended before"):
        await core.holds.answer(OWNER, card.run, "look.m2", {})
    for name in ("look.m1", "look.m3"):
        await core.holds.answer(OWNER, card.run, name, {})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    core.close()


ASKED = (
    HEAD
    + """
  - {id: look, on: {machines: [m1, m2, m3], stopAfter: 2}, ask: {text: Now?, expires: 2h}}
  - id: put
    on: {machines: [m1, m2, m3], stopAfter: 2}
    needs: [look]
    command: setting.put
    with: {name: a, value: new}
  - {id: sure, on: {machines: [m1, m2, m3], stopAfter: 2}, needs: [put], ask: {text: Does it work?, expires: 2h}}
  - id: told
    after: [sure]
    when: '!steps.sure.ok && steps.sure.results["m3"].ok'
    command: setting.put
    on: m3
    with: {name: told, value: new}
"""
)
"""Asks on each machine before and after something is done there."""


async def asked(worlds, text: str = ASKED) -> tuple[World, Core, PlanCard]:
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    return world, core, await begun(core, text)


async def said(core: Core, card: PlanCard, hold: str, *, yes: tuple[str, ...], no: tuple[str, ...] = ()) -> None:
    """Answer for these machines, then let the run go on."""
    for machine in yes:
        await core.holds.answer(OWNER, card.run, f"{hold}.{machine}", {})
    for machine in no:
        await core.holds.refuse(OWNER, card.run, f"{hold}.{machine}", "too hot")
    await core.jobs.carry_on()


async def test_a_no_for_one_machine_within_what_is_tolerated_puts_back_that_one_alone(worlds):
    world, core, card = await asked(worlds)
    assert "lane look.m2, 1 failure tolerated" in card.shown.partition("Waits")[2]
    await said(core, card, "look", yes=("m1", "m2", "m3"))
    await said(core, card, "sure", yes=("m1",), no=("m2",))
    assert await state(core, card) is RunState.SUSPENDED, "the third machine is still asked about"
    assert [world.host(name).settings for name in ("m1", "m2", "m3")] == [{"a": "new"}, {}, {"a": "new"}]
    await said(core, card, "sure", yes=("m3",))
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert "failed and put back: put.m2, sure.m2" in run.reason
    assert world.host("m3").settings == {"a": "new", "told": "new"}
    core.close()


async def test_a_no_before_anything_was_done_on_a_machine_leaves_it_as_it_is(worlds):
    world, core, card = await asked(worlds)
    world.host("m2").is_reachable = False
    await said(core, card, "look", yes=("m1", "m3"), no=("m2",))
    assert [known.hold for known in await core.storage.read(hold_table.listing)] == ["sure.m1", "sure.m3"]
    await said(core, card, "sure", yes=("m1", "m3"))
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert [world.host(name).settings.get("a") for name in ("m1", "m2", "m3")] == ["new", None, "new"]
    core.close()


async def test_a_question_of_one_machine_that_nobody_answers_in_time_is_a_lane_that_failed(worlds):
    world, core, card = await asked(worlds)
    await said(core, card, "look", yes=("m1", "m3"))
    await said(core, card, "sure", yes=("m1", "m3"))
    world.clock.advance(timedelta(hours=2).total_seconds())
    await core.holds.tick()
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert world.host("m2").settings == {}
    core.close()


@pytest.mark.parametrize("stop_after", [1, 2])
async def test_more_noes_than_are_tolerated_put_everything_back(worlds, stop_after: int):
    world, core, card = await asked(worlds, ASKED.replace("stopAfter: 2", f"stopAfter: {stop_after}"))
    await said(core, card, "look", yes=("m1", "m2", "m3"))
    await said(core, card, "sure", yes=(), no=("m2", "m3")[:stop_after])
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK, run.reason
    assert all(world.host(name).settings == {} for name in ("m1", "m2", "m3"))
    core.close()


async def test_a_machine_that_cannot_be_put_back_after_a_no_ends_the_run(worlds):
    world, core, card = await asked(worlds)
    await said(core, card, "look", yes=("m1", "m2", "m3"))
    undo = card.plan.step("put.m2").undo.actions[0].key.removeprefix(f"{card.plan.id}-")
    world.host("m2").behave(undo, B.FAILS)
    await said(core, card, "sure", yes=("m1",), no=("m2",))
    run = await core.run_of(card)
    assert run.state is RunState.ROLLBACK_FAILED, run.reason
    assert "too hot" in run.reason
    core.close()


async def test_a_run_that_is_ended_while_it_asks_in_lanes_puts_none_back(worlds):
    world, core, card = await asked(worlds)
    await said(core, card, "look", yes=("m1", "m2", "m3"))

    def end(connection: object) -> None:
        runs.request_cancel(connection, card.run, reason="enough")
        core.holds.cancel(connection, card.run)

    await core.storage.write(end)
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.CANCELLED
    assert all(world.host(name).settings == {"a": "new"} for name in ("m1", "m2", "m3"))
    core.close()


async def test_what_comes_after_a_fleet_sees_how_each_machine_did(worlds):
    text = FLEET + (
        '  - {id: told, after: [put], when: \'!steps.put.ok && !steps.put.results["m1"].ok'
        ' && steps.put.results["m2"].ok\', command: setting.put, on: m2, with: {name: told, value: new}}\n'
        "  - {id: fine, after: [put], when: steps.put.ok, command: setting.put, on: m2, with: {name: f, value: new}}\n"
    )
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(text))
    bad = next(step for step in card.plan.steps if step.id == "put.m1")
    world.host("m1").behave(bad.action.key.removeprefix(f"{card.plan.id}-"), B.FAILS_HALFWAY)
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.PARTIAL
    assert world.host("m2").settings == {"a": "new", "told": "new"}
    core.close()


async def test_what_comes_after_the_last_machine_of_a_fleet_sees_what_was_not_begun_there(worlds):
    more = FLEET.partition("steps:")[2].replace("id: put", "id: more\n    needs: [put]").replace("name: a", "name: b")
    text = f"{FLEET}{more}" + (
        "  - {id: told, after: [more], when: '!steps.more.ok', command: setting.put, on: m1,"
        " with: {name: c, value: x}}\n"
    )
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(text))
    world.host("m3").is_reachable = False
    assert await core.approve(card)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert world.host("m1").settings == {"a": "new", "b": "new", "c": "x"}
    core.close()


async def test_a_lane_that_was_put_back_takes_no_other_with_it_once_it_is_known_how_that_ended(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(FLEET))
    for step, behavior in (("put.m1", B.FAILS_HALFWAY), ("put.m3", B.CUTS_OFF)):
        key = card.plan.step(step).action.key.removeprefix(f"{card.plan.id}-")
        world.hosts[card.plan.step(step).machine].behave(key, behavior)
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.UNKNOWN
    world.host("m3").heal()
    await core.jobs.reconcile(card.run)
    run = await core.run_of(card)
    assert run.state is RunState.PARTIAL, run.reason
    assert [world.host(name).settings for name in ("m1", "m2", "m3")] == [{}, {"a": "new"}, {"a": "new"}]
    core.close()


async def test_a_second_failure_stops_the_fleet_and_puts_everything_back(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(FLEET))
    for step in card.plan.steps[:2]:
        key = step.action.key.removeprefix(f"{card.plan.id}-")
        world.hosts[step.machine].behave(key, B.FAILS_HALFWAY)
    assert await core.approve(card)
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK
    assert all(world.host(name).settings == {} for name in ("m1", "m2", "m3"))
    core.close()


async def test_a_step_that_failed_is_tried_again_under_a_key_of_its_own(core: Core, world: World):
    text = HEAD + "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}, retry: {times: 2, wait: 1s}}\n"
    world.host().behave("a", B.FAILS)
    world.host().behave("a-again1", B.FAILS)
    card = await begun(core, text)
    assert await state(core, card) is RunState.VERIFIED
    assert [record.key.rpartition("-")[2] for record in await core.steps_of(card)] == ["a", "again1", "again2"]


async def test_what_a_failed_try_left_behind_is_put_back_where_it_keeps_the_next_try_from_starting(
    core: Core, world: World
):
    text = HEAD + "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}, retry: {times: 2, wait: 1s}}\n"
    world.host().behave("a", B.FAILS_HALFWAY)
    card = await begun(core, text)
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK, run.reason
    assert "not tried again: expected before: a is not set; seen: x" in run.reason
    assert world.host().settings == {}


async def test_a_step_is_not_done_before_what_it_waits_for_comes_true(core: Core, world: World):
    text = (
        HEAD
        + "  - {id: a, command: setting.put, on: m1, timeout: 5, with: {name: a, value: x},\n"
        + "     until: '[SETTING b] == \"1\"'}\n"
    )
    card = await begun(core, text)
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK
    assert "[SETTING b]" in run.reason


async def test_preflight_says_no_before_anything_is_done(core: Core, world: World):
    text = HEAD.replace("steps:", "preflight: ['on m1: [SETTING ready] == \"yes\"']\nsteps:") + (
        "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}\n"
    )
    card = await begun(core, text)
    run = await core.run_of(card)
    assert run.state is RunState.FAILED
    assert "pre-flight" in run.reason
    assert "nothing was started" in run.reason
    assert world.host().settings == {}


async def test_what_preflight_saw_before_a_run_waited_for_days_is_asked_again(core: Core, world: World):
    text = QUESTION.replace("steps:", "preflight: ['on m1: [SETTINGS] == 0']\nsteps:")
    text = text.replace("  - {id: a, command: setting.put, on: m1, with: {name: a, value: new}}\n", "")
    text = text.replace("needs: [a]", "needs: []")
    card = await begun(core, text)
    assert await state(core, card) is RunState.SUSPENDED
    world.host().settings["taken"] = "meanwhile"
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert (run.state, "pre-flight" in run.reason) == (RunState.FAILED, True)
    assert world.host().settings == {"taken": "meanwhile"}


async def test_a_machine_that_is_only_watched_by_the_time_a_run_goes_on_is_left_alone(core: Core, world: World):
    card = await begun(core, QUESTION)
    WorkspaceFiles(repository=world.repository).change_machine(
        MachineId("mch-m1"), author=OWNER, autonomy=Autonomy.WATCH
    )
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert "only watched by now" in run.reason
    assert world.host().settings == {"a": "new"}, "what was done stands"


async def test_an_invariant_that_no_longer_holds_puts_everything_back(core: Core, world: World):
    text = HEAD.replace("steps:", "invariants: ['on m1: [SETTINGS] < 2']\nsteps:") + (
        "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}\n"
        "  - {id: b, command: setting.put, on: m1, with: {name: b, value: x}}\n"
    )
    card = await begun(core, text)
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK
    assert world.host().settings == {}


async def test_what_was_done_is_kept_for_a_person_where_the_workflow_says_so_and_a_proof_fails(
    core: Core, world: World
):
    text = HEAD.replace("steps:", "onFailure: keep\nsteps:") + (
        "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}\n"
        "  - {id: b, command: setting.put, on: m1, with: {name: b, value: x}}\n"
    )
    world.host().behave("b", B.LIES)
    run = await core.run_of(await begun(core, text))
    assert run.state is RunState.FAILED
    assert "proof failed: b is x" in run.reason
    assert world.host().settings == {"a": "x"}


async def test_a_value_outside_the_approved_ones_does_nothing_more(core: Core, world: World):
    when = """    when: '${steps.go.answer.color == "red"}'\n"""
    given = "    with: {name: b, value: '${steps.go.answer.color}'}\n    among: {value: [blue]}"
    text = QUESTION.replace(when, "").replace("    with: {name: b, value: new}", given)
    card = await begun(core, text)
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.STALE
    assert "none of the values that were approved" in run.reason
    assert world.host().settings == {"a": "new"}


async def test_a_question_that_was_never_put_is_no_yes_once_it_is_known_how_a_step_ended(core: Core, world: World):
    text = HEAD + (
        "  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}\n"
        "  - {id: sure, needs: [a], ask: Does it work?}\n"
    )
    world.host().behave("a", B.CUTS_OFF)
    card = await begun(core, text)
    assert await state(core, card) is RunState.UNKNOWN
    world.host().heal()
    await core.jobs.reconcile(card.run)
    run = await core.run_of(card)
    assert (run.state, "sure never ran" in run.reason) == (RunState.FAILED, True), run.reason
    assert world.host().settings == {"a": "x"}


async def test_a_no_counts_though_nobody_knew_for_a_while_how_a_step_ended(core: Core, world: World):
    text = HEAD + (
        "  - {id: sure, ask: Shall it stay?}\n"
        "  - {id: first, wait: 10m}\n"
        "  - {id: a, command: setting.put, on: m1, needs: [first], with: {name: a, value: x}}\n"
    )
    world.host().behave("a", B.CUTS_OFF)
    card = await begun(core, text)
    world.clock.advance(600)
    await core.holds.tick()
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.UNKNOWN
    await core.holds.refuse(OWNER, card.run, "sure", "no")
    world.host().heal()
    await core.jobs.reconcile(card.run)
    run = await core.run_of(card)
    assert run.state is RunState.ROLLED_BACK, run.reason
    assert world.host().settings == {}


async def crashed(world: World, point: str, count: int) -> tuple[RunState, dict[str, int], bool]:
    """Carry the question's workflow out with a crash, restart until it ends; tell state, starts, whether it crashed."""
    crash = CrashAt(point, count)
    core = world.start(reached=crash)
    card: PlanCard | None = None
    for _ in range(30):
        try:
            if card is None:
                card = await core.propose(wished(QUESTION))
                await core.approve(card)
            await core.proposals.resume_approved()
            await core.jobs.carry_on()
            known = await core.storage.read(hold_table.get, card.run, "go")
            if known is not None and known.state is HoldState.OPEN:
                await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
            run = await core.run_of(card)
            if run.state in ENDED:
                break
        except Crash:
            core.close()
            core = world.start()
    assert card is not None
    starts = {name: world.host().starts(name) for name in ("a", "b", "c")}
    found = (await core.run_of(card)).state, starts, crash.is_dead
    core.close()
    return found


POINTS = (
    "dequeue.after",
    "begin.after",
    "turn.before",
    "turn.after",
    "intent.after",
    "send.before",
    "result.read",
    "result.after",
    "verify.after",
    "end.before",
)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("count", [1, 2, 3])
async def test_whatever_ends_the_process_each_step_runs_once(worlds, point: str, count: int):
    state, starts, has_crashed = await crashed(worlds(), point, count)
    assert has_crashed or count > 1, f"{point} is never reached"
    assert state is RunState.VERIFIED
    assert starts == {"a": 1, "b": 1, "c": 1}


async def test_a_partial_run_is_put_back_where_it_was_not_yet(worlds):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start(commands=COMMANDS)
    card = await core.propose(wished(FLEET))
    bad = next(step for step in card.plan.steps if step.machine == "mch-m2")
    world.host("m2").behave(bad.action.key.removeprefix(f"{card.plan.id}-"), B.FAILS_HALFWAY)
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert await state(core, card) is RunState.PARTIAL
    answer = await core.dispatch(OWNER, Command(name="undo", input={"run": card.run}), is_dry_run=True)
    assert sorted(step["machine"] for step in answer.result["plan"]["steps"]) == ["mch-m1", "mch-m3"]
    core.close()


async def test_a_run_of_a_workflow_is_not_planned_anew_in_parts(world: World):
    core = world.start(commands=COMMANDS)
    card = await begun(core, QUESTION)
    await core.holds.refuse(OWNER, card.run, "go", "")
    await core.jobs.carry_on()
    with pytest.raises(Conflict, match="steward runs fork run-"):
        await core.dispatch(OWNER, Command(name="runs.retry", input={"run": card.run}))
    core.close()
