"""The steps of a workflow text, one function for each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from steward.core.sources import Source
from steward.core.workflow_fields import Fields, choice_at, seconds_of, text_at
from steward.core.workflow_hints import field_hint
from steward.lib.expression import reference
from steward.lib.pattern import Pattern, PatternError
from steward.lib.yaml_nodes import Path
from steward.model.access import Role
from steward.model.flow import OnFailure, Output, OutputKind, Retry
from steward.model.hold import DAY_SECONDS, AnswerField, AnswerKind, Inquiry, Patience, Task, Wait
from steward.model.workflow import OwnUndo, StepKind, Targets, WorkflowStep

HTTP_COMMAND = "http.request"
"""Operation that `http:` stands for."""
STEP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
"""Ids of steps and names of workflows."""
_NAMED = "like `restart-web`"
_KINDS = ("command", "ask", "physical", "wait", "workflow", "http")
_EVERY = ("id", "needs", "after", "when", "on", "forEach")
_ACTING = ("with", "timeout", "until", "retry", "undo", "verify", "outputs", "among", "onFailure")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "command": (*_EVERY, "command", *_ACTING),
    "http": (*_EVERY, "http", *(field for field in _ACTING if field != "with")),
    "workflow": (*_EVERY, "workflow", "with"),
    "ask": (*_EVERY, "ask"),
    "physical": (*_EVERY, "physical"),
    "wait": (*_EVERY, "wait"),
}
"""What a step of each kind may say."""
_PATIENCE = ("expires", "remind", "escalate")
_LONGEST_STEP = DAY_SECONDS


def read_step(source: Source, index: int, default: OnFailure) -> WorkflowStep:
    """Read one step; `default` is what the workflow says about failures."""
    at: Path = ("steps", index)
    kind = _kind_of(source, at)
    fields = Fields(source, at, FIELDS[kind], shape=f"fields are {', '.join(FIELDS[kind])}")
    step_id = fields.text("id", f"step-{index + 1}")
    if not STEP_NAME.fullmatch(step_id):
        source.note((*at, "id"), "an id has lower-case letters, digits and dashes, 41 at most", next_step=_NAMED)
    given, targets = _machines(fields)
    said: dict[str, Any] = {"input": given, **_READERS[kind](fields, given)}
    return WorkflowStep(
        id=step_id,
        kind=StepKind.COMMAND if kind == "http" else StepKind(kind),
        needs=_needs(fields, "needs"),
        after=_needs(fields, "after"),
        on=targets,
        for_each=_for_each(fields),
        when=_expression(fields, "when"),
        on_failure=fields.choice("onFailure", OnFailure, default) if "onFailure" in FIELDS[kind] else default,
        **said,
    )


def _kind_of(source: Source, at: Path) -> str:
    """Return the key that says what a step is; a step that says none or two is noted."""
    written = source.written(at)
    found = [kind for kind in _KINDS if kind in written]
    if len(found) > 1:
        what = f"a step is one thing: `{'` or `'.join(found)}`"
        source.note((*at, found[1]), what, next_step="make two steps of it", at_key=True)
    if not found and written and not _named_otherwise(written):
        step = f"add one of {', '.join(f'`{kind}:`' for kind in _KINDS)}"
        source.note((*at, "command"), "the step does not say what is done", next_step=step)
    return found[0] if found else "command"


def _named_otherwise(written: Mapping[str, Any]) -> bool:
    """Tell whether an unknown field stands for what the step is: that is told at the field."""
    return any("command" in field_hint(name, FIELDS["command"]) for name in written if name not in FIELDS["command"])


def _machines(fields: Fields) -> tuple[dict[str, Any], Targets | None]:
    """Return what `with` and `on` say: one machine lies in the input, several are targets."""
    given = fields.mapping("with", example="write `with: {unit: ...}`") if "with" in fields else {}
    written = fields.data.get("on")
    if "on" not in fields:
        return given, None
    if isinstance(written, dict):
        return given, _targets(Fields(fields.source, (*fields.at, "on"), _TARGETS, shape="write `on: MACHINE`"))
    if isinstance(written, list):
        return given, Targets(machines=fields.texts("on"))
    if not isinstance(written, str):
        step = "write `on: MACHINE`, `on: [MACHINE, ...]` or `on: {groups: [GROUP]}`"
        fields.source.note((*fields.at, "on"), "`on` names no machine", next_step=step)
        return {**given, "machine": ""}, None
    return {**given, "machine": text_at(fields.source, (*fields.at, "on"), written)}, None


_TARGETS = ("machines", "groups", "has", "where", "batch", "stopAfter")


def _targets(fields: Fields) -> Targets:
    targets = Targets(
        machines=fields.texts("machines"),
        groups=fields.texts("groups"),
        has=fields.texts("has"),
        where=_expression(fields, "where"),
        batch=fields.integer("batch", 0, least=0, most=500),
        stop_after=fields.integer("stopAfter", 1, least=1, most=500),
    )
    is_misspelled = any(name not in _TARGETS for name in fields.data)  # that is told
    if not (targets.machines or targets.groups or targets.has or targets.where or is_misspelled):
        fields.source.note(
            fields.at, "`on` names no machines", next_step="add `machines:`, `groups:`, `has:` or `where:`"
        )
    return targets


def _needs(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fields.texts(name, example=f"write `{name}: [ID]`")))


def _for_each(fields: Fields) -> str | tuple[str, ...]:
    written = fields.data.get("forEach", ())
    if isinstance(written, str):
        return _expression(fields, "forEach")
    if isinstance(written, list) and "forEach" in fields and written:
        return tuple(str(each) for each in fields.texts("forEach"))
    if "forEach" in fields:
        what = "`forEach` must be a list of texts, or an expression that gives one"
        fields.source.note((*fields.at, "forEach"), what, next_step="write `forEach: [a, b]`")
    return ()


def _expression(fields: Fields, name: str) -> str:
    """Return an expression, which may be written with or without `${ ... }` around it."""
    written = fields.text(name, "") if name in fields else ""
    return (reference(written) or written).strip()


def _command(fields: Fields, given: dict[str, Any]) -> dict[str, Any]:
    if "command" in fields and "machine" not in given and "on" not in fields:
        fields.source.note(fields.at, "the step names no machine", next_step="add `on: MACHINE`")
    return {"command": fields.text("command") if "command" in fields else "", **_acting(fields)}


def _http(fields: Fields, given: dict[str, Any]) -> dict[str, Any]:
    request = fields.mapping("http", example="write `http: {url: https://...}`")
    command = HTTP_COMMAND if isinstance(fields.data.get("http"), dict) else ""
    return {"command": command, "input": {**request, **given}, **_acting(fields)}


def _acting(fields: Fields) -> dict[str, Any]:
    timeout = fields.seconds("timeout", 0, least=1, most=_LONGEST_STEP)
    return {
        "timeout_seconds": timeout or None,
        "until": fields.text("until", "") if "until" in fields else "",
        "retry": _retry(fields),
        "undo": _undo(fields),
        "verify": fields.texts("verify"),
        "outputs": _outputs(fields),
        "among": _among(fields),
    }


def _retry(fields: Fields) -> Retry | None:
    if "retry" not in fields:
        return None
    written = fields.data["retry"]
    if isinstance(written, int) and not isinstance(written, bool):
        return Retry(times=fields.integer("retry", 2, least=1, most=20))
    inner = Fields(
        fields.source,
        (*fields.at, "retry"),
        ("times", "wait", "factor", "most"),
        shape="write `retry: {times: 3, wait: 10s}`",
    )
    factor = inner.number("factor", 2.0) or 2.0
    if not 1 <= factor <= 10:
        fields.source.note((*inner.at, "factor"), "`factor` is a number from 1 to 10", next_step="write `factor: 2`")
    return Retry(
        times=inner.integer("times", 2, least=1, most=20),
        wait_seconds=inner.seconds("wait", 5),
        factor=float(factor),
        most_seconds=inner.seconds("most", 300),
    )


def _undo(fields: Fields) -> OwnUndo | None:
    if "undo" not in fields:
        return None
    shape = "write `undo: {command: unit.start, with: {unit: ...}}`"
    inner = Fields(fields.source, (*fields.at, "undo"), ("command", "with"), shape=shape)
    return OwnUndo(command=inner.text("command"), input=inner.mapping("with", example=shape))


def _outputs(fields: Fields) -> tuple[Output, ...]:
    example = "write `outputs: {version: {pattern: 'v([0-9.]+)'}}`"
    found: list[Output] = []
    for name, written in fields.named("outputs", example=example).items() if "outputs" in fields else ():
        if isinstance(written, str):
            at = (*fields.at, "outputs", name)
            found.append(Output(name=name, kind=choice_at(fields.source, at, written, OutputKind, OutputKind.TEXT)))
            continue
        inner = Fields(fields.source, (*fields.at, "outputs", name), ("type", "pattern", "pointer"), shape=example)
        pattern, pointer = inner.text("pattern", ""), inner.text("pointer", "")
        _check_taking(inner, pattern, pointer)
        found.append(
            Output(name=name, kind=inner.choice("type", OutputKind, OutputKind.TEXT), pattern=pattern, pointer=pointer)
        )
    return tuple(found)


def _check_taking(fields: Fields, pattern: str, pointer: str) -> None:
    """Note a pattern or a pointer that takes nothing."""
    if pattern and pointer:
        fields.source.note(
            (*fields.at, "pointer"), "an output has a pattern or a pointer", next_step="drop one of them"
        )
    if pointer and not pointer.startswith("/"):
        fields.source.note((*fields.at, "pointer"), "a pointer begins with `/`", next_step="write `pointer: /version`")
    if not pattern:
        return
    try:
        groups = Pattern(pattern).groups
    except PatternError as error:
        step = "see https://github.com/google/re2/wiki/Syntax; there is no looking around and no reference back"
        fields.source.note((*fields.at, "pattern"), f"this is no regular expression: {error}", next_step=step)
        return
    if groups < 1:
        step = "put brackets around what is the value"
        fields.source.note((*fields.at, "pattern"), "the pattern has no group", next_step=step)


def _among(fields: Fields) -> dict[str, tuple[Any, ...]] | None:
    if "among" not in fields:
        return None
    written: Any = fields.data["among"]
    shape = "write `among: {version: [a, b]}`"
    if not isinstance(written, dict) or not written:
        fields.source.note((*fields.at, "among"), "`among` must be a mapping of lists", next_step=shape)
        return None
    domains: dict[str, tuple[Any, ...]] = {}
    for name, values in cast("dict[str, Any]", written).items():
        listed = cast("list[Any]", values) if isinstance(values, list) else []
        if not listed and reference(cast("object", values)) is None:
            what = f"`among.{name}` must be a list of values, or an expression that gives one"
            fields.source.note((*fields.at, "among", name), what, next_step=shape)
            continue
        domains[name] = tuple(listed) or (values,)
    return domains


def _workflow(fields: Fields, _given: dict[str, Any]) -> dict[str, Any]:
    name = fields.text("workflow")
    if name and not STEP_NAME.fullmatch(name):
        what = "a name has lower-case letters, digits and dashes, 41 at most"
        fields.source.note((*fields.at, "workflow"), what, next_step=_NAMED)
    return {"workflow": name}


def _ask(fields: Fields, _given: dict[str, Any]) -> dict[str, Any]:
    at = (*fields.at, "ask")
    shape = "write `ask: {text: ...}`"
    if isinstance(fields.data.get("ask"), str):
        return {"inquiry": Inquiry(text=fields.text("ask"))}
    inner = Fields(fields.source, at, ("text", "fields", "who", *_PATIENCE), shape=shape)
    return {
        "inquiry": Inquiry(
            text=inner.text("text"),
            fields=_answer_fields(inner),
            who=inner.choice("who", Role, Role.OPERATOR),
            patience=_patience(inner),
        )
    }


def _answer_fields(fields: Fields) -> tuple[AnswerField, ...]:
    example = "write `fields: {go: boolean}`"
    found: list[AnswerField] = []
    for name, written in fields.named("fields", example=example).items() if "fields" in fields else ():
        at = (*fields.at, "fields", name)
        if isinstance(written, str):
            found.append(
                AnswerField(name=name, kind=choice_at(fields.source, at, written, AnswerKind, AnswerKind.TEXT))
            )
            continue
        known = ("type", "says", "choices", "least", "most", "required")
        found.append(_answer_field(name, Fields(fields.source, at, known, shape=example)))
    return tuple(found)


def _answer_field(name: str, fields: Fields) -> AnswerField:
    choices = fields.texts("choices")
    kind = fields.choice("type", AnswerKind, AnswerKind.CHOICE if choices else AnswerKind.BOOLEAN)
    if (kind is AnswerKind.CHOICE) != bool(choices):
        step = "write `type: choice` with `choices: [a, b]`, or neither"
        fields.source.note((*fields.at, "choices"), "`choices` belong to a choice", next_step=step)
    return AnswerField(
        name=name,
        kind=kind,
        says=fields.text("says", ""),
        choices=choices,
        least=fields.number("least", None),
        most=fields.number("most", None),
        is_required=fields.flag("required", default=True),
    )


def _patience(fields: Fields) -> Patience:
    usual = Patience()
    return Patience(
        expires_seconds=fields.seconds("expires", usual.expires_seconds, least=60),
        remind_seconds=fields.seconds("remind", usual.remind_seconds),
        escalate_seconds=fields.seconds("escalate", usual.escalate_seconds),
    )


def _physical(fields: Fields, _given: dict[str, Any]) -> dict[str, Any]:
    known = ("instructions", "picture", "part", "cost", "link", "proof", *_PATIENCE)
    shape = "write `physical: {instructions: [...], proof: [...]}`"
    inner = Fields(fields.source, (*fields.at, "physical"), known, shape=shape)
    link, picture = inner.text("link", ""), inner.text("picture", "")
    if link and not link.startswith("https://"):
        step = "write `link: https://...`"
        fields.source.note((*inner.at, "link"), "a link begins with `https://`", next_step=step)
    if picture.startswith("/") or ".." in picture.split("/"):
        step = "write `picture: pictures/bay-3.jpg`"
        fields.source.note((*inner.at, "picture"), "a picture is a path in the workspace", next_step=step)
    task = Task(
        instructions=inner.texts("instructions"),
        picture=picture,
        part=inner.text("part", ""),
        cost=inner.text("cost", ""),
        link=link,
        proof=inner.texts("proof"),
        patience=_patience(inner),
    )
    for name, value in (("instructions", task.instructions), ("proof", task.proof)):
        if not value:
            what = f"a physical step needs `{name}`"
            fields.source.note((*inner.at, name), what, next_step=f"write `{name}: [...]`")
    return {"task": task}


_WAITS = ("seconds", "for", "until", "condition", "event")


def _wait(fields: Fields, _given: dict[str, Any]) -> dict[str, Any]:
    at = (*fields.at, "wait")
    written = fields.data.get("wait")
    if not isinstance(written, dict):
        if seconds_of(written) is None:
            step = 'write `wait: 10m`, or `wait: {until: "02:30"}`'
            fields.source.note(at, "`wait` is a span of time, or a mapping", next_step=step)
        return {"wait": Wait(seconds=fields.seconds("wait", 1, least=1))}
    inner = Fields(fields.source, at, (*_WAITS, "subject", "longest"), shape="write `wait: 10m`")
    said = [name for name in _WAITS if name in inner]
    if len(said) != 1:
        step = "write one of seconds, until, condition or event"
        fields.source.note(at, "a wait is for exactly one thing", next_step=step)
    if "subject" in inner and "event" not in inner:
        fields.source.note((*at, "subject"), "`subject` belongs to an event", next_step="add `event:`, or drop it")
    span = "for" if "for" in inner else "seconds"
    wait = Wait(
        seconds=inner.seconds(span, 0, least=1),
        until=_moment(inner),
        condition=inner.text("condition", ""),
        event=inner.text("event", ""),
        subject=inner.text("subject", ""),
        longest_seconds=inner.seconds("longest", DAY_SECONDS, least=1),
    )
    return {"wait": wait}


_MOMENT = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2} )?([01][0-9]|2[0-3]):[0-5][0-9]")


def _moment(fields: Fields) -> str:
    until = fields.text("until", "") if "until" in fields else ""
    if until and not _MOMENT.fullmatch(until):
        what = "`until` is a time of the day, or a moment"
        step = 'write `until: "02:30"` or `until: "2026-03-01 02:30"`'
        fields.source.note((*fields.at, "until"), what, next_step=step)
    return until


_READERS: Mapping[str, Callable[[Fields, dict[str, Any]], dict[str, Any]]] = {
    "command": _command,
    "http": _http,
    "workflow": _workflow,
    "ask": _ask,
    "physical": _physical,
    "wait": _wait,
}
