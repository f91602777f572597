"""Workflow to flat steps and holds."""

from __future__ import annotations

import pytest

from steward.core.walk import NAMES
from steward.core.wishes import PlanCard, Wish
from steward.core.workflow_files import read_workflow
from steward.core.workspace import WorkspaceFiles
from steward.lib.expression import compiled, evaluate
from steward.model.errors import InvalidFile, InvalidInput, NotFound
from steward.model.ids import MachineId
from steward.testing.stage import OWNER, Core, World


def text(body: str, head: str = "") -> str:
    return f"kind: Workflow\nname: w\n{head}steps:\n{body}"


async def drafted(core: Core, yaml: str, /, others: dict[str, str] | None = None, **given: object) -> PlanCard:
    def find(name: str):
        if name not in (others or {}):
            raise NotFound(f"there is no workflow `{name}`")
        return read_workflow((others or {})[name], file=f"{name}.yaml")

    workflow = read_workflow(yaml, file="w.yaml")
    return await core.proposals.draft(Wish(workflow=workflow, actor=OWNER, given=given, find=find))


PUT = "  - {id: put, command: setting.put, on: m1, with: {name: a, value: x}}\n"


async def test_a_plain_file_becomes_a_plan_without_a_course(core: Core):
    plan = (await drafted(core, text(PUT))).plan
    assert plan.course is None
    assert plan.steps[0].flow is None


async def test_inputs_take_the_place_of_expressions_with_their_types(core: Core):
    head = "inputs:\n  where: machine\n  count: {type: integer, default: 3}\n"
    given = 'with: {name: a, value: "${string(inputs.count + 1)}"}'
    body = '  - {id: put, command: setting.put, on: "${inputs.where}", ' + given + "}\n"
    plan = (await drafted(core, text(body, head), where="m1", count="41")).plan
    assert plan.steps[0].action.argv[-1] == "42"
    assert plan.course is not None
    assert plan.course.inputs == {"where": "m1", "count": 41}


@pytest.fixture
def three(worlds) -> World:
    """A world with three machines of which two share a group."""
    world = worlds(machines=("m1", "m2", "m3"))
    for name in ("m1", "m2"):
        WorkspaceFiles(repository=world.repository).change_machine(MachineId(f"mch-{name}"), OWNER, groups=("web",))
    return world


@pytest.fixture
def fleet(three: World):
    """One life of it."""
    life = three.start()
    yield life
    life.close()


FAN = """\
  - {id: put, command: setting.put, on: ON, with: {name: a, value: x}}
  - {id: more, command: setting.put, on: ON, with: {name: b, value: "${machine.name}"}, needs: [put]}
  - {id: last, command: setting.put, on: m3, with: {name: c, value: x}, needs: [more]}
"""


async def test_a_fan_out_goes_lane_by_lane_and_what_follows_waits_for_all(fleet: Core):
    plan = (await drafted(fleet, text(FAN.replace("ON", "{groups: [web], stopAfter: 2}")))).plan
    by_id = {step.id: step for step in plan.steps}
    assert set(by_id) == {"put.m1", "put.m2", "more.m1", "more.m2", "last"}
    assert by_id["more.m2"].needs == ("put.m2",)
    assert by_id["last"].needs == ("more.m1", "more.m2")
    flow = by_id["more.m2"].flow
    assert (flow.origin, flow.block, flow.lane, flow.tolerated) == ("more", "put", "put.m2", 1)
    assert by_id["more.m2"].action.argv[-1] == "m2"
    assert len({step.action.key for step in plan.steps}) == 5
    assert all(set(step.action.key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for step in plan.steps)


async def test_the_next_batch_begins_after_every_end_of_the_one_before(fleet: Core):
    plan = (await drafted(fleet, text(FAN.replace("ON", "{groups: [web], batch: 1}")))).plan
    by_id = {step.id: step for step in plan.steps}
    assert by_id["put.m2"].flow.after == ("more.m1",)
    assert by_id["more.m2"].flow.after == ()
    assert [step.id for step in plan.steps] == ["put.m1", "more.m1", "put.m2", "more.m2", "last"]


async def test_a_machine_that_is_left_out_does_not_let_two_batches_go_at_once(fleet: Core, three: World):
    three.host("m2").settings["ready"] = "yes"
    body = """\
  - id: put
    command: setting.put
    on: {machines: [m1, m2, m3], batch: 1}
    when: '!("ready" in facts.settings.values)'
    with: {name: a, value: x}
"""
    by_id = {step.id: step for step in (await drafted(fleet, text(body))).plan.steps}
    assert set(by_id) == {"put.m1", "put.m3"}
    assert by_id["put.m3"].flow.after == ("put.m1",)


async def test_a_fan_out_over_other_machines_waits_for_all_of_the_one_before(fleet: Core):
    body = FAN.replace("ON", "[m1, m2]", 1).replace("ON", "[m2, m3]")
    by_id = {step.id: step for step in (await drafted(fleet, text(body))).plan.steps}
    assert by_id["more.m3"].needs == ("put.m1", "put.m2")


async def test_a_condition_on_facts_chooses_machines_and_is_told(fleet: Core, three: World):
    three.host("m2").settings["ready"] = "yes"
    where = """{where: 'has(facts.settings.values.ready)'}"""
    plan = (await drafted(fleet, text(FAN.replace("ON", where, 1).replace("ON", "m1")))).plan
    assert [step.id for step in plan.steps][:1] == ["put.m2"]


async def test_a_machine_of_a_group_that_does_not_answer_is_left_out_and_told(fleet: Core, three: World):
    three.host("m2").is_reachable = False
    card = await drafted(fleet, text(FAN.replace("ON", "{groups: [web]}")))
    assert {step.id for step in card.plan.steps} == {"put.m1", "more.m1", "last"}
    assert any("m2 is left out" in note for note in card.plan.course.notes)
    assert "m2 is left out" in card.shown


async def test_each_item_is_a_step(core: Core):
    body = '  - {id: put, command: setting.put, on: m1, forEach: [a, b], with: {name: "${item}", value: x}}\n'
    plan = (await drafted(core, text(body))).plan
    assert [step.id for step in plan.steps] == ["put.a", "put.b"]
    assert [step.says for step in plan.steps] == ["Set a to x", "Set b to x"]


async def test_a_condition_known_now_leaves_a_step_out_and_what_needs_it_goes_on(core: Core):
    body = (
        "  - {id: one, command: setting.put, on: m1, with: {name: a, value: x}}\n"
        '  - {id: two, command: setting.put, on: m1, when: "inputs.far", with: {name: b, value: x}, needs: [one]}\n'
        "  - {id: three, command: setting.put, on: m1, with: {name: c, value: x}, needs: [two]}\n"
    )
    card = await drafted(core, text(body, "inputs: {far: {type: boolean, default: false}}\n"))
    assert {step.id: step.needs for step in card.plan.steps} == {"one": (), "three": ("one",)}
    assert "`two` is left out: not `inputs.far`" in card.shown


LATE = """\
  - id: read
    command: setting.put
    on: m1
    with: {name: a, value: x}
    outputs: {version: {pattern: "v([0-9]+)"}}
  - id: set
    command: setting.put
    on: m1
    needs: [read]
    when: steps.read.outputs.version != ""
    with: {name: b, value: "${steps.read.outputs.version}"}
    among: {value: ["1", "2"]}
"""


async def test_what_needs_a_step_that_is_left_out_comes_after_what_that_came_after(core: Core):
    body = """\
  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}
  - {id: never, after: [a], when: 1 == 2, command: setting.put, on: m1, with: {name: n, value: x}}
  - id: none
    needs: [never]
    forEach: '["o"].filter(x, x == "p")'
    command: setting.put
    on: m1
    with: {name: o, value: x}
  - {id: b, needs: [none], command: setting.put, on: m1, with: {name: b, value: x}}
"""
    by_id = {step.id: step for step in (await drafted(core, text(body))).plan.steps}
    assert set(by_id) == {"a", "b"}
    assert by_id["b"].flow is not None
    assert by_id["b"].flow.after == ("a",)


async def test_a_value_known_only_at_run_time_is_planned_for_every_agreed_value(core: Core):
    card = await drafted(core, text(LATE))
    assert [step.id for step in card.plan.steps] == ["read", "set.1", "set.2"]
    second = card.plan.steps[2]
    assert second.action.argv[-1] == "2"
    (choice,) = second.flow.choices
    assert (choice.expression, choice.value, choice.domain) == ('steps["read"].outputs.version', "2", ("1", "2"))
    assert second.flow.when == 'steps["read"].outputs.version != ""'
    assert 'only if steps["read"].outputs.version is "2", one of "1", "2"' in card.shown


async def test_without_agreed_values_it_is_refused(core: Core):
    with pytest.raises(InvalidInput) as refused:
        await drafted(core, text(LATE.replace('    among: {value: ["1", "2"]}\n', "")))
    assert "add `among: {value: [...]}`" in refused.value.next_step


WAITS = """\
  - id: stop
    command: setting.put
    on: m1
    with: {name: a, value: x}
    retry: {times: 3, wait: 10s}
    onFailure: keep
  - id: swap
    needs: [stop]
    on: m1
    physical:
      instructions: ["Pull ${inputs.disk}", "Put in the new one"]
      part: a disk
      proof: ["[SETTINGS] > 1"]
      remind: 2d
  - {id: rest, needs: [swap], wait: 10m}
  - id: sure
    needs: [rest]
    ask:
      text: "Go on with ${inputs.disk}?"
      fields: {go: boolean, why: {type: text, required: false}}
      who: owner
      expires: 1h
  - {id: start, command: setting.put, on: m1, with: {name: b, value: x}, needs: [sure], when: steps.sure.answer.go}
"""


async def test_holds_stand_between_steps_and_are_shown(core: Core):
    card = await drafted(core, text(WAITS, "inputs: {disk: text}\npreflight: ['[SETTINGS] >= 0']\n"), disk="sda")
    course = card.plan.course
    assert [hold.id for hold in course.holds] == ["swap", "rest", "sure"]
    assert course.holds[0].task.instructions == ("Pull sda", "Put in the new one")
    assert course.holds[0].proofs[0].line == "[SETTINGS] > 1"
    assert card.plan.step("start").needs == ("sure",)
    assert course.preflight[0].machine == "mch-m1"
    for said in ("Pull sda", "Put in the new one", "answered by: owner", "why (text, may be left out)", "Wait 10 min"):
        assert said in card.shown
    for said in (
        "tried again up to 3 times",
        "nothing is put back",
        'only if steps["sure"].answer.go',
        "[SETTINGS] >= 0",
    ):
        assert said in card.shown


SUB = """\
kind: Workflow
name: careful
inputs: {machine: machine, name: text}
steps:
  - id: before
    command: setting.put
    on: "${inputs.machine}"
    with: {name: "${inputs.name}", value: before}
    outputs: {x: text}
  - id: after
    command: setting.put
    on: "${inputs.machine}"
    with: {name: z, value: after}
    needs: [before]
    when: steps.before.outputs.x == inputs.name
"""


async def test_a_sub_workflow_takes_the_place_of_its_step_on_every_lane(fleet: Core):
    body = "  - {id: ring, workflow: careful, on: {groups: [web], batch: 1}, with: {name: q}}\n"
    plan = (await drafted(fleet, text(body), {"careful": SUB})).plan
    assert [step.id for step in plan.steps] == ["ring.before.m1", "ring.after.m1", "ring.before.m2", "ring.after.m2"]
    by_id = {step.id: step for step in plan.steps}
    assert by_id["ring.before.m2"].flow.after == ("ring.after.m1",)
    assert by_id["ring.after.m2"].flow.lane == "ring.m2"
    assert by_id["ring.after.m2"].flow.block == "ring"
    assert by_id["ring.after.m2"].flow.when == 'steps["ring.before.m2"].outputs.x == "q"'
    assert plan.course.origins == ("ring.before", "ring.after")


async def test_workflows_that_call_each_other_in_a_circle_are_refused(core: Core):
    body = "  - {id: a, workflow: other}\n"
    other = text("  - {id: b, workflow: w}\n").replace("name: w", "name: other")
    with pytest.raises(InvalidInput, match="circle"):
        await drafted(core, text(body), {"other": other, "w": text(body)})


async def test_another_way_back_raises_the_risk_and_is_judged(core: Core):
    own = PUT.replace("}}", "}, undo: {command: setting.drop, with: {name: a}}}")
    card = await drafted(core, text(own))
    step = card.plan.steps[0]
    assert step.undo.actions[0].argv[-2:] == ("drop", "a")
    assert step.flow.undone_by.name == "setting.drop"
    assert step.risk.value == "destructive"
    assert core.proposals.judge.why_never_granted(step) == "it is put back by `setting.drop`"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "`n` is missing"),
        ({"n": "x"}, "`n` is of the type integer"),
        ({"n": "1", "m": "1"}, "there is no input `m`"),
        ({"n": "1", "box": "m9"}, "machine of the inventory"),
        ({"n": "1", "key": "hunter2-hunter2"}, "secret://NAME"),
        ({"n": "1", "pick": "c"}, "is one of a, b"),
    ],
)
async def test_inputs_that_do_not_fit_are_named(core: Core, given: dict[str, str], says: str):
    head = (
        "inputs: {n: integer, box: {type: machine, default: m1},"
        " key: {type: secret, default: 'secret://k'}, pick: {choices: [a, b], default: a}}\n"
    )
    with pytest.raises(InvalidInput) as refused:
        await drafted(core, text(PUT, head), **given)
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", ['x] == "a" || [UPTIME', 'a"b', "a\nb"])
async def test_a_value_cannot_change_what_a_line_asks(core: Core, value: str):
    body = PUT.replace("}}", "}, verify: ['[UNIT ${inputs.unit}] == \"active\"']}").replace("}, ver", "}, ver")
    with pytest.raises(InvalidInput, match="cannot stand in a readable line"):
        await drafted(core, text(body, "inputs: {unit: text}\n"), unit=value)


async def test_nothing_left_to_do_says_why(core: Core):
    with pytest.raises(InvalidInput) as refused:
        await drafted(core, text(PUT.replace("}}", '}, when: "false"}')))
    assert "not `false`" in str(refused.value)


async def test_lanes_of_two_fan_outs_over_the_same_machines_do_not_share_a_name(fleet: Core):
    body = FAN.replace("ON", "[m1, m2]", 1).replace("ON", "[m2, m3]")
    by_id = {step.id: step for step in (await drafted(fleet, text(body))).plan.steps}
    lanes = {name: step.flow.lane for name, step in by_id.items() if step.flow}
    assert lanes == {"put.m1": "put.m1", "put.m2": "put.m2", "more.m2": "more.m2", "more.m3": "more.m3"}


async def test_a_step_whose_failure_changes_nothing_else_is_a_lane_of_its_own(core: Core):
    card = await drafted(core, text(PUT.replace("}}", "}, onFailure: continue}")))
    flow = card.plan.steps[0].flow
    assert (flow.block, flow.lane) == ("put", "put")
    assert "it alone is put back and the others go on" in card.shown


async def test_what_becomes_of_a_run_that_fails_at_a_hold_is_bound(core: Core):
    card = await drafted(core, text(WAITS, "inputs: {disk: text}\nonFailure: keep\n"), disk="sda")
    assert card.plan.course.on_failure.value == "keep"
    assert "when it fails, nothing is put back" in card.shown


COUNTED = """\
  - {id: put, command: setting.put, on: {groups: [web], stopAfter: 2}, with: {name: a, value: x}, outputs: {n: text}}
  - id: told
    after: [put]
    on: m3
    command: setting.put
    with: {name: told, value: x}
    when: WHEN
"""


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ("steps.put.ok", '(steps["put.m1"].ok && steps["put.m2"].ok)'),
        ("!steps.put.ok", '!(steps["put.m1"].ok && steps["put.m2"].ok)'),
        ('steps.put.results["m1"].ok', '{"m1": steps["put.m1"], "m2": steps["put.m2"]}["m1"].ok'),
        (
            "steps.put.results.exists(m, !steps.put.results[m].ok)",
            '{"m1": steps["put.m1"], "m2": steps["put.m2"]}'
            '.exists(m, !{"m1": steps["put.m1"], "m2": steps["put.m2"]}[m].ok)',
        ),
        ("size(steps.put.outputs.n) == 2", 'size([steps["put.m1"].outputs.n, steps["put.m2"].outputs.n]) == 2'),
    ],
)
async def test_results_of_every_lane_are_seen_by_what_comes_after(fleet: Core, when: str, asked: str):
    plan = (await drafted(fleet, text(COUNTED.replace("WHEN", f"'{when}'")))).plan
    told = plan.step("told")
    assert (told.needs, told.flow.after, told.flow.when) == ((), ("put.m1", "put.m2"), asked)


async def test_a_condition_at_run_time_may_ask_whether_something_is_given(core: Core):
    body = """\
  - {id: a, command: setting.put, on: m1, with: {name: a, value: x}}
  - id: b
    needs: [a]
    when: steps.a.ok && has(machine.name) && !has(machine.labels.pinned)
    command: setting.put
    on: m1
    with: {name: b, value: x}
"""
    flow = next(step.flow for step in (await drafted(core, text(body))).plan.steps if step.id == "b")
    assert flow is not None
    assert evaluate(compiled(flow.when, NAMES), {"steps": {"a": {"ok": True}}, "inputs": {}}) is True


@pytest.mark.parametrize(
    ("when", "says", "next_step"),
    [
        ("steps.put.okay", "`steps.put` has no `okay`", "did you mean `steps.put.ok`?"),
        ("steps.put.outputs.m", "`steps.put.outputs` has no `m`", "there are n"),
        ("steps.put.answer.n", "`steps.put` has no `answer`", "there are"),
        ('machine.nam == "x"', "`machine` has no `nam`", "did you mean `machine.name`?"),
    ],
)
def test_a_field_that_nothing_has_is_told_before_anything_runs(when: str, says: str, next_step: str):
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text(COUNTED.replace("WHEN", f"'{when}'")), file="w.yaml")
    assert says in refused.value.what
    assert next_step in refused.value.next_step
