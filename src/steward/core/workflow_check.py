"""What must fit together in a workflow text: names of steps, commands, machines, expressions, lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from steward.core.sources import Source
from steward.core.workflow_hints import command_hint
from steward.core.workflow_references import ROOTS, references
from steward.core.workflow_results import field_problem
from steward.core.workflow_steps import STEP_NAME
from steward.lib.codec import CodecError, decode
from steward.lib.expression import ExpressionError, compiled, names_in, reference
from steward.lib.text import nearest, visible_line
from steward.lib.yaml_nodes import Path
from steward.model.errors import InvalidInput, StewardError
from steward.model.operation import AnyOperation
from steward.model.workflow import StepKind, Workflow, WorkflowStep

WITHIN = re.compile(r"\$\{([^{}]*)\}")
"""A value within a sentence or a readable line."""
_LOST = re.compile(r"(?<!\$)\$\{\s*(?:inputs|steps|facts|machine)\s*[.\[]")
_FIRST = frozenset({"inputs"})
_BRACES = re.compile(r"\{\{-?\s*[.$]?(?:inputs|steps|facts|machine|item|vars|params|env|Values)\b")
"""A value as templates of other tools write it; `{{.Names}}` of a program's own format stays what it is."""
_OTHER = re.compile(r"(?<!\$)\$\(?\s*(?:inputs|steps)\.[a-z]|(?<![${])\{\s*(?:inputs|steps)\.[\w.]+\s*\}(?!\})")
"""A value with other signs around it: `$inputs.name`, `$(inputs.name)`, `{inputs.name}`."""
_WHOLE = "write the whole value as one expression, `\"${'/srv/' + inputs.name}\"`"
_NOT_PUT = "a value within a text is not put in its place"
_WRITTEN = "write `==` to compare, `&&`, `||` and `!` between conditions, and texts in quotes"


def check_needs(source: Source, index: int, step: WorkflowStep, steps: Sequence[WorkflowStep]) -> None:
    """Note every need that names no other step."""
    known = [other.id for other in steps]
    if not all(STEP_NAME.fullmatch(name) for name in known):
        return  # an id that must be mended first may be the one that is meant
    named = [(field, place, need) for field in ("needs", "after") for place, need in enumerate(getattr(step, field))]
    for field, place, need in named:
        if need not in known:
            near = nearest(need, [name for name in known if name != step.id])
            others = ", ".join(name for name in known if name != step.id)
            hint = f"did you mean `{near}`?" if near else f"the other steps are {others or 'none'}"
            what = f"`{field}` names no other step: `{visible_line(need)}`"
            is_list = isinstance(source.written(("steps", index)).get(field), list)
            source.note(("steps", index, field, *((place,) if is_list else ())), what, next_step=hint)


def check_order(source: Source, steps: Sequence[WorkflowStep]) -> None:
    """Note steps of one name, and steps that need each other in a circle."""
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in seen:
            source.note(("steps", index, "id"), f"two steps are called `{step.id}`", next_step="rename one")
        seen.add(step.id)
    before = earlier(steps)
    told: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in before.get(step.id, ()) and step.id not in told:
            circle = _circle(step, steps)
            told |= set(circle)
            what = f"`{step.id}` needs itself" + (f": {' > '.join(circle)}" if len(circle) > 2 else "")
            field = "needs" if step.needs else "after"
            source.note(("steps", index, field), what, next_step=f"take one of them out of `{field}`")


def _circle(step: WorkflowStep, steps: Sequence[WorkflowStep]) -> list[str]:
    """Return the way from a step through what it needs back to itself."""
    by_id = {each.id: each for each in steps}
    ways, seen = [[step.id]], {step.id}
    for way in ways:
        for need in (*by_id[way[-1]].needs, *by_id[way[-1]].after):
            if need == step.id:
                return [*way, need]
            if need in by_id and need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return [step.id]


def earlier(steps: Sequence[WorkflowStep]) -> Mapping[str, frozenset[str]]:
    """Return everything that has ended before each step, directly or not."""
    needs = {step.id: (*step.needs, *step.after) for step in steps}
    found: dict[str, frozenset[str]] = {}
    for name, own in needs.items():
        reached: set[str] = set()
        waiting = list(own)
        while waiting:
            need = waiting.pop()
            if need not in reached:
                reached.add(need)
                waiting += needs.get(need, ())
        found[name] = frozenset(reached)
    return found


def check_command(source: Source, index: int, step: WorkflowStep, operations: Mapping[str, AnyOperation]) -> None:
    """Note a command that is not there, and an input that does not fit it as far as it is known."""
    if step.kind is not StepKind.COMMAND or not step.command:
        return
    at = ("steps", index)
    given = "http" if "http" in source.written(at) else "with"
    if not isinstance(source.written(at).get(given, {}), dict):
        return  # that it is no mapping is told
    _check_operation(source, (*at, "command"), (*at, given), step.command, step.input, operations)
    if step.undo is not None and step.undo.command:
        inner = (*at, "undo")
        _check_operation(source, (*inner, "command"), (*inner, "with"), step.undo.command, step.undo.input, operations)


def _check_operation(
    source: Source,
    named: Path,
    given: Path,
    command: str,
    values: Mapping[str, Any],
    operations: Mapping[str, AnyOperation],
) -> None:
    operation = operations.get(command)
    if operation is None:
        what = f"there is no operation `{visible_line(command)}`"
        source.note(named, what, next_step=command_hint(command, operations))
        return
    open_fields = {name for name, value in values.items() if _is_open(value)}
    try:
        decode(operation.input, {"machine": "", **values})
    except CodecError as error:
        for name, why in error.problems:
            if name != "machine" and name.partition(".")[0] not in open_fields:  # a machine is told as `on`
                is_bare = why.endswith("valid string") and isinstance(values.get(name), int | float)
                hint = f"`steward {command.replace('.', ' ').replace('_', '-')} --help` names its fields"
                hint = f'put it in quotes: `{name}: "{str(values[name]).lower()}"`' if is_bare else hint
                what = f"`{given[-1]}` does not fit {command}: `{visible_line(name)}` {why}"
                source.note((*given, name), what, next_step=hint)


def _is_open(value: object) -> bool:
    """Tell whether a value holds an expression, so that its type is not known yet."""
    if isinstance(value, dict):
        return any(_is_open(each) for each in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(_is_open(each) for each in cast("list[object]", value))
    return reference(value) is not None


def check_machines(source: Source, index: int, step: WorkflowStep, machines: Collection[str]) -> None:
    """Note machines that the inventory does not have."""
    name = step.input.get("machine")
    named: list[tuple[Path, Any]] = [(("steps", index, "on"), name)]
    if step.on is not None:
        is_list = isinstance(source.written(("steps", index)).get("on"), list)
        at: Path = ("steps", index, "on") if is_list else ("steps", index, "on", "machines")
        named += [((*at, place), each) for place, each in enumerate(step.on.machines)]
    for at, each in named:
        if isinstance(each, str) and each and reference(each) is None and each not in machines:
            near = nearest(each, machines)
            hint = f"did you mean `{near}`?" if near else "see `steward machines ls`"
            source.note(at, f"there is no machine `{visible_line(each)}`", next_step=hint)


def check_expressions(source: Source, workflow: Workflow) -> None:
    """Note every expression that cannot be read, and every input or step it names that is not there."""
    inputs = [each.name for each in workflow.inputs]
    before = earlier(workflow.steps)
    for index, step in enumerate(workflow.steps):
        known = sorted(before[step.id]) if STEP_NAME.fullmatch(step.id) else []
        for at, text, names in _expressions(source, index, step):
            _check_expression(source, at, text, names)
            _check_names(source, at, text, inputs, known, workflow.steps)
        with_ = "http" if "http" in source.written(("steps", index)) else "with"
        given = {name: value for name, value in step.input.items() if name != "machine"}  # which stands in `on`
        for at in _lost(("steps", index, with_), given):
            source.note(at, _NOT_PUT, next_step=f"{_WHOLE}; `$${{` stands for itself")
        for inner, text in _sentences(step):
            if _is_lost(WITHIN.sub("_", text)):
                source.note(("steps", index, *inner), _NOT_PUT, next_step="write `${inputs.name}`")
    for name, lines in (("preflight", workflow.preflight), ("invariants", workflow.invariants)):
        for place, line in enumerate(lines):
            for text in WITHIN.findall(line):
                _check_expression(source, (name, place), text, _FIRST)
                _check_names(source, (name, place), text, inputs, [], [])
            if _is_lost(WITHIN.sub("_", line)):
                source.note((name, place), _NOT_PUT, next_step="write `${inputs.name}`")


def _check_expression(source: Source, at: Path, text: str, names: Collection[str]) -> None:
    try:
        compiled(text, names)
    except ExpressionError as error:
        where = f" at character {error.column}" if error.column else ""
        step = _braces_hint(text) or error.hint or _WRITTEN
        source.note(at, f"this expression cannot be used{where}: {error.what}", next_step=step)


def _braces_hint(text: str) -> str:
    """Say how an expression is written that has the braces of other tools, or of several, within."""
    if text.startswith("{") and text.endswith("}"):
        return f"write one pair of braces: `${{{visible_line(text.strip('{} '))}}}`"
    return _WHOLE if "${" in text else ""


def _check_names(
    source: Source, at: Path, text: str, inputs: Sequence[str], before: Sequence[str], steps: Sequence[WorkflowStep]
) -> None:
    every = {step.id: step for step in steps}
    for found in references(text):
        if found.root == "inputs" and found.name not in inputs:
            near = nearest(found.name, inputs)
            declared = f"inputs are {', '.join(inputs)}" if inputs else f"add `inputs: {{{found.name}: text}}`"
            hint = f"did you mean `inputs.{near}`?" if near else declared
            source.note(at, f"there is no input `{visible_line(found.name)}`", next_step=hint)
        if found.root == "steps" and found.name not in before:
            what, why, step = _step_problem(found.name, before, tuple(every))
            source.note(at, what, why=why, next_step=step)
        elif problem := field_problem(found, every.get(found.name)):
            source.note(at, problem[0], next_step=problem[1])


def _step_problem(name: str, before: Sequence[str], every: Sequence[str]) -> tuple[str, str, str]:
    """Return what is wrong with a step's name in an expression: what, why, and what to write."""
    if name in every:
        return (f"the expression uses the step `{name}`", "it may not have run by then", f"add `{name}` to `needs`")
    dashed = next((each for each in every if each.startswith(f"{name}-")), None)
    if dashed:
        return (f"there is no step `{visible_line(name)}`", "", f'write `steps["{dashed}"]`')
    near = nearest(name, every)
    hint = f"did you mean `{near}`?" if near else f"steps before it are {', '.join(before) or 'none'}"
    return (f"there is no step `{visible_line(name)}`", "", hint)


def _expressions(source: Source, index: int, step: WorkflowStep) -> Iterator[tuple[Path, str, frozenset[str]]]:
    """Give every expression of a step with its place and the names it may see."""
    at: Path = ("steps", index)
    every = ROOTS if step.for_each else ROOTS - {"item"}
    now = every - {"steps"}
    yield from _choosing(at, step, every)
    with_ = "http" if "http" in source.written(at) else "with"
    yield from _values((*at, with_), {name: each for name, each in step.input.items() if name != "machine"}, every)
    if step.undo is not None:
        yield from _values((*at, "undo", "with"), step.undo.input, now)
    for name, values in (step.among or {}).items():
        yield from _values((*at, "among", name), list(values), now)
    for inner, text in _sentences(step):
        for found in WITHIN.findall(text):
            yield (*at, *inner), found, now


def _choosing(at: Path, step: WorkflowStep, every: frozenset[str]) -> Iterator[tuple[Path, str, frozenset[str]]]:
    """Give the expressions that say whether, where and for what a step is done."""
    now = every - {"steps"}
    if step.when:
        yield (*at, "when"), step.when, every
    if isinstance(step.for_each, str):
        yield (*at, "forEach"), step.for_each, now - {"item"}
    if step.on is not None:
        if step.on.where:
            yield (*at, "on", "where"), step.on.where, frozenset({"inputs", "machine", "facts"})
        for text in filter(None, map(reference, step.on.machines)):
            yield (*at, "on"), text, _FIRST
    machine = reference(step.input.get("machine"))
    if machine is not None:
        yield (*at, "on"), machine, (now - {"machine", "facts"})


def _sentences(step: WorkflowStep) -> Iterator[tuple[Path, str]]:
    """Give every readable line and every sentence for people, in which values may stand."""
    yield ("until",), step.until
    yield from ((("verify", place), line) for place, line in enumerate(step.verify))
    if step.inquiry is not None:
        yield ("ask", "text"), step.inquiry.text
    if step.wait is not None:
        yield ("wait", "condition"), step.wait.condition
        yield ("wait", "subject"), step.wait.subject
    if step.task is not None:
        yield from ((("physical", "instructions", place), each) for place, each in enumerate(step.task.instructions))
        yield from ((("physical", "proof", place), each) for place, each in enumerate(step.task.proof))
        yield ("physical", "part"), step.task.part


def _values(at: Path, value: Any, names: frozenset[str]) -> Iterator[tuple[Path, str, frozenset[str]]]:
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from _values((*at, key), each, names)
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[Any]", value)):
            yield from _values((*at, place), each, names)
    elif (text := reference(value)) is not None:
        yield at, text, names


def _lost(at: Path, value: Any) -> Iterator[Path]:
    """Give places of texts that only hold an expression, where nobody would put its value."""
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from _lost((*at, key), each)
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[Any]", value)):
            yield from _lost((*at, place), each)
    elif isinstance(value, str) and reference(value) is None and _is_lost(value):
        yield at


def _is_lost(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_LOST, _BRACES, _OTHER))


def check_calls(source: Source, workflow: Workflow, workflows: Collection[str]) -> None:
    """Note every other workflow that is called and is not there."""
    for index, step in enumerate(workflow.steps):
        if step.workflow and step.workflow not in workflows:
            near = nearest(step.workflow, workflows)
            hint = f"did you mean `{near}`?" if near else "see `steward workflow ls`"
            what = f"there is no workflow `{visible_line(step.workflow)}`"
            source.note(("steps", index, "workflow"), what, next_step=hint)


def check_pictures(source: Source, workflow: Workflow, problem: Callable[[str], StewardError | None]) -> None:
    """Note every picture that is not there or cannot be shown."""
    for index, step in enumerate(workflow.steps):
        wrong = problem(step.task.picture) if step.task and step.task.picture else None
        if wrong is not None:
            source.note(("steps", index, "physical", "picture"), wrong.what, why=wrong.why, next_step=wrong.next_step)


def check_lines(source: Source, workflow: Workflow, check_line: Callable[[str], InvalidInput | None]) -> None:
    """Note every readable line that cannot be asked; one in which values stand is asked about when they are known."""
    lines: list[tuple[Path, str]] = [
        *((("preflight", place), line) for place, line in enumerate(workflow.preflight)),
        *((("invariants", place), line) for place, line in enumerate(workflow.invariants)),
    ]
    for index, step in enumerate(workflow.steps):
        lines += [
            (("steps", index, *inner), text)
            for inner, text in _sentences(step)
            if inner[0] in {"until", "verify"} or inner[-1] == "condition" or "proof" in inner
        ]
    for at, line in lines:
        problem = check_line(line) if line and not WITHIN.search(line) else None
        if problem is not None:
            where = problem.where.partition(" of ")[0] if problem.where.startswith("column") else ""
            step = problem.next_step or "docs/reference/measures.md lists what can be measured"
            source.note(at, f"this line cannot be asked: {problem.what}", why=where, next_step=step)


def uses(text: str, name: str) -> bool:
    """Tell whether an expression uses one of the top-level names; one that cannot be read uses none."""
    try:
        return name in names_in(text)
    except ExpressionError:
        return False
