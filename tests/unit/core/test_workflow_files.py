"""Workflow files: every problem at once, each with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.app.plugins import load_know_how
from steward.core.workflow_files import read_workflow, workflow_of, write_workflow
from steward.lib.text import visible
from steward.model.command import Command
from steward.model.errors import InvalidFile
from tests.unit.store import cases

GOOD = """\
kind: Workflow
name: restart-web
title: Restart the web server
goal: the site answers again
steps:
  - id: stop
    command: unit.stop
    on: nas
    with: {unit: nginx.service}
  - id: start
    command: unit.start
    on: nas
    with: {unit: nginx.service}
    needs: [stop]
    timeout: 30
"""


def test_a_good_file_becomes_a_workflow():
    workflow = read_workflow(GOOD, file="w.yaml")
    assert (workflow.name, workflow.title, workflow.goal) == (
        "restart-web",
        "Restart the web server",
        "the site answers again",
    )
    stop, start = workflow.steps
    assert stop.input == {"unit": "nginx.service", "machine": "nas"}
    assert (start.needs, start.timeout_seconds, stop.timeout_seconds) == (("stop",), 30, None)


def test_ids_and_titles_may_be_left_out():
    text = "kind: Workflow\nname: a\nsteps:\n  - {command: unit.stop, on: nas}\n"
    workflow = read_workflow(text, file="w.yaml")
    assert (workflow.title, workflow.steps[0].id) == ("a", "step-1")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("kind: Workflow", "kind: Recipe", 1, "`kind` must be `Workflow`"),
        ("name: restart-web", "name: Restart Web", 2, "a name has"),
        ("title: Restart the web server", "titel: x", 3, "unknown field `titel`"),
        ("goal: the site answers again", "goal: [a]", 4, "`goal` must be a text"),
        ("id: stop", "id: ../x", 6, "an id has"),
        ("command: unit.stop", "command:", 7, "`command` must be a text"),
        ("command: unit.stop", "comand: unit.stop", 7, "unknown field `comand`"),
        ("    on: nas\n    with: {unit: nginx.service}\n  - id: start", "  - id: start", 6, "names no machine"),
        ("with: {unit: nginx.service}", "with: nginx", 9, "`with` must be a mapping"),
        ("needs: [stop]", "needs: {stop: true}", 14, "`needs` must be a list"),
        ("timeout: 30", "timeout: soon", 15, "`timeout` is a number"),
        ("timeout: 30", "timeout: 0", 15, "`timeout` is a number"),
        ("timeout: 30", "timeout: true", 15, "`timeout` is a number"),
        ("timeout: 30", "timeout: 86401", 15, "`timeout` is a number"),
    ],
)
def test_a_problem_is_placed_where_it_is(old: str, new: str, line: int, says: str):
    assert old in GOOD
    with pytest.raises(InvalidFile) as refused:
        read_workflow(GOOD.replace(old, new, 1), file="w.yaml")
    placed = {problem.line for problem in refused.value.problems if says in problem.what}
    assert placed == {line}


def test_every_problem_is_told_at_once():
    text = GOOD.replace("kind: Workflow", "kind: X").replace("timeout: 30", "timeout: x").replace("id: stop", "id: A B")
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text, file="w.yaml")
    assert [problem.line for problem in refused.value.problems] == [1, 6, 15]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "5", "kind: Workflow\nname: a\nsteps: []", "kind: Workflow\nname: a\nsteps: [5]", "\t", "a: &a [*a]"],
)
def test_what_is_no_workflow_is_refused_with_a_next_step(text: str):
    with pytest.raises(InvalidFile):
        read_workflow(text, file="w.yaml")


def test_no_yaml_tag_makes_an_object():
    with pytest.raises(InvalidFile):
        read_workflow(GOOD.replace("nginx.service", "!!python/object/apply:os.system [id]"), file="w.yaml")


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject):
    at = data.draw(st.integers(0, len(GOOD) - 1))
    length = data.draw(st.integers(0, 12))
    put = data.draw(st.text(max_size=4))
    try:
        workflow = read_workflow(GOOD[:at] + put + GOOD[at + length :], file="w.yaml")
    except InvalidFile:
        return
    assert workflow.steps


OPERATIONS = {each.name: each for each in load_know_how().operations}


def refusal_of(text: str) -> InvalidFile:
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text, file="w.yaml", operations=OPERATIONS, machines=("nas", "pi"))
    return refused.value


def test_a_good_file_passes_with_the_commands_and_machines_there_are():
    assert read_workflow(GOOD, file="w.yaml", operations=OPERATIONS, machines=("nas",))


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "next_step"),
    [
        ("command: unit.stop", "command: unit.stpo", 7, "no operation `unit.stpo`", "did you mean `unit.stop`?"),
        ("on: nas", "on: nsa", 8, "no machine `nsa`", "did you mean `nas`?"),
        ("{unit: nginx.service}", "{unti: nginx.service}", 9, "`unti` unknown field", "unit stop --help"),
        ("needs: [stop]", "needs: [stpo]", 14, "names no other step: `stpo`", "did you mean `stop`?"),
    ],
)
def test_what_does_not_exist_is_placed_with_the_nearest_that_does(
    old: str, new: str, line: int, says: str, next_step: str
):
    problems = refusal_of(GOOD.replace(old, new, 1)).problems
    assert any(p.line == line and says in p.what and next_step in p.next_step for p in problems), problems


def test_the_first_problem_carries_the_others_with_their_lines_and_next_steps():
    error = refusal_of(GOOD.replace("kind: Workflow", "kind: X").replace("on: nas", "on: nsa"))
    assert error.where == "w.yaml:1:7"
    assert error.next_step == (
        "write `kind: Workflow`\n"
        "  also w.yaml:8:9: there is no machine `nsa`. Next: did you mean `nas`?\n"
        "  also w.yaml:12:9: there is no machine `nsa`. Next: did you mean `nas`?"
    )
    assert [problem.line for problem in error.problems] == [1, 8, 12]


@pytest.mark.parametrize(
    "text", ["", "kind: X\n", GOOD.replace("id: stop", "id: A B").replace("timeout: 30", "timeout: x")]
)
def test_every_problem_has_a_next_step(text: str):
    assert [problem for problem in refusal_of(text).problems if not problem.next_step] == []


WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)


@given(title=WORDS, goal=WORDS, unit=st.text(st.characters(exclude_categories=("Cs",))))
def test_a_plan_is_written_as_a_file_that_is_read_back_as_the_same_steps(title: str, goal: str, unit: str):
    plan = cases.plan()
    step = plan.steps[0]
    given_input = {"machine": step.machine, "unit": unit, "deep": {"a": [1, True, None]}}
    named = replace(step, command=Command(name="unit.restart", input=given_input), needs=())
    plan = replace(plan, title=title, goal=goal, steps=(named,))
    written = write_workflow(plan)
    assert visible(written) == written
    read, wanted = read_workflow(written, file="w.yaml"), workflow_of(plan)
    assert (read.title, read.goal) == (title, goal)
    machine = plan.target(step.machine).name
    assert read.steps == (replace(wanted.steps[0], input={**given_input, "machine": machine}),)
