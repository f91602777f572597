"""Targets that are files of the workspace, and YAML itself."""

# ruff: noqa: PT017 - a target looks at the error that leaves, and goes on

from __future__ import annotations

import contextlib
import json
from typing import Any

from steward.app.commands import catalogue_of
from steward.app.plugins import load_know_how, load_trigger_kinds
from steward.core.foreign.imported import Known
from steward.core.foreign.read import read
from steward.core.gate import shipped
from steward.core.goals import GoalWords, parse_goal
from steward.core.hook_file import parse_hooks
from steward.core.outside_file import parse_outside
from steward.core.schedules import why_no_schedule
from steward.core.telemetry_file import parse_telemetry
from steward.core.trigger_text import TriggerWords, parse_trigger
from steward.core.workflow_files import read_workflow
from steward.core.workflow_lines import Lines
from steward.lib.yaml import YamlError, load
from steward.lib.yaml_edit import Put, Remove, edit
from steward.lib.yaml_loose import load_all
from steward.model.errors import InvalidFile
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.workspace import Inventory
from tests.parser_fuzz import seeds
from tests.parser_fuzz.target import Target

KNOW_HOW = load_know_how()
MEASURES = {measure.name: measure for measure in KNOW_HOW.measures}
NAS = Machine(id=MachineId("mch-nas"), name="nas")
LINES = Lines(measures=MEASURES, inventory=Inventory(machines=(NAS,)))
_OPERATIONS = {operation.name: operation for operation in KNOW_HOW.operations}
_WORDS = TriggerWords(
    kinds=load_trigger_kinds(),
    why_no_schedule=why_no_schedule,
    commands=frozenset(_OPERATIONS),
    workflows=lambda: ("nightly",),
)
_GOAL_WORDS = GoalWords(
    facts=frozenset(fact.name for fact in KNOW_HOW.facts),
    commands=frozenset(catalogue_of(KNOW_HOW).operations),
    measures=MEASURES,
)
_KNOWN = Known(operations=_OPERATIONS, tools=shipped(), trigger_words=_WORDS)
_YAML_WORDS = (
    ": ",
    "- ",
    "\n",
    "\n  ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: ",
    "!!",
    "---\n",
    "# ",
    "? ",
)
_WORKFLOW_WORDS = (
    *(
        "kind: Workflow",
        "steps:",
        "command:",
        "with:",
        "on:",
        "needs:",
        "when:",
        "forEach:",
        "parallel:",
        "ask:",
        "wait:",
    ),
    *(
        "workflow:",
        "outputs:",
        "retry:",
        "undo:",
        "until:",
        "verify:",
        "timeout:",
        "onFailure:",
        "${inputs.unit}",
        "${",
    ),
)
_TRIGGER_WORDS = (
    *("kind: ", "schedule: ", "starts: ", "source: ", "cron", "calendar", "dailyAt", "every", "once", "zone", "jitter"),
    *("mqtt", "consul", "files", "ping", "hook", "units", "missed: ", "overlap: ", "topics: ", "folder: "),
)


def _refused(error: InvalidFile) -> None:
    """Every problem names its line, and adds no line to a screen."""
    for problem in error.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.what.isprintable(), problem.what


def _yaml(text: str) -> None:
    """What is read is JSON, and what is changed reads back as the change."""
    loose = load_all(text)
    assert all(mistake.line >= 1 for mistake in loose.mistakes)
    try:
        document = load(text)
    except YamlError as error:
        assert all(problem.line >= 1 for problem in error.problems)
        return
    value: Any = document.value
    json.dumps(value, allow_nan=False)
    if not isinstance(value, dict) or not value:
        return
    first = next(iter(value))
    for change in (
        Put(path=(first,), value={"a": [1, "b: c"]}),
        Remove(path=(first,)),
        Put(path=("new key",), value=text[:50]),
    ):
        with contextlib.suppress(YamlError):
            assert isinstance(load(edit(text, [change])).value, dict)


def _workflow(text: str) -> None:
    try:
        found = read_workflow(
            text,
            file="workflows/any.yaml",
            operations=_OPERATIONS,
            machines={"nas"},
            check_line=LINES.problem,
            workflows={"nightly"},
        )
    except InvalidFile as error:
        _refused(error)
        return
    assert found.steps


def _trigger(text: str) -> None:
    try:
        found = parse_trigger(text, file="triggers/any.yaml", words=_WORDS)
    except InvalidFile as error:
        _refused(error)
        return
    assert found.name == "any"
    assert found.schedule is None or not why_no_schedule(found.schedule)


def _goal(text: str) -> None:
    try:
        found = parse_goal(text, file="goals/any.md", words=_GOAL_WORDS)
    except InvalidFile as error:
        _refused(error)
        return
    assert found.success


def _hooks(text: str) -> None:
    try:
        found = parse_hooks(text)
    except InvalidFile as error:
        _refused(error)
        return
    assert len({hook.name for hook in found.hooks}) == len(found.hooks)


def _others(text: str) -> None:
    for reader in (parse_outside, parse_telemetry):
        try:
            reader(text)
        except InvalidFile as error:
            _refused(error)


def _foreign(text: str) -> None:
    """An import never fails: what it cannot take is told; what it writes reads back."""
    for name in ("any.yaml", "any.md"):
        found = read({name: text}, _KNOWN)
        for file in found.files:
            if file.path.startswith("workflows/"):
                read_workflow(file.text, file=file.path, operations=_OPERATIONS)
            elif file.path.startswith("triggers/"):
                parse_trigger(file.text, file=file.path, words=_WORDS)
            assert load(file.text).value
        assert all(each.line >= 1 and each.why for each in found.unmapped)
        told = [*found.mapped, *found.unmapped, *found.mistakes]
        assert all(each.what.isprintable() for each in told)
        assert found.files or told or found.machines


TARGETS = (
    Target(name="yaml", check=_yaml, seeds=(*seeds.YAML, *seeds.TRIGGERS), words=_YAML_WORDS, longest=1_000),
    Target(
        name="workflow",
        check=_workflow,
        seeds=seeds.WORKFLOWS,
        words=(*_YAML_WORDS, *_WORKFLOW_WORDS),
        longest=3_000,
    ),
    Target(name="trigger", check=_trigger, seeds=seeds.TRIGGERS, words=(*_YAML_WORDS, *_TRIGGER_WORDS), longest=1_500),
    Target(
        name="goal", check=_goal, seeds=seeds.GOALS, words=(*_YAML_WORDS, "success: ", "gather: ", "---"), longest=1_000
    ),
    Target(name="hooks-file", check=_hooks, seeds=seeds.HOOKS, words=(*_YAML_WORDS, "hmac", "secret://a"), longest=800),
    Target(name="other-files", check=_others, seeds=seeds.OTHER_FILES, words=_YAML_WORDS, longest=800),
    Target(
        name="foreign",
        check=_foreign,
        seeds=seeds.FOREIGN,
        words=(*_YAML_WORDS, "${", "steps:", "type: shell"),
        longest=3_000,
    ),
)
