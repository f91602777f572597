"""Workflow files: the YAML a person writes, read with every problem and its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from steward.core.sources import Source
from steward.lib.codec import CodecError, decode
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidFile
from steward.model.operation import AnyOperation
from steward.model.workflow import Workflow, WorkflowStep

KIND = "Workflow"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_FIELDS = ("kind", "name", "title", "goal", "steps")
_STEP_FIELDS = ("id", "command", "with", "on", "needs", "timeout")
_LONGEST_SECONDS = 86_400
_NAMED = "like `restart-web`"


def read_workflow(
    text: str,
    *,
    file: str,
    operations: Mapping[str, AnyOperation] | None = None,
    machines: Collection[str] | None = None,
) -> Workflow:
    """Read a workflow; with `operations` and `machines` given, its commands, their inputs and its machines too.

        kind: Workflow
        name: restart-web
        title: Restart the web server
        goal: the site answers again
        steps:
          - id: restart
            command: unit.restart
            on: nas
            with: {unit: nginx.service}

    Raises:
        InvalidFile: the first problem, carrying all, each with its line.
    """
    source = Source(text, file=file)
    data = source.value if isinstance(source.value, dict) else {}
    if not data:
        source.note((), "this is not a workflow", next_step=f"begin with `kind: {KIND}`")
    _check_fields(source, (), data, _FIELDS)
    if data.get("kind") != KIND:
        source.note(("kind",), f"`kind` must be `{KIND}`", next_step=f"write `kind: {KIND}`")
    name = _text(source, ("name",), data.get("name"))
    if not _NAME.fullmatch(name):
        source.note(("name",), "a name has lower-case letters, digits and dashes, 41 at most", next_step=_NAMED)
    listed = data.get("steps")
    if not isinstance(listed, list) or not listed:
        source.note(
            ("steps",), "`steps` must be a list with at least one step", next_step="begin each with `  - id: ...`"
        )
        listed = []
    steps = tuple(_step(source, index, item) for index, item in enumerate(listed))
    for index, step in enumerate(steps):
        _check_needs(source, index, step, steps)
        if operations is not None and step.command:
            _check_command(source, index, step, operations)
        if machines is not None:
            _check_machine(source, index, step, machines)
    title = _text(source, ("title",), data.get("title", name))
    goal = _text(source, ("goal",), data.get("goal", "it was asked for"))
    _end(source)
    return Workflow(name=name, title=title, goal=goal, steps=steps)


def _step(source: Source, index: int, item: object) -> WorkflowStep:
    at = ("steps", index)
    data = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    if not data:
        source.note(at, "a step must be a mapping of fields", next_step=f"fields are {', '.join(_STEP_FIELDS)}")
    _check_fields(source, at, data, _STEP_FIELDS)
    given: Any = data.get("with", {})
    if not isinstance(given, dict):
        source.note(
            (*at, "with"), "`with` must be a mapping of the command's fields", next_step="write `with: {unit: ...}`"
        )
        given = {}
    step_input = dict(cast("dict[str, Any]", given))
    if "on" in data:
        step_input["machine"] = _text(source, (*at, "on"), data["on"])
    if "machine" not in step_input:
        source.note(at, "the step names no machine", next_step="add `on: MACHINE`")
    needs: Any = data.get("needs", [])
    if not isinstance(needs, list):
        source.note((*at, "needs"), "`needs` must be a list of step ids", next_step="write `needs: [ID]`")
        needs = []
    step_id = _text(source, (*at, "id"), data.get("id", f"step-{index + 1}"))
    if not _NAME.fullmatch(step_id):
        source.note((*at, "id"), "an id has lower-case letters, digits and dashes, 41 at most", next_step=_NAMED)
    return WorkflowStep(
        id=step_id,
        command=_text(source, (*at, "command"), data.get("command")),
        input=step_input,
        needs=tuple(str(need) for need in cast("list[object]", needs)),
        timeout_seconds=_timeout(source, (*at, "timeout"), data.get("timeout")),
    )


def _check_needs(source: Source, index: int, step: WorkflowStep, steps: tuple[WorkflowStep, ...]) -> None:
    known = [other.id for other in steps if other is not step]
    if not all(_NAME.fullmatch(name) for name in known):
        return  # an id that must be mended first may be the one that is meant
    for place, need in enumerate(step.needs):
        if need not in known:
            near = nearest(need, known)
            hint = f"did you mean `{near}`?" if near else f"the other steps are {', '.join(known) or 'none'}"
            what = f"`needs` names no other step: `{visible_line(need)}`"
            source.note(("steps", index, "needs", place), what, next_step=hint)


def _check_command(source: Source, index: int, step: WorkflowStep, operations: Mapping[str, AnyOperation]) -> None:
    at = ("steps", index)
    operation = operations.get(step.command)
    if operation is None:
        near = nearest(step.command, operations)
        hint = f"did you mean `{near}`?" if near else f"known are {', '.join(sorted(operations))}"
        source.note((*at, "command"), f"there is no operation `{visible_line(step.command)}`", next_step=hint)
        return
    try:
        decode(operation.input, step.input)
    except CodecError as error:
        for name, why in error.problems:
            if name != "machine":  # told as `on`
                hint = f"`steward {step.command.replace('.', ' ')} --help` names its fields"
                what = f"`with` does not fit {step.command}: `{visible_line(name)}` {why}"
                source.note((*at, "with", name), what, next_step=hint)


def _check_machine(source: Source, index: int, step: WorkflowStep, machines: Collection[str]) -> None:
    name = step.input.get("machine")
    if isinstance(name, str) and name and name not in machines:
        near = nearest(name, machines)
        hint = f"did you mean `{near}`?" if near else "see `steward machines ls`"
        source.note(("steps", index, "on"), f"there is no machine `{visible_line(name)}`", next_step=hint)


def _end(source: Source) -> None:
    """Raise everything noted as one error: the first problem, with every further one after its next step."""
    try:
        source.end()
    except InvalidFile as error:
        first, *others = error.problems
        if not others:
            raise
        lines = "".join(f"\n  also {other}" for other in others)
        told = InvalidFile(
            first.what,
            file=first.file,
            line=first.line,
            column=first.column,
            why=first.why,
            next_step=f"{first.next_step}{lines}",
        )
        raise InvalidFile.first_of((told, *others)) from None


def _timeout(source: Source, at: tuple[str | int, ...], value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST_SECONDS:
        what = f"`timeout` is a number of seconds from 1 to {_LONGEST_SECONDS}"
        source.note(at, what, next_step="write `timeout: 60`, or leave it out")
        return None
    return value


def _text(source: Source, at: tuple[str | int, ...], value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        source.note(at, f"`{at[-1]}` must be a text", next_step=f"write `{at[-1]}: ...`")
        return ""
    return value


def _check_fields(source: Source, at: tuple[str | int, ...], data: dict[str, Any], known: tuple[str, ...]) -> None:
    for name in data:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
            source.note((*at, name), f"unknown field `{visible_line(name)}`", next_step=hint, at_key=True)
