"""A workflow somebody names or gives as a text, read with everything known here, as something wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steward.core.desk import Desk
from steward.core.task_pictures import picture_problem
from steward.core.wishes import Wish
from steward.core.workflow_files import read_workflow
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.workflow import Workflow


def read_here(desk: Desk, text: str, file: str) -> Workflow:
    """Read a workflow against the operations, machines, measures and other workflows there are.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    machines = [name for machine in desk.workspace.inventory().machines for name in (machine.name, machine.id)]
    return read_workflow(
        text,
        file=file,
        operations=desk.catalogue.operations,
        machines=machines,
        check_line=desk.proposals.planner.lines().problem,
        workflows=desk.workspace.workflows.names(),
        check_picture=lambda path: picture_problem(desk.workspace.workflows.repository, path),
    )


def named(desk: Desk, what: str, text: str) -> Workflow:
    """Return the workflow of a text, or without one that of a name.

    Raises:
        NotFound: with the nearest name.
        InvalidFile: the first problem, carrying all.
    """
    if text:
        return read_here(desk, text, what)
    found = desk.workspace.workflows.text(what)
    return read_here(desk, found.text, found.file)


def wish_of(desk: Desk, workflow: Workflow, given: Mapping[str, Any], *, is_named: bool) -> Wish:
    """Return what is wanted when somebody asks for a workflow with these inputs."""
    find = desk.workspace.workflows.find
    return Wish(workflow=workflow, actor=desk.actor, given=given, find=find, is_named=is_named)


def inputs_of(pairs: Sequence[str], values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return inputs given as `NAME=VALUE` and as an object, together.

    Raises:
        InvalidInput: one is no such pair, or is given twice.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            what = f"`{visible_line(pair[:80])}` is no input"
            raise InvalidInput(what, next_step="write `--input NAME=VALUE`")
        if name in found:
            raise InvalidInput(f"the input `{visible_line(name)}` is given twice", next_step="give it once")
        found[name] = value
    return {**found, **(values or {})}
