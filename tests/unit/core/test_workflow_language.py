"""The whole language of workflow files: what each field becomes, and what is said about what does not fit."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.core.sources import Source
from steward.core.workflow_files import MOST_CHARACTERS, MOST_STEPS, read_workflow
from steward.core.workflow_lines import Lines
from steward.core.workflow_schema import workflow_schema
from steward.core.workflow_steps import FIELDS as STEP_FIELDS
from steward.model.access import Role
from steward.model.errors import InvalidFile
from steward.model.flow import OnFailure, OutputKind, Retry
from steward.model.hold import AnswerKind
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.workflow import InputKind, StepKind, Targets
from steward.model.workspace import Inventory
from steward.testing.know_how import MEASURES
from tests.unit.core.foreign.texts import known
from tests.whole_workflow import WHOLE

OPERATIONS = known().operations
NAS = Machine(id=MachineId("mch-nas"), name="nas")
LINES = Lines(measures=MEASURES, inventory=Inventory(machines=(NAS,)))


def test_every_field_becomes_what_it_says():
    workflow = read_workflow(WHOLE, file="w.yaml", check_line=LINES.problem)
    stop, swap, sure, rest, night, quiet, heard, other, told = workflow.steps
    assert [each.kind for each in workflow.inputs] == [InputKind.TEXT, InputKind.LIST, InputKind.SECRET]
    assert workflow.on_failure is OnFailure.KEEP
    assert stop.on == Targets(groups=("web",), has=("gpu",), where='machine.name != "pi"', batch=2, stop_after=3)
    assert stop.retry == Retry(times=3, wait_seconds=10, factor=1.5, most_seconds=60)
    assert (stop.timeout_seconds, stop.until, stop.verify) == (300, '[SETTING a] == "x"', ("[SETTINGS] > 1",))
    assert [(out.name, out.kind, out.pointer) for out in stop.outputs] == [
        ("version", OutputKind.INTEGER, ""),
        ("rest", OutputKind.TEXT, "/a/b"),
    ]
    assert (stop.on_failure, stop.undo.command) == (OnFailure.CONTINUE, "unit.start")
    assert told.on_failure is OnFailure.KEEP
    assert swap.task.instructions == ("Pull ${inputs.disk}",)
    assert (swap.task.patience.expires_seconds, swap.task.patience.escalate_seconds) == (604_800, 86_400)
    assert sure.when == "steps.stop.outputs.version.exists(v, v > 3)"
    assert sure.inquiry.who is Role.OWNER
    assert [each.kind for each in sure.inquiry.fields] == [AnswerKind.BOOLEAN, AnswerKind.CHOICE, AnswerKind.INTEGER]
    assert (rest.wait.seconds, night.wait.until, quiet.wait.longest_seconds) == (90, "02:30", 3_600)
    assert (heard.wait.event, heard.wait.subject) == ("run.verified", "nas")
    assert (other.kind, other.workflow, other.for_each) == (StepKind.WORKFLOW, "careful", "inputs.rings")
    assert (told.kind, told.command, told.input) == (
        StepKind.COMMAND,
        "http.request",
        {"url": "https://example.org/done"},
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "next_step"),
    [
        ("disk: text", "disk: test", 7, "`disk` is one of", "did you mean `text`?"),
        ("disk: text", "Disk: text", 7, "a name has lower-case", "inputs"),
        ("default: [a, b]", "default: 5", 8, "`default` is no list", ""),
        ("secret://gateway", "hunter2", 9, "a secret is named", "secret://NAME"),
        ("SETTINGS] > 0", "SETINGS] > 0", 11, "`[SETINGS]` is no measure", "did you mean `[SETTINGS]`?"),
        ("stopAfter: 3", "stopafter: 3", 15, "unknown field `stopafter`", "did you mean `stopAfter`?"),
        ("batch: 2", "batch: two", 15, "`batch` is a whole number", ""),
        ("has: [gpu], where: machine.name", "where: machin.name", 15, "machin", "did you mean"),
        ("inputs.disk +", "inputs.dsk +", 16, "there is no input `dsk`", "did you mean `inputs.disk`?"),
        ("inputs.disk + '.service'", "inputs.disk +", 16, "this expression cannot be used", ""),
        ("timeout: 5m", "timeout: 5 minutes", 17, "`timeout` is a number", ""),
        ("times: 3", "times: 300", 19, "`times` is a whole number from 1 to 20", ""),
        ("v([0-9]+)", "v[0-9]+", 22, "the pattern has no group", "brackets"),
        ("v([0-9]+)", "v([0-9]+", 22, "this is no regular expression", ""),
        ("pointer: /a/b", "pointer: a/b", 22, "a pointer begins with `/`", ""),
        ("onFailure: continue", "onFailure: contnue", 23, "`onFailure` is one of", "did you mean `continue`?"),
        ("https://example.org/disk", "http://example.org/disk", 31, "a link begins with", ""),
        ("pictures/bay.jpg", "../bay.jpg", 32, "a picture is a path in the workspace", ""),
        ("steps.stop.outputs", "steps.stpo.outputs", 39, "there is no step `stpo`", "did you mean `stop`?"),
        (
            "steps.stop.outputs",
            "steps.rest.outputs",
            39,
            "the expression uses the step `rest`",
            "add `rest` to `needs`",
        ),
        ("choices: [a, b]", "type: choice", 40, "`choices` belong to a choice", ""),
        ("wait: 90s", "wait: soon", 41, "`wait` is a span of time", ""),
        ('{until: "02:30"}', '{until: "25:30"}', 42, "`until` is a time of the day", ""),
        ("longest: 1h", "until: 1h", 43, "a wait is for exactly one thing", ""),
        ("{event: run.verified, subject: nas}", "{for: 1m, subject: nas}", 44, "`subject` belongs to an event", ""),
        ("workflow: careful, forEach", "workflow: careful, wait: 1m, forEach", 45, "a step is one thing", "two steps"),
        ("forEach: inputs.rings", "forEach: 5", 45, "`forEach` must be a list", ""),
        ('"${item}"', '"ring ${inputs.disk}"', 45, "a value within a text", "one expression"),
    ],
)
def test_what_does_not_fit_is_placed_with_what_helps(old: str, new: str, line: int, says: str, next_step: str):
    assert old in WHOLE
    with pytest.raises(InvalidFile) as refused:
        read_workflow(WHOLE.replace(old, new, 1), file="w.yaml", check_line=LINES.problem, workflows=("careful",))
    found = [(each.line, each.what, each.next_step) for each in refused.value.problems]
    assert any(at == line and says in what and next_step in step for at, what, step in found), found


def test_a_workflow_that_is_not_there_gets_the_nearest_name():
    with pytest.raises(InvalidFile) as refused:
        read_workflow(WHOLE, file="w.yaml", workflows=("carefull",))
    assert "did you mean `carefull`?" in refused.value.next_step


def test_a_circle_is_told_where_it_closes():
    text = "kind: Workflow\nname: w\nsteps:\n"
    text += (
        "  - {id: a, command: unit.stop, on: nas, needs: [b]}\n  - {id: b, command: unit.stop, on: nas, needs: [a]}\n"
    )
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text, file="w.yaml")
    assert [(each.line, "needs itself" in each.what) for each in refused.value.problems] == [(4, True)]
    assert "a > b > a" in str(refused.value)


def test_too_much_of_anything_is_refused():
    one = "  - {command: unit.stop, on: nas}\n"
    with pytest.raises(InvalidFile, match="at most 200 steps"):
        read_workflow("kind: Workflow\nname: w\nsteps:\n" + one * (MOST_STEPS + 1), file="w.yaml")
    with pytest.raises(InvalidFile, match="more than"):
        read_workflow("#" * (MOST_CHARACTERS + 1), file="w.yaml")


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_a_damaged_text_of_the_whole_language_is_read_or_refused_and_nothing_else(data: st.DataObject):
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        length = data.draw(st.integers(0, 30))
        words = ["{", "}", "[", "]", "${", "*a", "&a ", ": ", "\n", "- ", "null", "1e400", "!!binary ", "'", '"', "\\"]
        put = data.draw(st.sampled_from(words) | st.text(max_size=4))
        text = text[:at] + put + text[at + length :]
    try:
        assert read_workflow(text, file="w.yaml", check_line=LINES.problem, workflows=()).steps
    except InvalidFile:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
STEP_KEYS = st.sampled_from(sorted({name for names in STEP_FIELDS.values() for name in names}))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    steps=st.lists(st.dictionaries(STEP_KEYS, JSON, max_size=5), max_size=3),
    top=st.dictionaries(st.sampled_from(["inputs", "preflight", "invariants", "onFailure", "title"]), JSON, max_size=3),
)
def test_fields_of_any_type_are_read_or_refused_and_nothing_else(steps: list[object], top: dict[str, object]):
    text = json.dumps({"kind": "Workflow", "name": "w", **top, "steps": steps})
    try:
        assert read_workflow(text, file="w.yaml", check_line=LINES.problem).steps
    except InvalidFile:
        return


def test_many_aliases_and_deep_nesting_are_refused():
    bomb = "a: &a [x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n"
    for text in (bomb, "a: " + "[" * 5000, "kind: Workflow\nname: w\nsteps:\n  - {with: " + "{a: " * 3000):
        with pytest.raises(InvalidFile):
            read_workflow(text, file="w.yaml")


def test_an_editor_takes_what_steward_takes_and_marks_what_it_does_not_know():
    validator = jsonschema_rs.validator_for(workflow_schema())
    assert validator.is_valid(Source(WHOLE, file="w.yaml").value)
    for old, new in (("stopAfter: 3", "stopafter: 3"), ("disk: text", "disk: test"), ("wait: 90s", "wait: soon")):
        assert not validator.is_valid(Source(WHOLE.replace(old, new), file="w.yaml").value), new


STEP = "  - id: a\n    command: unit.restart\n    on: nas\n    with: {unit: nginx.service}\n"


@pytest.mark.parametrize(
    ("body", "line", "says", "next_step"),
    [
        (STEP + "    if: inputs.x\n", 8, "unknown field `if`", "did you mean `when`?"),
        ("  - id: a\n    on: nas\n    run: reboot\n", 6, "unknown field `run`", "shell.run"),
        ("  - id: a\n    on: nas\n", 4, "does not say what is done", "`command:`"),
        ("  - restart nginx\n", 4, "entry 1 of `steps`", "fields are"),
        (STEP + "    onFailure: rollback\n", 8, "not `rollback`", "did you mean `undo`?"),
        (STEP + "    when: inputs.x = 3\n", 8, "`=` does not fit here", "`==`"),
        (STEP + "    when: true and true\n", 8, "`and` does not fit here", "`&&`"),
        (STEP + '    timeout: "30"\n', 8, "`timeout` is a number", "without quotes"),
        (STEP + "    needs: a\n", 8, "`a` needs itself", "out of `needs`"),
        (STEP.replace("nginx.service", '"{{ inputs.unit }}"'), 7, "a value within a text", "one expression"),
        (STEP.replace("on: nas", "on: yes-no").replace("id: a", "id: 7"), 4, "`id` must be a text", 'id: "7"'),
        (STEP + "   when: true\n", 8, "indentation does not fit", "same indentation"),
        (STEP + "    verify: [[UNIT x] == 1]\n", 8, "", "in quotes"),
        (STEP + "    when: 'open\n", 8, "a quote that begins here is not closed", "close it"),
    ],
)
def test_what_people_get_wrong_is_told_with_what_to_write(body: str, line: int, says: str, next_step: str):
    with pytest.raises(InvalidFile) as refused:
        read_workflow(f"kind: Workflow\nname: w\nsteps:\n{body}", file="w.yaml")
    found = [(each.line, each.what, each.next_step) for each in refused.value.problems]
    assert any(at == line and says in what and next_step in step for at, what, step in found), found


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n"])
def test_a_file_without_fields_is_one_problem(text: str):
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text, file="w.yaml")
    assert [each.what for each in refused.value.problems] == ["the file must be a mapping of fields"]


HEAD = "kind: Workflow\nname: w\ninputs: {unit: text, n: integer}\n"


def problems(text: str) -> list[tuple[int, int, str, str]]:
    """Return line, column, what and next step of everything that is wrong with a text."""
    with pytest.raises(InvalidFile) as refused:
        read_workflow(text, file="w.yaml", operations=OPERATIONS, machines=["nas"], check_line=LINES.problem)
    return [(each.line, each.column, each.what, each.next_step.partition("\n")[0]) for each in refused.value.problems]


def on_nas(given: str) -> str:
    return f"{HEAD}steps:\n  - id: a\n    command: unit.restart\n    on: nas\n    with: {given}\n"


@pytest.mark.parametrize(
    "written",
    ["$inputs.unit", "$(inputs.unit)", "{inputs.unit}", "${ inputs.unit", "{{ inputs.unit }}", "a ${inputs.unit}"],
)
def test_a_value_with_the_signs_of_other_tools_is_told(written: str):
    found = problems(on_nas(f'{{unit: "{written}"}}'))
    assert [each[:3] for each in found] == [(8, 18, "a value within a text is not put in its place")]
    for body, line in (
        (f'steps:\n  - {{id: a, ask: "Restart {written} now?"}}\n', 5),
        (f"preflight: ['[CERT_DAYS] > {written}']\nsteps:\n  - {{id: a, ask: Sure}}\n", 4),
    ):
        if "${inputs.unit}" not in written:
            told = problems(HEAD + body)
            assert (line, "a value within a text is not put in its place") in [(each[0], each[2]) for each in told]


def test_braces_of_a_script_stay_what_they_are():
    script = "echo $input {inputs} ${HOME} {{.Names}} $$ '$steps'"
    text = on_nas(f'{{unit: "{script}"}}')
    assert read_workflow(text, file="w.yaml").steps


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("${inputs.unit}-${inputs.n}", "write the whole value as one expression"),
        ("${{ inputs.unit }}", "write one pair of braces: `${inputs.unit}`"),
        ("${not inputs.n}", "write `!`"),
    ],
)
def test_an_expression_of_other_tools_is_told_how_it_is_written_here(written: str, step: str):
    (found,) = problems(on_nas(f'{{unit: "{written}"}}'))
    assert found[3].startswith(step)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            HEAD.replace("n: integer", "n: {type: int, default: 3}") + "steps:\n  - {id: a, ask: Sure}\n",
            [(3, 32, "did you mean `integer`?")],
        ),
        (HEAD + 'steps:\n  - {id: a, http: "https://example.org"}\n', [(5, 19, "write `http: {url: https://...}`")]),
        (on_nas("nginx.service"), [(8, 11, "write `with: {unit: ...}`")]),
        (on_nas("{unit: a.service}").replace("on: nas", "on: {machine: nas}"), [(7, 10, "did you mean `machines`?")]),
        (
            on_nas("{unit: a.service}").replace("on: nas", "on:"),
            [(7, 8, "write `on: MACHINE`, `on: [MACHINE, ...]` or `on: {groups: [GROUP]}`")],
        ),
    ],
)
def test_one_mistake_is_told_once_and_where_it_stands(text: str, found: list[tuple[int, int, str]]):
    assert [(line, column, step) for line, column, _, step in problems(text)] == found


def test_a_field_that_is_not_there_is_missing_and_not_of_another_type():
    found = problems(HEAD + "steps:\n  - {id: a, ask: {question: Sure}}\n")
    assert [(what, step) for *_, what, step in found] == [
        ("`text` is missing", "write `text: ...`"),
        ("unknown field `question`", "did you mean `text`?"),
    ]


def test_a_field_of_a_request_is_told_at_the_request():
    (*_, misspelled) = problems(HEAD + "steps:\n  - {id: a, http: {method: GET, ur: https://example.org}}\n")
    assert misspelled[:2] == (5, 37)
    assert misspelled[2].startswith("`http` does not fit http.request")


def test_words_of_other_tools_lead_to_the_same_meaning_here():
    found = problems(HEAD + "steps:\n  - {id: a, ask: {text: Sure, who: admin}}\n")
    assert [each[3] for each in found] == ["did you mean `owner`?"]
    found = problems(on_nas("{}").replace("unit.restart", "systemctl restart nginx"))
    assert found[0][3].startswith("a command line is `command: shell.run`")


def test_a_machine_that_is_an_unended_expression_is_told_at_its_field():
    found = problems(on_nas("{unit: a.service}").replace("on: nas", 'on: "${inputs.unit"'))
    assert [each[:2] for each in found] == [(7, 9)]
