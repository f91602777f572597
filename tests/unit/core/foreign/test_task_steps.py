"""Graphs of tasks: every task is a step, hands and shops are questions, lines are operations or stay by hand."""

from __future__ import annotations

import pytest

from steward.core.workflow_files import read_workflow
from steward.model.workflow import StepKind
from tests.unit.core.foreign.texts import TASKS, became, imported, whys


def workflow(text: str = TASKS):
    return read_workflow(imported("nas", t__yaml=text).files[0].text, file="bigger-pool.yaml")


def test_every_task_is_a_step_in_its_order():
    assert [(step.id, step.needs) for step in workflow().steps] == [
        ("look", ()),
        ("buy", ("look",)),
        ("settle", ("buy",)),
        ("sure", ("settle",)),
        ("scrub", ("sure",)),
        ("scrub-2", ("scrub",)),
        ("grow", ("scrub-2",)),
        ("page", ("grow",)),
    ]


def test_waits_and_lines_are_ours():
    steps = {step.id: step for step in workflow().steps}
    assert steps["settle"].wait is not None
    assert steps["settle"].wait.seconds == 600
    assert (steps["scrub"].command, steps["scrub"].input) == ("pool.scrub", {"machine": "nas", "pool": "tank"})
    assert steps["scrub-2"].command == "unit.restart"
    assert became(imported("nas", t__yaml=TASKS))["step scrub"] == "pool.scrub, unit.restart"


def test_what_a_person_must_do_is_a_question_with_part_and_cost():
    step = next(step for step in workflow().steps if step.id == "buy")
    assert step.kind is StepKind.ASK
    assert step.inquiry is not None
    assert "part: a disk of 4 TB, cost: 120 EUR" in step.inquiry.text
    assert "`physical` with `proof`" in whys(imported(t__yaml=TASKS))["proof of step buy"]


def test_a_step_of_several_lines_is_never_taken_over_by_half():
    step = next(step for step in workflow().steps if step.id == "grow")
    assert step.kind is StepKind.ASK
    assert "`zpool add tank sdx`: no operation" in whys(imported("nas", t__yaml=TASKS))["step grow"]


def test_what_does_not_exist_here_is_told():
    told = whys(imported(t__yaml=TASKS))
    assert "language model" in told["step look"]
    assert "other repositories" in told["step page"]


def test_a_task_nobody_knows_and_a_circle_are_mistakes_of_the_source():
    found = imported(t__yaml=TASKS.replace("dependencies: [settle]", "dependencies: [setle]"))
    assert "`sure` depends on `setle`, which is not there" in found.mistakes[0].what
    found = imported(t__yaml=TASKS.replace("dependencies: []", "dependencies: [page]"))
    assert "these wait for each other" in found.mistakes[0].what
    assert len(workflow(TASKS.replace("dependencies: []", "dependencies: [page]")).steps) == 8


def test_a_name_given_twice_is_told_and_the_first_one_counts():
    found = imported(t__yaml=TASKS.replace("{name: page, type: git-commit", "{name: look, type: git-commit"))
    assert any("`look` is there twice" in each.what for each in found.mistakes)
    assert [each.what for each in found.unmapped].count("step look") == 2


@pytest.mark.parametrize("written", ["look", "[look]", "{look: {condition: done}}"])
@pytest.mark.parametrize("name", ["dependencies", "dependsOn"])
def test_the_order_is_kept_however_it_is_written(name: str, written: str):
    text = f"""\
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {{name: order}}
spec:
  resources:
    - {{name: scrub, type: system-task, {name}: {written}, commands: [zpool scrub tank]}}
    - {{name: look, type: approval, question: Go on?}}
"""
    steps = read_workflow(imported("nas", g__yaml=text).files[0].text, file="order.yaml").steps
    assert [(step.id, step.needs) for step in steps] == [("look", ()), ("scrub", ("look",))]


def graph(*resources: str) -> str:
    listed = "".join(f"    - {each}\n" for each in resources)
    return (
        "apiVersion: kro.run/v1alpha1\nkind: ResourceGraphDefinition\nmetadata: {name: odd, labels: {room: cellar}}\n"
        f"spec:\n  schema: {{spec: {{budget: integer}}}}\n  resources:\n{listed}"
    )


def test_what_a_graph_says_beside_its_steps_is_told():
    told = whys(imported("nas", g__yaml=graph("{name: go, type: approval, question: Go on?}")))
    assert {"field labels of metadata", "input budget"} <= set(told)


def test_fields_of_commands_and_waits_are_told():
    found = imported(
        "nas",
        g__yaml=graph(
            "{name: rest, type: wait, duration: 5m, reason: let it cool}",
            "{name: scrub, type: system-task, commands: [zpool scrub tank], timeout: 300, onFailure: rollback}",
        ),
    )
    assert became(found) == {"step rest": "a wait", "step scrub": "pool.scrub"}
    assert {"field reason of step rest", "field timeout of step scrub", "field onFailure of step scrub"} <= set(
        whys(found)
    )


def test_a_step_that_is_done_elsewhere_is_not_done_on_the_machine_of_the_import():
    found = imported("nas", g__yaml=graph("{name: off, type: system-task, host: pve, commands: [reboot]}"))
    assert "`host` says where it is done" in whys(found)["step off"]
    assert became(found) == {}


def test_a_wait_that_is_no_span_is_asked_and_told():
    told = whys(imported("nas", g__yaml=graph("{name: rest, type: wait, duration: 2 hours}", "just words")))
    assert told["step rest"].startswith("`2 hours` is no span")
    assert "just words" in imported("nas", g__yaml=graph("just words", "{type: wait, name: x}")).files[0].text


def test_a_question_that_is_cut_is_told():
    told = whys(imported("nas", g__yaml=graph(f"{{name: look, type: ai-task, prompt: {'word ' * 400}}}")))
    assert "first 1000 characters" in told["the end of step look"]


@pytest.mark.parametrize("count", [60, 201])
def test_no_line_of_a_long_step_is_lost(count: int):
    lines = ", ".join(["zpool scrub tank"] * (count - 1) + ["reboot"])
    found = imported("nas", g__yaml=graph(f"{{name: all, type: system-task, commands: [{lines}]}}"))
    if count <= 200:
        assert found.files[0].text.count("command: ") == count
    else:
        assert "201 lines" in whys(found)["step all"]
