"""JSON Schema of workflow files as people spell them, for editors that complete and check while typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from steward.core.workflow_files import FIELDS as TOP
from steward.core.workflow_files import INPUT_FIELDS, KIND
from steward.core.workflow_steps import FIELDS as STEPS
from steward.lib.codec import Json, schema
from steward.model.access import Role
from steward.model.flow import OnFailure, Output, OutputKind, Retry
from steward.model.hold import AnswerField, AnswerKind, Inquiry, Task, Wait
from steward.model.workflow import InputKind, OwnUndo, Targets, Workflow, WorkflowInput, WorkflowStep

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_SPAN: Schema = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\s*([0-9]{1,6}[smhdwSMHDW]\s*)+$"}]}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer"}
_OBJECT: Schema = {"type": "object"}
_PATIENCE = ("expires", "remind", "escalate")
_SAID = {
    "kind": f"Always `{KIND}`.",
    "http": "A request that is sent, the input of `http.request`; from Steward's own machine where `on` names none.",
    "expires": "From then on nobody answered, which counts as failed; 14 days where nothing is said.",
    "remind": "Reminded this often; `0` for never, a day where nothing is said.",
    "escalate": "After this long the owner is told as well; `0` or nothing for never.",
}
"""What no field of a noun says."""
_WAITING: Schema = {"expires": _SPAN, "remind": _SPAN, "escalate": _SPAN}


def workflow_schema() -> Schema:
    """Return the schema of a whole file."""
    return {
        **_mapping(TOP, Workflow, _top(), {"onFailure": "on_failure"}),
        "$defs": {"Step": _step()},
        "title": "Steward workflow",
        "required": ["kind", "name", "steps"],
    }


def workflow_fields() -> dict[str, list[Schema]]:
    """Return the fields of a file and of a step, each with what it says and the fields that stand within it."""
    whole = workflow_schema()
    return {"file": _told(whole), "step": _told(whole["$defs"]["Step"])}


def _told(mapping: Schema) -> list[Schema]:
    fields: dict[str, Schema] = mapping["properties"]
    return [{"name": name, "says": field["description"], "within": [*_within(field)]} for name, field in fields.items()]


def _within(field: Schema) -> Schema:
    """Return the fields of a mapping, also of one that may be written shorter."""
    ways: Sequence[Schema] = (field, *field.get("anyOf", ()))
    return next((each["properties"] for each in ways if "properties" in each), Schema())


def _mapping(
    names: Sequence[str], noun: type[Any], types: Mapping[str, Schema], called: Mapping[str, str] | None = None
) -> Schema:
    """Describe a mapping of just these fields; their help is what the noun says of them."""
    known: dict[str, dict[str, Json]] = schema(noun)["properties"]
    properties: Schema = {}
    for name in names:
        said = known.get((called or {}).get(name, name), {}).get("description")
        properties[name] = {**types.get(name, _TEXT), "description": said or _SAID[name]}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _named(entry: Schema) -> Schema:
    return {"type": "object", "additionalProperties": entry, "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,40}$"}}


def _one_of(kind: type[StrEnum]) -> Schema:
    return {"enum": [member.value for member in kind]}


def _or_mapping(short: Schema, mapping: Schema) -> Schema:
    return {"anyOf": [short, mapping]}


def _input() -> Schema:
    return _mapping(
        INPUT_FIELDS,
        WorkflowInput,
        {"type": _one_of(InputKind), "default": {}, "choices": _TEXTS},
        {"type": "kind"},
    )


def _targets() -> Schema:
    return _mapping(
        ("machines", "groups", "has", "where", "batch", "stopAfter"),
        Targets,
        {"machines": _TEXTS, "groups": _TEXTS, "has": _TEXTS, "batch": _COUNT, "stopAfter": _COUNT},
        {"stopAfter": "stop_after"},
    )


def _answer() -> Schema:
    return _mapping(
        ("type", "says", "choices", "least", "most", "required"),
        AnswerField,
        {
            "type": _one_of(AnswerKind),
            "choices": _TEXTS,
            "least": _NUMBER,
            "most": _NUMBER,
            "required": {"type": "boolean"},
        },
        {"type": "kind", "required": "is_required"},
    )


def _ask() -> Schema:
    return _mapping(
        ("text", "fields", "who", *_PATIENCE),
        Inquiry,
        {"fields": _named(_or_mapping(_one_of(AnswerKind), _answer())), "who": _one_of(Role), **_WAITING},
    )


def _physical() -> Schema:
    return _mapping(
        ("instructions", "picture", "part", "cost", "link", "proof", *_PATIENCE),
        Task,
        {"instructions": _TEXTS, "proof": _TEXTS, **_WAITING},
    )


def _wait() -> Schema:
    return _mapping(
        ("seconds", "for", "until", "condition", "event", "subject", "longest"),
        Wait,
        {"seconds": _SPAN, "for": _SPAN, "longest": _SPAN},
        {"for": "seconds", "longest": "longest_seconds"},
    )


def _retry() -> Schema:
    return _mapping(
        ("times", "wait", "factor", "most"),
        Retry,
        {"times": _COUNT, "wait": _SPAN, "factor": _NUMBER, "most": _SPAN},
        {"wait": "wait_seconds", "most": "most_seconds"},
    )


def _undo() -> Schema:
    return _mapping(("command", "with"), OwnUndo, {"with": _OBJECT}, {"with": "input"})


def _output() -> Schema:
    return _mapping(("type", "pattern", "pointer"), Output, {"type": _one_of(OutputKind)}, {"type": "kind"})


def _step() -> Schema:
    return _mapping(
        tuple(dict.fromkeys(name for names in STEPS.values() for name in names)),
        WorkflowStep,
        {
            "needs": _TEXTS,
            "after": _TEXTS,
            "on": {"anyOf": [_TEXTS, _targets()]},
            "forEach": _TEXTS,
            "onFailure": _one_of(OnFailure),
            "with": _OBJECT,
            "http": _OBJECT,
            "timeout": _SPAN,
            "retry": _or_mapping(_COUNT, _retry()),
            "undo": _undo(),
            "verify": _TEXTS,
            "outputs": _named(_or_mapping(_one_of(OutputKind), _output())),
            "among": _OBJECT,
            "ask": _or_mapping(_TEXT, _ask()),
            "physical": _physical(),
            "wait": _or_mapping(_SPAN, _wait()),
        },
        {
            "with": "input",
            "timeout": "timeout_seconds",
            "forEach": "for_each",
            "onFailure": "on_failure",
            "ask": "inquiry",
            "physical": "task",
        },
    )


def _top() -> Schema:
    return {
        "kind": {"const": KIND},
        "inputs": _named(_or_mapping(_one_of(InputKind), _input())),
        "preflight": _TEXTS,
        "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Step"}},
        "invariants": _TEXTS,
        "onFailure": {"enum": [OnFailure.UNDO.value, OnFailure.KEEP.value]},
    }
