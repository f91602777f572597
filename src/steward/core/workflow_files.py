"""Workflow files: the YAML a person writes, read with every problem and its line.

    kind: Workflow
    name: restart-web
    title: Restart the web server
    goal: the site answers again
    inputs:
      unit: {type: text, says: what to restart, default: nginx.service}
    preflight: ["[DISK_FREE_PERCENT /] >= 5"]
    steps:
      - id: restart
        command: unit.restart
        on: {groups: [web], batch: 1}
        with: {unit: "${inputs.unit}"}

`workflow_fields` reads fields by their types, `workflow_steps` each kind of step, `workflow_check` what must fit
together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from steward.core.sources import Source
from steward.core.workflow_check import (
    check_calls,
    check_command,
    check_expressions,
    check_lines,
    check_machines,
    check_needs,
    check_order,
    check_pictures,
)
from steward.core.workflow_fields import Fields, choice_at
from steward.core.workflow_steps import STEP_NAME, read_step
from steward.model.errors import Conflict, InvalidFile, InvalidInput, StewardError
from steward.model.flow import OnFailure
from steward.model.ids import MachineId
from steward.model.operation import AnyOperation
from steward.model.plan import Plan
from steward.model.secret import referenced
from steward.model.workflow import InputKind, Workflow, WorkflowInput, WorkflowStep

KIND = "Workflow"
WRITTEN_NAME = "from-a-plan"
"""Name of a workflow that was written from a plan."""
FIELDS = ("kind", "name", "title", "goal", "inputs", "preflight", "steps", "invariants", "onFailure")
"""What a workflow may say."""
INPUT_FIELDS = ("type", "says", "default", "choices")
"""What an input may say."""
MOST_STEPS = 200
MOST_CHARACTERS = 262_144
_NAMED = "like `restart-web`"

CheckLine = Callable[[str], InvalidInput | None]
"""Returns what is wrong with a readable line in which no value stands; None when nothing is."""


CheckPicture = Callable[[str], StewardError | None]
"""Returns what is wrong with a picture, named relative to the folder of workflows; None when nothing is."""


def read_workflow(  # noqa: PLR0913 - the text, and whatever it may be checked against
    text: str,
    *,
    file: str,
    operations: Mapping[str, AnyOperation] | None = None,
    machines: Collection[str] | None = None,
    check_line: CheckLine | None = None,
    workflows: Collection[str] | None = None,
    check_picture: CheckPicture | None = None,
) -> Workflow:
    """Read a workflow; with the others given, also whether its commands, machines, lines and calls can be meant.

    Raises:
        InvalidFile: the first problem, carrying all, each with its line.
    """
    if len(text) > MOST_CHARACTERS:
        what = f"the file has {len(text)} characters, more than {MOST_CHARACTERS}"
        raise InvalidFile(what, file=file, line=1, column=1, next_step="make several workflows of it")
    source = Source(text, file=file)
    fields = Fields(source, (), FIELDS, shape=f"begin with `kind: {KIND}`")
    if fields.data and fields.data.get("kind") != KIND:
        source.note(("kind",), f"`kind` must be `{KIND}`", next_step=f"write `kind: {KIND}`")
    name = fields.text("name")
    if fields.data and not STEP_NAME.fullmatch(name):
        source.note(("name",), "a name has lower-case letters, digits and dashes, 41 at most", next_step=_NAMED)
    on_failure = _on_failure(fields)
    workflow = Workflow(
        name=name,
        title=fields.text("title", name),
        goal=fields.text("goal", "it was asked for"),
        inputs=_inputs(fields),
        preflight=fields.texts("preflight"),
        steps=_steps(source, fields, on_failure),
        invariants=fields.texts("invariants"),
        on_failure=on_failure,
    )
    _check(source, workflow, operations, machines)
    if workflows is not None:
        check_calls(source, workflow, workflows)
    if check_picture is not None:
        check_pictures(source, workflow, check_picture)
    if check_line is not None:
        check_lines(source, workflow, check_line)
    _end(source)
    return workflow


def _steps(source: Source, fields: Fields, on_failure: OnFailure) -> tuple[WorkflowStep, ...]:
    listed: Any = fields.data.get("steps")
    if not fields.data:
        return ()
    if not isinstance(listed, list) or not listed:
        what = "`steps` must be a list with at least one step"
        source.note(("steps",), what, next_step="begin each with `  - id: ...`")
        return ()
    count = len(listed)  # pyright: ignore[reportUnknownArgumentType] - a list of whatever was written
    if count > MOST_STEPS:
        what = f"a workflow has at most {MOST_STEPS} steps, and this has {count}"
        source.note(("steps",), what, next_step="make several workflows of it, one calling the other")
        return ()
    return tuple(read_step(source, index, on_failure) for index in range(count))


def _on_failure(fields: Fields) -> OnFailure:
    known = OnFailure.UNDO
    if "onFailure" not in fields:
        return known
    at = ("onFailure",)
    found = choice_at(fields.source, at, fields.data["onFailure"], OnFailure, known)
    if found is OnFailure.CONTINUE:
        what = "a workflow is put back or kept when it fails"
        fields.source.note(at, what, next_step="write `onFailure: undo` or `keep`; `continue` is for a step")
    return found


def _inputs(fields: Fields) -> tuple[WorkflowInput, ...]:
    example = "write `inputs: {unit: {type: text, says: what to restart}}`"
    found: list[WorkflowInput] = []
    for name, written in fields.named("inputs", example=example).items() if "inputs" in fields else ():
        at = ("inputs", name)
        if isinstance(written, str):
            found.append(
                WorkflowInput(name=name, kind=choice_at(fields.source, at, written, InputKind, InputKind.TEXT))
            )
            continue
        found.append(_input(name, Fields(fields.source, at, INPUT_FIELDS, shape=example)))
    return tuple(found)


def _input(name: str, fields: Fields) -> WorkflowInput:
    kind = fields.choice("type", InputKind, InputKind.TEXT)
    default = fields.data.get("default")
    if fields.data.get("type", kind) != kind:  # that is told, and nobody knows what the default must be
        default = None
    if kind is InputKind.SECRET and default is not None and not (isinstance(default, str) and referenced(default)):
        what, step = "a secret is named, never written down", "write `secret://NAME`, and `steward secrets set NAME`"
        fields.source.note((*fields.at, "default"), what, next_step=step)
        default = None
    if default is not None and not _fits(kind, default):
        what = f"`default` is no {kind.value}"
        fields.source.note((*fields.at, "default"), what, next_step=_DEFAULTS.get(kind, "write a text, in quotes"))
    choices = fields.texts("choices")
    wanted = cast("list[Any]", default) if isinstance(default, list) else [default]
    if choices and default is not None and not all(str(each) in choices for each in wanted):
        what = f"`default` is none of the choices {', '.join(choices)}"
        fields.source.note((*fields.at, "default"), what, next_step="take one of them, or add it to `choices`")
    return WorkflowInput(
        name=name,
        kind=kind,
        says=fields.text("says", ""),
        default=default,
        choices=choices,
    )


_DEFAULTS = {
    InputKind.BOOLEAN: "write `true` or `false`, without quotes",
    InputKind.INTEGER: "write a whole number, without quotes",
    InputKind.NUMBER: "write a number, without quotes",
    InputKind.LIST: "write `[a, b]`",
}
"""How a value of each type is written."""


def _fits(kind: InputKind, value: object) -> bool:
    if kind is InputKind.BOOLEAN:
        return isinstance(value, bool)
    if kind is InputKind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is InputKind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is InputKind.LIST:
        return isinstance(value, list)
    return isinstance(value, str)


def _check(
    source: Source,
    workflow: Workflow,
    operations: Mapping[str, AnyOperation] | None,
    machines: Collection[str] | None,
) -> None:
    """Note what does not fit together."""
    check_order(source, workflow.steps)
    for index, step in enumerate(workflow.steps):
        check_needs(source, index, step, workflow.steps)
        if operations is not None:
            check_command(source, index, step, operations)
        if machines is not None:
            check_machines(source, index, step, machines)
    check_expressions(source, workflow)


def workflow_of(plan: Plan) -> Workflow:
    """Return the source text a plan could have been made from: the same commands, to be resolved anew."""
    steps = tuple(
        WorkflowStep(
            id=step.id,
            command=step.command.name,
            input=step.command.input,
            needs=step.needs,
            timeout_seconds=step.action.timeout_seconds,
        )
        for step in plan.steps
    )
    return Workflow(name=WRITTEN_NAME, title=plan.title, goal=plan.goal, steps=steps, finding=plan.finding)


def write_workflow(plan: Plan) -> str:
    """Write a plan as the file a person can edit; `read_workflow` reads it back.

    Raises:
        Conflict: it has what only the workflow says that it was made of: conditions, holds, lanes.
    """
    if plan.course is not None:
        why = f"it was made of the workflow {plan.course.workflow}, whose conditions and waits it holds resolved"
        step = f"`steward workflow show {plan.course.workflow}`"
        raise Conflict("this plan cannot be written as a file", why=why, next_step=step)
    lines = [f"kind: {KIND}", f"name: {WRITTEN_NAME}", f"title: {_quoted(plan.title)}", f"goal: {_quoted(plan.goal)}"]
    lines.append("steps:")
    for step in workflow_of(plan).steps:
        given = {name: value for name, value in step.input.items() if name != "machine"}
        lines += [f"  - id: {step.id}", f"    command: {step.command}"]
        lines.append(f"    on: {_quoted(plan.target(MachineId(str(step.input['machine']))).name)}")
        lines += [f"    with: {_quoted(given)}"] if given else []
        lines += [f"    needs: {_quoted(list(step.needs))}"] if step.needs else []
        lines.append(f"    timeout: {step.timeout_seconds}")
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    """Write a value as JSON, which is YAML too; what YAML does not allow as it is, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}"


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
