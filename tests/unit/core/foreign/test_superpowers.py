"""Workflows of claude-superpowers: steps one after the other, each mapped or told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.foreign.read import read
from steward.core.workflow_check import WITHIN
from steward.core.workflow_files import read_workflow
from steward.lib.expression import compiled, evaluate
from steward.model.flow import OnFailure
from steward.model.workflow import StepKind
from tests.unit.core.foreign.texts import NIGHTLY, became, imported, known, whys


def nightly(text: str = NIGHTLY, machine: str = ""):
    return read_workflow(imported(machine, n__yaml=text).files[0].text, file="nightly.yaml")


def test_steps_follow_each_other_and_what_is_by_hand_keeps_its_place():
    assert [(step.id, step.kind, step.needs) for step in nightly().steps] == [
        ("dump", StepKind.ASK, ()),
        ("prune", StepKind.COMMAND, ("dump",)),
        ("certs", StepKind.ASK, ()),
        ("sure", StepKind.ASK, ("certs",)),
        ("restart", StepKind.COMMAND, ("sure",)),
        ("restart-2", StepKind.COMMAND, ("restart",)),
        ("check", StepKind.COMMAND, ("restart-2",)),
        ("sum", StepKind.ASK, ("check",)),
    ]


def test_a_line_without_a_machine_asks_whoever_starts_it_or_takes_the_one_that_is_said():
    workflow = nightly()
    assert [each.name for each in workflow.inputs] == ["machine"]
    prune = next(step for step in workflow.steps if step.id == "prune")
    assert (prune.command, prune.input) == ("images.prune", {"engine": "docker", "machine": "${ inputs.machine }"})
    assert prune.timeout_seconds == 120
    workflow = nightly(machine="nas")
    assert workflow.inputs == ()
    assert next(step for step in workflow.steps if step.id == "prune").input["machine"] == "nas"
    assert next(step for step in workflow.steps if step.id == "restart").input["machine"] == "proxy"


def test_what_happens_on_failure_is_kept():
    steps = {step.id: step for step in nightly().steps}
    assert steps["dump"].on_failure is OnFailure.KEEP
    assert steps["prune"].on_failure is OnFailure.CONTINUE
    assert steps["restart"].on_failure is OnFailure.UNDO
    assert "put back where it can be" in whys(imported(n__yaml=NIGHTLY))["on_failure continue of step prune"]


GOES_ON = """\
name: tidy
steps:
  - {name: stop, type: shell, command: "docker stop web && docker stop db", on_failure: continue}
  - {name: alarm, type: shell, command: docker stop alarm, condition: previous.failed}
  - {name: start, type: shell, command: docker start web}
  - {name: prune, type: shell, command: docker image prune -f, on_failure: continue}
  - {name: nightly, type: shell, command: "docker restart web && claw workflow run nightly", condition: previous.ok}
  - {name: sure, type: approval_gate, prompt: Go on?, on_failure: continue}
  - {name: last, type: shell, command: docker restart db}
"""


def test_what_comes_after_a_step_that_may_fail_begins_however_that_ended():
    order = {step.id: (step.needs, step.after, step.when) for step in nightly(GOES_ON, "nas").steps}
    assert order == {
        "stop": ((), (), ""),
        "stop-2": (("stop",), (), ""),
        "start": ((), ("stop-2",), ""),
        "prune": (("start",), (), ""),
        "nightly": ((), ("prune",), 'steps["prune"].ok'),
        "nightly-2": (("nightly",), (), 'steps["prune"].ok'),
        "sure": (("nightly-2",), (), ""),
        "last": (("sure",), (), ""),
    }
    told = whys(imported("nas", n__yaml=GOES_ON))
    assert {"on_failure continue of step stop", "on_failure continue of step prune", "on_failure of step sure"} <= set(
        told
    )
    assert "nobody can tell how it ended" in told["on_failure continue of step stop"]
    assert "on_failure continue of step sure" not in told


def test_a_gate_asks_its_question():
    step = next(step for step in nightly().steps if step.id == "sure")
    assert step.inquiry is not None
    assert step.inquiry.text == "Restart the proxy?"
    assert became(imported(n__yaml=NIGHTLY))["step sure"] == "a question"


def test_everything_that_is_not_here_is_told():
    told = whys(imported(n__yaml=NIGHTLY))
    assert "a redirection" in told["step dump"]
    assert "skills do not exist here" in told["step certs"]
    assert "language model" in told["step sum"]
    assert "only when the step before failed" in told["step alarm"]
    assert "puts back each step in its own way" in told["rollback step back"]
    assert "all of Steward" in told["notify_profile info"]


def test_a_plain_get_is_a_request_and_anything_more_is_by_hand():
    step = next(step for step in nightly(machine="nas").steps if step.id == "check")
    assert (step.command, step.input["method"], step.input["url"]) == (
        "http.request",
        "GET",
        "http://localhost:8100/health",
    )
    told = whys(imported(n__yaml=NIGHTLY.replace("args: {method: GET}", "args: {method: GET, headers: {X-Key: a}}")))
    assert "headers" in told["step check"]
    assert "another method" in whys(imported(n__yaml=NIGHTLY.replace(", args: {method: GET}", "")))["step check"]


def test_a_condition_field_or_type_that_nobody_knows_is_told():
    told = whys(imported(n__yaml=NIGHTLY.replace("type: skill", "type: magic, colour: red")))
    assert "`magic` is no type of step" in told["step certs"]
    assert told["field colour of step certs"] == "Steward does not know it"
    told = whys(imported(n__yaml=NIGHTLY.replace("previous.failed", "steps.sure.ok")))
    assert "it has `steps.sure.ok`" in told["step alarm"]


def test_variables_of_the_environment_make_a_line_by_hand():
    text = NIGHTLY.replace("command: docker image prune -f", "command: docker image prune -f\n    args: {a: b}")
    assert "variables of the environment" in whys(imported(n__yaml=text))["step prune"]


def test_a_secret_in_a_line_does_not_reach_the_file():
    text = NIGHTLY.replace("pg_dump shop", "pg_dump -W hunter2hunter2")
    found = read({"n.yaml": text}, replace(known(), masked=lambda said: said.replace("hunter2hunter2", "***")))
    assert "hunter2" not in str(found)
    assert "pg_dump -W ***" in found.files[0].text


def test_two_workflows_of_one_name_both_come_over():
    found = imported(a__yaml=NIGHTLY, b__yaml=NIGHTLY)
    assert [file.path for file in found.files] == ["workflows/nightly.yaml", "workflows/nightly-2.yaml"]
    assert "this one is nightly-2" in whys(found)["the name nightly"]


def test_more_steps_than_a_workflow_has_are_told():
    steps = "\n".join(f"  - {{name: s{number}, type: shell, command: zpool scrub tank}}" for number in range(230))
    found = imported("nas", n__yaml=f"name: long\nsteps:\n{steps}\n")
    assert len(found.mapped) == 200
    assert sum("200 steps at most" in each.why for each in found.unmapped) == 30
    assert len(found.files) == 1


ODD = """\
name: odd
description: |
  Two lines
  of text
steps:
  - {name: one, type: shell, command: docker restart db, args: [--time, "0"]}
  - {name: two, type: shell, command: docker restart db, condition: {after: one}}
  - {name: three, type: http, command: "https://example.org", args: {method: PUT, headers: {X-Key: k123}}, timeout: 9}
  - {name: four, type: approval_gate, prompt: Go on?, message: Stray, timeout: 60}
  - {name: five, type: shell, command: [docker, restart, web], timeout: 10m}
  - {name: six, type: shell, command: claw workflow run nightly, timeout: 60, on_failure: continue}
  - docker restart cache
rollback: docker compose down
notify_profile: [critical, info]
"""


def test_what_is_written_in_another_shape_is_kept_or_told():
    found = imported("nas", n__yaml=ODD)
    told, became_ = whys(found), became(found)
    assert became_ == {"step four": "a question", "step six": "workflow nightly"}
    assert {"args of step one", "step one", "step two", "args.headers of step three", "timeout of step three"} <= set(
        told
    )
    assert {"field message of step four", "timeout of step four", "step five", "timeout of step six"} <= set(told)
    assert {"on_failure of step six", "rollback step 1", "notify_profile info"} <= set(told)
    assert told["timeout 10m of step five"].startswith("it is no whole number of seconds")
    assert "title: Two lines of text\n" in found.files[0].text
    assert "docker, restart, web" in found.files[0].text
    assert "docker restart cache" in found.files[0].text


def test_what_a_step_is_given_is_not_written_down():
    assert "k123" not in imported("nas", n__yaml=ODD).files[0].text


def test_a_plain_get_keeps_its_deadline():
    text = NIGHTLY.replace("args: {method: GET}", "args: {method: GET}, timeout: 45")
    assert next(step for step in nightly(text, "nas").steps if step.id == "check").timeout_seconds == 45


@pytest.mark.parametrize(
    "said",
    ["{{ inputs.disk }}", "{{{ item }}}", "${inputs.disk}", "{steps.a}", "$inputs.disk", "$(inputs.disk) ${{ x }}"],
)
def test_values_of_other_tools_in_a_question_stay_words(said: str):
    text = f"name: n\nsteps:\n  - {{name: a, type: claude_prompt, command: 'Look at {said} now'}}\n"
    (step,) = nightly(text).steps
    assert step.inquiry is not None
    shown = WITHIN.sub(lambda found: str(evaluate(compiled(found[1], ()), {})), step.inquiry.text)
    assert f"Look at {said} now" in shown
