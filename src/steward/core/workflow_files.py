"""Workflow files: the YAML a person writes, read with every problem and its line."""

from __future__ import annotations

import re
from typing import Any, cast

from steward.core.sources import Source
from steward.lib.text import nearest, visible_line
from steward.model.workflow import Workflow, WorkflowStep

KIND = "Workflow"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_FIELDS = ("kind", "name", "title", "goal", "steps")
_STEP_FIELDS = ("id", "command", "with", "on", "needs", "timeout")
_LONGEST_SECONDS = 86_400


def read_workflow(text: str, *, file: str) -> Workflow:
    """Read a workflow.

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
        source.note(("kind",), f"`kind` must be `{KIND}`")
    name = _text(source, ("name",), data.get("name"))
    if not _NAME.fullmatch(name):
        source.note(("name",), "a name has lower-case letters, digits and dashes, 41 at most")
    listed = data.get("steps")
    if not isinstance(listed, list) or not listed:
        source.note(("steps",), "`steps` must be a list with at least one step")
        listed = []
    steps = tuple(_step(source, index, item) for index, item in enumerate(listed))
    title = _text(source, ("title",), data.get("title", name))
    goal = _text(source, ("goal",), data.get("goal", "a person asked for it"))
    source.end()
    return Workflow(name=name, title=title, goal=goal, steps=steps)


def _step(source: Source, index: int, item: object) -> WorkflowStep:
    at = ("steps", index)
    data = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    if not data:
        source.note(at, "a step must be a mapping of fields", next_step=f"fields are {', '.join(_STEP_FIELDS)}")
    _check_fields(source, at, data, _STEP_FIELDS)
    given: Any = data.get("with", {})
    if not isinstance(given, dict):
        source.note((*at, "with"), "`with` must be a mapping of the command's fields")
        given = {}
    step_input = dict(cast("dict[str, Any]", given))
    if "on" in data:
        step_input["machine"] = _text(source, (*at, "on"), data["on"])
    if "machine" not in step_input:
        source.note(at, "the step names no machine", next_step="add `on: MACHINE`")
    needs: Any = data.get("needs", [])
    if not isinstance(needs, list):
        source.note((*at, "needs"), "`needs` must be a list of step ids")
        needs = []
    step_id = _text(source, (*at, "id"), data.get("id", f"step-{index + 1}"))
    if not _NAME.fullmatch(step_id):
        source.note((*at, "id"), "an id has lower-case letters, digits and dashes, 41 at most")
    return WorkflowStep(
        id=step_id,
        command=_text(source, (*at, "command"), data.get("command")),
        input=step_input,
        needs=tuple(str(need) for need in cast("list[object]", needs)),
        timeout_seconds=_timeout(source, (*at, "timeout"), data.get("timeout")),
    )


def _timeout(source: Source, at: tuple[str | int, ...], value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST_SECONDS:
        source.note(at, f"`timeout` is a number of seconds from 1 to {_LONGEST_SECONDS}")
        return None
    return value


def _text(source: Source, at: tuple[str | int, ...], value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        source.note(at, f"`{at[-1]}` must be a text")
        return ""
    return value


def _check_fields(source: Source, at: tuple[str | int, ...], data: dict[str, Any], known: tuple[str, ...]) -> None:
    for name in data:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
            source.note((*at, name), f"unknown field `{visible_line(name)}`", next_step=hint, at_key=True)
