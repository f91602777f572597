"""What a workflow is given: every input by its declared type, defaults filled in, every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput
from steward.model.secret import referenced
from steward.model.workflow import InputKind, Workflow, WorkflowInput
from steward.model.workspace import Inventory

_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_ABSENT = object()


def given_inputs(workflow: Workflow, given: Mapping[str, Any], inventory: Inventory) -> dict[str, Any]:
    """Return the inputs of a workflow, typed.

    Raises:
        InvalidInput: naming every input that is missing, unknown or of another type.
    """
    problems = [_unknown(name, workflow) for name in given if name not in {each.name for each in workflow.inputs}]
    values: dict[str, Any] = {}
    for wanted in workflow.inputs:
        value = given.get(wanted.name, wanted.default)
        if value is None:
            problems.append(
                f"`{wanted.name}` is missing ({wanted.kind.value}{f': {wanted.says}' if wanted.says else ''})"
            )
            continue
        read = _typed(wanted, value, inventory)
        if read is _ABSENT:
            shown = "what was given" if wanted.kind is InputKind.SECRET else f"`{visible_line(str(value)[:80])}`"
            problems.append(f"`{wanted.name}` {_wants(wanted, inventory, value)}, and {shown} is not")
            continue
        values[wanted.name] = read
    if problems:
        names = ", ".join(f"{each.name}=..." for each in workflow.inputs) or "none"
        what = f"the inputs of `{workflow.name}` do not fit"
        raise InvalidInput(what, where=workflow.name, why="; ".join(problems), next_step=f"its inputs: {names}")
    return values


def _unknown(name: str, workflow: Workflow) -> str:
    near = nearest(name, [each.name for each in workflow.inputs])
    hint = f", did you mean `{near}`?" if near else ""
    return f"there is no input `{visible_line(name)}`{hint}"


def _typed(wanted: WorkflowInput, value: object, inventory: Inventory) -> Any:
    read: Any = _BY_KIND[wanted.kind](value)
    if wanted.kind is InputKind.MACHINE and read is not _ABSENT:
        machine = inventory.find(read)
        read = machine.name if machine else _ABSENT
    listed = cast("list[object]", read) if isinstance(read, list) else [cast("object", read)]
    if wanted.choices and not all(str(each) in wanted.choices for each in listed):
        return _ABSENT
    return cast("Any", read)


def _wants(wanted: WorkflowInput, inventory: Inventory, value: object) -> str:
    if wanted.choices:
        return f"is one of {', '.join(wanted.choices)}"
    if wanted.kind is InputKind.MACHINE:
        near = nearest(str(value), [machine.name for machine in inventory.machines])
        return f"is a machine of the inventory (did you mean `{near}`?)" if near else "is a machine of the inventory"
    if wanted.kind is InputKind.SECRET:
        return "is the name of a secret, `secret://NAME`"
    return f"is of the type {wanted.kind.value}"


def _text(value: object) -> Any:
    return value if isinstance(value, str) else _ABSENT


def _integer(value: object) -> Any:
    if isinstance(value, str):
        plain = value.strip()
        return int(plain) if plain.removeprefix("-").isascii() and plain.removeprefix("-").isdigit() else _ABSENT
    return value if isinstance(value, int) and not isinstance(value, bool) else _ABSENT


def _number(value: object) -> Any:
    whole = _integer(value)
    if whole is not _ABSENT:
        return whole
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _ABSENT
    return value if isinstance(value, float) and abs(value) < float("inf") else _ABSENT


def _boolean(value: object) -> Any:
    if isinstance(value, str) and value.lower() in _YES | _NO:
        return value.lower() in _YES
    return value if isinstance(value, bool) else _ABSENT


def _list(value: object) -> Any:
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return _ABSENT
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    listed = cast("list[object]", value) if isinstance(value, list) else [None]
    return listed if all(isinstance(each, str) for each in listed) else _ABSENT


def _secret(value: object) -> Any:
    return value if isinstance(value, str) and referenced(value) else _ABSENT


_BY_KIND: Mapping[InputKind, Callable[[object], Any]] = {
    InputKind.TEXT: _text,
    InputKind.INTEGER: _integer,
    InputKind.NUMBER: _number,
    InputKind.BOOLEAN: _boolean,
    InputKind.MACHINE: _text,
    InputKind.LIST: _list,
    InputKind.SECRET: _secret,
}
