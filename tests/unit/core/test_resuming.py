"""Going on from a run that ended: what is taken over, what is done again, what is refused, and asking again once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.core.resuming import GoOn, wish_to_go_on
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_files import read_workflow
from steward.engines.work import again, resume, runs
from steward.engines.work import plan as undoing
from steward.engines.work.resume import ForkInput, ResumeInput
from steward.model.approval import bound, fingerprint, intent_hash
from steward.model.errors import Conflict, Denied, NotFound
from steward.model.ids import RunId
from steward.model.plan import Plan
from steward.model.principal import Principal, PrincipalKind
from steward.model.resumed import Carried
from steward.model.run import Run, RunState, StepEnd
from steward.model.taint import Taint
from steward.reactor.asking_again import AskingAgain
from steward.store import approvals, resumptions
from steward.testing.crash import Crash, CrashAt
from steward.testing.hosts import Behavior
from steward.testing.stage import OWNER, Core, World, wish

HEAD = "kind: Workflow\nname: test\ntitle: Test\ngoal: it is as wanted\n"
CHAIN = (
    HEAD
    + """onFailure: keep
inputs: {size: {type: text, default: small}}
steps:
  - {id: a, command: setting.put, on: m1, with: {name: a, value: new}, outputs: {word: {pattern: "(d.*)"}}}
  - id: go
    needs: [a]
    ask: {text: Which color?, fields: {color: {type: choice, choices: [red, blue]}}}
  - id: b
    needs: [go]
    command: setting.put
    on: m1
    with: {name: b, value: "${inputs.size}"}
    onFailure: keep
  - id: c
    needs: [b]
    when: '${steps.go.answer.color == "red" && steps.a.outputs.word == "done"}'
    command: setting.put
    on: m1
    with: {name: c, value: new}
"""
)
LEADER = (
    HEAD
    + """steps:
  - {id: find, command: setting.put, on: m1, with: {name: found, value: new}, outputs: {who: {pattern: "^(.*)$"}}}
  - id: put
    needs: [find]
    command: setting.put
    on: m1
    with: {name: "${steps.find.outputs.who}", value: new}
    among: {name: [first, second]}
  - {id: last, command: setting.put, on: m1, with: {name: last, value: new}, needs: [put]}
"""
)


def wished(text: str, **given: object) -> Wish:
    return Wish(workflow=read_workflow(text, file="test.yaml"), actor=OWNER, given=given)


async def let_go(core: Core, card: PlanCard) -> Run:
    assert await core.approve(card)
    await core.jobs.carry_on()
    return await core.run_of(card)


async def failed_at_b(core: Core, world: World) -> Run:
    """Carry the chain out up to `b`, which fails; the question before it is answered."""
    world.host().behave("b", Behavior.FAILS)
    card = await core.propose(wished(CHAIN))
    await let_go(core, card)
    await core.holds.answer(OWNER, card.run, "go", {"color": "red"})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert run.state is RunState.FAILED
    return run


def desk_of(core: Core) -> Any:
    return core.desk(OWNER, False, unheard)


async def unheard(_event: dict[str, Any]) -> None:
    """Drop it."""


async def resumed(core: Core, run: Run | RunId, step: str = "") -> PlanCard:
    return await resume.resume(desk_of(core), ResumeInput(run=getattr(run, "id", run), step=step))


async def forked(core: Core, run: Run, **given: Any) -> PlanCard:
    return await resume.fork(desk_of(core), ForkInput(run=run.id, **given))


async def test_a_resumed_run_does_only_what_is_left_with_what_the_old_one_found_out(core: Core, world: World):
    run = await failed_at_b(core, world)
    card = await resumed(core, run)
    assert card.approval is not None
    assert card.fingerprint != (await core.storage.read(approvals.of_plan, run.plan)).fingerprint
    assert [step.id for step in card.plan.steps] == ["b", "c"]
    assert card.plan.course.holds == ()
    assert (await core.run_of(card)).state is RunState.WAITING
    ended = await let_go(core, card)
    assert ended.state is RunState.VERIFIED
    assert world.host().settings == {"a": "new", "b": "small", "c": "new"}
    assert world.host().starts("a") == 1


async def test_the_card_shows_what_is_taken_over_and_the_fingerprint_binds_it(core: Core, world: World):
    run = await failed_at_b(core, world)
    card = await resumed(core, run)
    carried = card.plan.course.resumed.carried
    assert [(each.id, each.end) for each in carried] == [("a", StepEnd.OK), ("go", StepEnd.OK)]
    for words in (f"Goes on from {run.id}", "not put back", f"done in {run.id} on", '"word": "done"', '"color": "red"'):
        assert words in card.shown
    other = card.plan.course.resumed.carried[0]
    changed = with_carried(card, (replace(other, values={"outputs": {"word": "other"}}), carried[1]))
    assert fingerprint(changed) != card.fingerprint
    assert intent_hash(changed) != intent_hash(card.plan)


def with_carried(card: PlanCard, carried: tuple[Carried, ...]) -> Plan:
    course = card.plan.course
    return replace(card.plan, course=replace(course, resumed=replace(course.resumed, carried=carried)))


async def test_both_runs_know_each_other(core: Core, world: World):
    run = await failed_at_b(core, world)
    card = await resumed(core, run)
    old = await runs.show(desk_of(core), runs.ShowInput(run=run.id))
    new = await runs.show(desk_of(core), runs.ShowInput(run=card.run))
    assert [each.successor for each in old.gone_on] == [card.run]
    assert new.plan.course.resumed.run == run.id


async def test_a_failure_of_the_resumed_run_puts_back_only_its_own_steps(core: Core, world: World):
    run = await failed_at_b(core, world)
    world.host().behave("c", Behavior.FAILS)
    text = CHAIN.replace("onFailure: keep", "onFailure: undo")
    core_text = await forked_from(core, world, run, text)
    ended = await let_go(core, core_text)
    assert ended.state is RunState.ROLLED_BACK
    assert world.host().settings == {"a": "new"}


async def forked_from(core: Core, world: World, run: Run, text: str) -> PlanCard:
    desk_of(core).workspace.workflows.save("test", text, OWNER)
    return await forked(core, run, step="b", newest=True)


async def test_what_is_taken_over_must_still_hold_before_anything_is_done(core: Core, world: World):
    run = await failed_at_b(core, world)
    card = await resumed(core, run)
    world.host().settings["a"] = "other"
    ended = await let_go(core, card)
    assert ended.state is RunState.FAILED
    assert "nothing was started" in ended.reason
    assert world.host().starts("b") == 1


async def test_what_is_taken_over_may_be_changed_again_by_what_is_left(core: Core, world: World):
    text = (
        HEAD
        + """onFailure: keep
steps:
  - {id: stop, command: setting.put, on: m1, with: {name: s, value: stopped}}
  - {id: work, command: setting.put, on: m1, needs: [stop], with: {name: b, value: x}}
  - {id: start, command: setting.put, on: m1, needs: [work], with: {name: s, value: started}}
"""
    )
    card = await core.propose(wished(text))
    world.host().behave("work", Behavior.FAILS)
    run = await let_go(core, card)
    assert (run.state, world.host().settings) == (RunState.FAILED, {"s": "stopped"})
    run = await let_go(core, await resumed(core, run))
    assert run.state is RunState.VERIFIED, run.reason
    assert world.host().settings == {"b": "x", "s": "started"}


async def test_a_resumed_run_that_fails_is_resumed_from_there_with_all_that_was_done_before(core: Core, world: World):
    run = await failed_at_b(core, world)
    world.host().behave("c", Behavior.FAILS)
    second = await let_go(core, await resumed(core, run))
    assert second.state is RunState.FAILED
    card = await resumed(core, second)
    known = [(each.id, each.run) for each in card.plan.course.resumed.carried]
    assert known == [("a", run.id), ("go", run.id), ("b", second.id)]
    assert (await let_go(core, card)).state is RunState.VERIFIED
    assert (world.host().starts("a"), world.host().settings["b"]) == (1, "small")


async def test_what_was_skipped_because_of_what_is_done_again_is_decided_again(core: Core, world: World):
    text = (
        HEAD
        + """steps:
  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}, onFailure: continue}
  - {id: b, after: [a], when: steps.a.ok, command: setting.put, on: m1, with: {name: b, value: x}}
  - {id: c, command: setting.put, on: m1, with: {name: c, value: x}}
"""
    )
    card = await core.propose(wished(text))
    world.host().behave("a", Behavior.FAILS)
    run = await let_go(core, card)
    assert (run.state, world.host().settings) == (RunState.PARTIAL, {"c": "x"})
    await let_go(core, await resumed(core, run))
    assert world.host().settings == {"a": "x", "b": "x", "c": "x"}


async def test_a_workflow_that_is_called_sees_what_its_step_printed_before(core: Core, world: World):
    outer = read_workflow(HEAD + "onFailure: keep\nsteps:\n  - {id: sub, workflow: inner}\n", file="test.yaml")
    inner = (
        HEAD.replace("test", "inner", 1)
        + """onFailure: keep
steps:
  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}
  - {id: b, needs: [a], command: setting.put, on: m1, with: {name: b, value: x}}
  - id: c
    needs: [b]
    when: steps.a.output == "done"
    command: setting.put
    on: m1
    with: {name: c, value: x}
"""
    )
    called = {"inner": read_workflow(inner, file="inner.yaml")}
    card = await core.propose(Wish(workflow=outer, actor=OWNER, given={}, find=called.__getitem__))
    key = card.plan.step("sub.b").action.key.removeprefix(f"{card.plan.id}-")
    world.host().behave(key, Behavior.FAILS)
    run = await let_go(core, card)
    assert run.state is RunState.FAILED
    run = await let_go(core, await resumed(core, run))
    assert run.state is RunState.VERIFIED, run.reason
    assert world.host().settings == {"a": "x", "b": "x", "c": "x"}


async def test_a_step_can_be_named_and_everything_that_needs_it_is_done_again(core: Core, world: World):
    run = await failed_at_b(core, world)
    card = await resumed(core, run, "go")
    assert [each.id for each in card.plan.course.resumed.carried] == ["a"]
    assert [hold.id for hold in card.plan.course.holds] == ["go"]
    with pytest.raises(Conflict, match="`b` before it is not done"):
        await resumed(core, run, "c")
    with pytest.raises(NotFound, match="there is no step") as refusal:
        await resumed(core, run, "goo")
    assert "`go`" in refusal.value.next_step


async def test_an_ended_run_can_be_forked_with_other_inputs(core: Core, world: World):
    run = await failed_at_b(core, world)
    later = await forked(core, run, input=("size=large",), step="b")
    assert [each.id for each in later.plan.course.resumed.carried] == ["a", "go"]
    assert (await let_go(core, later)).state is RunState.VERIFIED
    assert world.host().settings["b"] == "large"
    world.host().settings.clear()
    card = await forked(core, run, input=("size=large",))
    assert card.plan.course.resumed.carried == ()
    assert [step.id for step in card.plan.steps] == ["a", "b", "c"]
    assert "Fork of" in card.shown


async def test_a_fork_refuses_what_would_have_been_done_otherwise(core: Core, world: World):
    run = await failed_at_b(core, world)
    desk_of(core).workspace.workflows.save("test", CHAIN.replace("{name: a, value: new}", "{name: a, value: x}"), OWNER)
    with pytest.raises(Conflict, match="`a` would do something else"):
        await forked(core, run, step="b", newest=True)
    text = CHAIN.replace("id: a,", "id: begin,").replace("steps.a.", "steps.begin.").replace("[a]", "[begin]")
    desk_of(core).workspace.workflows.save("test", text, OWNER)
    with pytest.raises(Conflict, match="no part of the plan any more"):
        await forked(core, run, step="b", newest=True)
    world.host().settings.clear()
    assert (await forked(core, run, newest=True)).plan.steps[0].id == "begin"


async def test_a_resume_keeps_to_the_text_the_run_began_with(core: Core, world: World):
    run = await failed_at_b(core, world)
    desk_of(core).workspace.workflows.save("test", CHAIN.replace("{name: c, value: new}", "{name: c, value: x}"), OWNER)
    await let_go(core, await resumed(core, run))
    assert world.host().settings["c"] == "new"


async def test_a_run_that_lives_is_not_gone_on_from(core: Core, world: World):
    card = await core.propose(wished(CHAIN))
    with pytest.raises(Conflict, match="has not ended"):
        await resumed(core, card.run)
    await let_go(core, card)
    for act in (resumed(core, card.run), forked(core, await core.run_of(card))):
        with pytest.raises(Conflict, match="has not ended"):
            await act


async def test_an_unknown_outcome_is_settled_first(core: Core, world: World):
    world.host().behave("a", Behavior.VANISHES)
    card = await core.propose(wished(CHAIN))
    run = await let_go(core, card)
    assert run.state is RunState.UNKNOWN
    with pytest.raises(Conflict, match="nobody knows") as refusal:
        await resumed(core, run)
    assert f"steward runs settle {run.id}" in refusal.value.next_step


async def test_a_run_that_was_put_back_can_only_be_begun_anew(core: Core, world: World):
    world.host().behave("last", Behavior.FAILS)
    run = await let_go(core, await core.propose(wished(LEADER.replace("[first, second]", "[done]"))))
    assert run.state is RunState.ROLLED_BACK
    with pytest.raises(Conflict, match="was put back") as refusal:
        await resumed(core, run)
    assert f"steward runs fork {run.id}" in refusal.value.next_step
    with pytest.raises(Conflict, match="was put back"):
        await forked(core, run, step="put")
    assert len((await forked(core, run)).plan.steps) == 3


async def test_what_a_person_put_back_since_is_not_taken_over(core: Core, world: World):
    run = await failed_at_b(core, world)
    await let_go(core, await undoing.undo(desk_of(core), undoing.UndoInput(run=run.id)))
    assert world.host().settings == {}
    with pytest.raises(Conflict, match="was put back"):
        await resumed(core, run)


async def test_a_run_that_ended_well_is_only_forked(core: Core, world: World):
    run = await let_go(core, await core.propose(wished(LEADER.replace("[first, second]", "[done]"))))
    assert run.state is RunState.VERIFIED
    with pytest.raises(Conflict, match="ended well"):
        await resumed(core, run)
    del world.host().settings["last"]
    card = await forked(core, run, step="last")
    assert [step.id for step in card.plan.steps] == ["last"]


async def test_a_no_to_a_fork_with_nothing_changed_is_a_no_to_the_run(core: Core, world: World):
    card = await core.propose(wished(CHAIN))
    await core.approvals.reject(card.approval, OWNER, reason="not now")
    run = await core.run_of(card)
    with pytest.raises(Denied):
        await forked(core, run)


async def test_a_time_that_was_waited_for_is_waited_for_again(core: Core, world: World):
    text = (
        HEAD
        + """steps:
  - {id: a, command: setting.put, on: m1, with: {name: a, value: new}}
  - {id: pause, wait: 10m, needs: [a]}
  - {id: b, command: setting.put, on: m1, with: {name: b, value: new}, needs: [pause], onFailure: keep}
"""
    )
    world.host().behave("b", Behavior.FAILS)
    card = await core.propose(wished(text))
    await let_go(core, card)
    world.clock.advance(timedelta(minutes=11).total_seconds())
    await core.holds.tick()
    await core.jobs.carry_on()
    again = await resumed(core, card.run)
    assert [each.id for each in again.plan.course.resumed.carried] == ["a"]
    assert [hold.id for hold in again.plan.course.holds] == ["pause"]


async def test_a_lane_that_was_put_back_is_done_again_and_the_others_are_not(worlds: Any):
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    text = (
        HEAD
        + """steps:
  - id: a
    command: setting.put
    on: {machines: [m1, m2, m3], where: 'facts.settings.values.size() == 0', stopAfter: 2}
    with: {name: a, value: new}
  - id: b
    command: setting.put
    on: {machines: [m1, m2, m3], where: 'facts.settings.values.size() == 0', stopAfter: 2}
    with: {name: b, value: new}
    needs: [a]
"""
    )
    card = await core.propose(wished(text))
    lanes = {step.id: step.action.key for step in card.plan.steps}
    world.host("m2").behave(lanes["b.m2"].removeprefix(f"{card.plan.id}-"), Behavior.FAILS)
    run = await let_go(core, card)
    assert run.state is RunState.PARTIAL
    again = await resumed(core, run)
    assert sorted(step.id for step in again.plan.steps) == ["a.m2", "b.m2"]
    assert (await let_go(core, again)).state is RunState.VERIFIED
    assert world.host("m2").settings == {"a": "new", "b": "new"}
    core.close()


async def test_what_is_left_of_a_fleet_goes_batch_by_batch_though_one_between_is_done(worlds: Any):
    text = (
        HEAD
        + """steps:
  - {id: put, on: {machines: [m1, m2, m3], batch: 1, stopAfter: 3}, command: setting.put, with: {name: a, value: new}}
"""
    )
    world = worlds(machines=("m1", "m2", "m3"))
    core = world.start()
    card = await core.propose(wished(text))
    world.host("m1").is_reachable = world.host("m3").is_reachable = False
    assert (await let_go(core, card)).state is RunState.PARTIAL
    world.host("m1").is_reachable = world.host("m3").is_reachable = True
    by_id = {step.id: step for step in (await resumed(core, card.run)).plan.steps}
    assert set(by_id) == {"put.m1", "put.m3"}
    assert by_id["put.m3"].flow is not None
    assert by_id["put.m3"].flow.after == ("put.m1",)
    core.close()


async def test_a_lane_that_was_begun_comes_to_its_end_whatever_the_facts_say_now(worlds: Any):
    world = worlds(machines=("m1", "m2"))
    core = world.start()
    text = (
        HEAD
        + """onFailure: keep
steps:
  - id: a
    command: setting.put
    on: {machines: [m1, m2], where: 'facts.settings.values.size() == 0'}
    with: {name: a, value: new}
  - id: b
    command: setting.put
    on: {machines: [m1, m2], where: 'facts.settings.values.size() == 0'}
    with: {name: b, value: new}
    needs: [a]
    onFailure: keep
"""
    )
    card = await core.propose(wished(text))
    key = next(step.action.key for step in card.plan.steps if step.id == "b.m1")
    world.host("m1").behave(key.removeprefix(f"{card.plan.id}-"), Behavior.FAILS)
    run = await let_go(core, card)
    assert run.state is RunState.FAILED
    again = await resumed(core, run)
    assert "b.m1" in [step.id for step in again.plan.steps]
    assert {each.id for each in again.plan.course.resumed.carried} >= {"a.m1", "a.m2"}
    core.close()


def asking(core: Core) -> AskingAgain:
    return AskingAgain(storage=core.storage, desk=core.desk, events=core.events)


async def ended_stale(core: Core) -> Run:
    run = await let_go(core, await core.propose(wished(LEADER)))
    assert run.state is RunState.STALE
    return run


async def waiting(core: Core) -> list[Any]:
    return list(await core.approvals.waiting())


async def test_a_value_nobody_agreed_to_is_asked_again_with_the_value_on_the_card(core: Core, world: World):
    run = await ended_stale(core)
    await asking(core).tick()
    (approval,) = await waiting(core)
    card = await core.proposals.card(approval)
    assert (approval.requester, card.plan.taint) == (OWNER.id, Taint.OUTSIDE)
    assert '"done", as a machine said and nobody had agreed to before' in card.shown
    assert [step.id for step in card.plan.steps] == ["put.done", "last"]
    assert card.plan.steps[0].command.input["name"] == "done"
    assert (await let_go(core, card)).state is RunState.VERIFIED
    assert world.host().settings == {"found": "new", "done": "new", "last": "new"}
    assert (await core.storage.read(resumptions.asking, run.id)).successor == card.run


async def test_it_is_asked_again_once_however_often_that_is_tried(core: Core):
    run = await ended_stale(core)
    for _ in range(3):
        await asking(core).tick()
    assert len(await waiting(core)) == 1
    wish = await wish_to_go_on(desk_of(core), GoOn(run=run.id, is_asked_again=True))
    draft = await core.proposals.draft(wish)
    (approval,) = await waiting(core)
    await core.approvals.reject(approval, OWNER, reason="no")
    await asking(core).tick()
    assert await waiting(core) == []
    with pytest.raises(Denied):
        await core.proposals.submit(draft, wish)


async def test_a_person_who_was_first_is_not_asked_a_second_time(core: Core):
    run = await ended_stale(core)
    card = await resumed(core, run)
    await asking(core).tick()
    assert [each.run for each in await waiting(core)] == [card.run]


async def test_of_two_that_ask_at_once_one_proposes(core: Core):
    run = await ended_stale(core)
    wish = await wish_to_go_on(desk_of(core), GoOn(run=run.id, is_asked_again=True))
    first, second = await core.proposals.draft(wish), await core.proposals.draft(wish)
    await core.storage.write(core.proposals._keep, first, wish, core.proposals.judge.limits())
    with pytest.raises(Conflict, match="asked again already"):
        await core.storage.write(core.proposals._keep, second, wish, core.proposals.judge.limits())
    assert len(await core.storage.read(resumptions.of_run, run.id)) == 1


@pytest.mark.parametrize("point", ["end.before", "end.after", "plan.commit.before", "plan.commit.after"])
async def test_a_crash_around_asking_again_neither_loses_nor_doubles_it(world: World, point: str):
    core = world.start()
    card = await core.propose(wished(LEADER))
    await core.approve(card)
    core.close()
    core = world.start(reached=CrashAt(point, 1))
    try:
        await core.jobs.carry_on()
        await asking(core).tick()
    except Crash:
        core.close()
        core = world.start()
        await core.jobs.carry_on()
        await asking(core).tick()
    else:
        pytest.fail("the point was not reached")
    assert (await core.run_of(card)).state is RunState.STALE
    assert len(await waiting(core)) == 1
    core.close()


async def test_a_value_that_cannot_be_planned_says_how_to_go_on(core: Core):
    text = LEADER.replace('pattern: "^(.*)$"', 'pattern: "^(x?)"')
    run = await let_go(core, await core.propose(wished(text)))
    assert run.state is RunState.STALE
    await asking(core).tick()
    assert await waiting(core) == []
    run = (await runs.show(desk_of(core), runs.ShowInput(run=run.id))).run
    assert f"to go on: steward runs resume {run.id}" in run.reason
    assert "nobody can agree to" in run.reason
    await asking(core).tick()
    assert (await runs.show(desk_of(core), runs.ShowInput(run=run.id))).run.reason == run.reason


async def test_a_world_that_changed_is_not_asked_about_by_itself(core: Core, world: World):
    card = await core.propose(wished(LEADER.replace("[first, second]", "[done]")))
    await core.approve(card)
    world.host().settings["found"] = "other"  # what the first step found when it was planned is gone
    await core.jobs.carry_on()
    if (await core.run_of(card)).state is RunState.STALE:
        await asking(core).tick()
    assert await waiting(core) == []


async def test_an_agent_may_propose_to_go_on_and_never_lets_it_go(core: Core, world: World):
    run = await failed_at_b(core, world)
    agent = Principal(id=OWNER.id, kind=PrincipalKind.AGENT, name="agent", rights=OWNER.rights, strength=OWNER.strength)
    desk = core.desk(agent, False, unheard)
    card = await resume.resume(desk, ResumeInput(run=run.id))
    assert card.approval is not None
    with pytest.raises(Exception, match="cannot decide"):
        await core.approve(card, by=agent)


async def test_a_resumed_plan_that_nobody_answered_is_asked_again_as_it_was(core: Core, world: World):
    run = await failed_at_b(core, world)
    plans = [await resumed(core, run, "go"), await forked(core, run, input=("size=large",), step="b")]
    world.clock.advance(timedelta(hours=13).total_seconds())
    await core.approvals.sweep()
    for card in plans:
        asked = await again.again(desk_of(core), again.AgainInput(code=card.approval.code))
        assert asked.plan.id != card.plan.id
        assert asked.plan.course.resumed == card.plan.course.resumed
        assert [step.command for step in asked.plan.steps] == [step.command for step in card.plan.steps]


async def test_a_run_of_a_plain_plan_is_retried_instead(core: Core):
    run = await core.carried_out(wish())
    with pytest.raises(Conflict) as refusal:
        await resumed(core, run)
    assert refusal.value.next_step == f"steward runs retry {run.id}"


async def test_a_plan_that_goes_on_from_nothing_is_bound_as_before_plans_could(core: Core):
    card = await core.propose(wished(CHAIN))
    older = replace(card.plan, course=replace(card.plan.course, sources=""))
    assert set(bound(card.plan)["course"]) - set(bound(older)["course"]) == {"sources"}
    assert "resumed" not in bound(older)["course"]
