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
    assert "a disk of 4 TB, 120 EUR" in step.inquiry.text
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
