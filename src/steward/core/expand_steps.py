"""The parts a workflow comes to: flat steps and holds, each with its place in the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise, product
from typing import Any, cast

from steward.core.walk import NAMES
from steward.core.workflow_check import uses
from steward.core.workflow_references import settled
from steward.core.workflow_values import Known
from steward.core.workflow_words import slugs
from steward.lib.expression import ExpressionError, compiled, evaluate, reference
from steward.lib.text import age, visible_line
from steward.model.errors import InvalidInput
from steward.model.flow import Choice, OnFailure, StepFlow
from steward.model.hold import Hold, HoldKind, Inquiry, Task, Wait
from steward.model.ids import MachineId
from steward.model.probe import Probe
from steward.model.shown import SHELL_COMMAND
from steward.model.workflow import OwnUndo, WorkflowStep

MOST_VARIANTS = 16
"""Most values agreed to for one step."""
_LONGEST_SAYING = 120
_LONGEST_TOLD = 200
"""Longest value that a machine names and a person is asked to agree to."""

StepsOf = Callable[[str], Mapping[str, str]]
"""Returns the flat steps that an expression means by a step's name, by lane."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where in the whole something is expanded."""

    known: Known
    """What expressions see."""
    callers: tuple[str, ...]
    """Workflows from the outermost to this one."""
    path: tuple[str, ...] = ()
    """Steps that lead here."""
    lanes: tuple[str, ...] = ()
    """Machines and items that lead here."""
    needs: tuple[str, ...] = ()
    """What everything here waits for."""
    after: tuple[str, ...] = ()
    """What must have ended before anything here."""
    when: str = ""
    """Condition of everything here that is asked at run time."""
    block: str = ""
    """Fan-out it belongs to."""
    tolerated: int = 0
    """Lanes of that which may fail."""
    steps: StepsOf | None = None
    """Names of steps, for expressions that are asked at run time."""
    results: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What is known of steps that an earlier run did."""

    @property
    def id(self) -> str:
        """Name of what is here."""
        return ".".join((*self.path, *self.lanes))

    def origin(self, step: str) -> str:
        """Return the name of a step as it is written, through the steps that lead to it."""
        return ".".join((*self.path, step))

    def within(self, step: WorkflowStep, known: Known, lane: str, block: str) -> Scope:
        """Return the scope of one lane of a step; the outermost fan-out is the one that counts failures."""
        inner = replace(
            self, known=known, path=(*self.path, step.id), lanes=(*self.lanes, lane) if lane else self.lanes
        )
        allowed = step.on.stop_after - 1 if step.on else 0
        if not block or self.block:
            if allowed and self.block:
                what = "`stopAfter` within a fan-out has no meaning: the outer one counts failures"
                raise InvalidInput(what, where=known.place, next_step="drop it")
            return inner
        return replace(inner, block=self.origin(block), tolerated=allowed)


@dataclass(frozen=True, kw_only=True)
class Flat:
    """One flat step or hold."""

    id: str
    """Its name."""
    needs: tuple[str, ...]
    """What must have succeeded before."""
    after: tuple[str, ...] = ()
    """What must have ended before."""
    step: WorkflowStep | None = None
    """The step, or None."""
    hold: Hold | None = None
    """The hold, or None."""
    told: str = ""
    """What is planned for a value that a machine named and nobody agreed to, in one line; empty for none."""

    def as_step(self) -> WorkflowStep | None:
        """Return the step, if it is one, with what it follows."""
        if self.step is None:
            return None
        flow = replace(self.step.flow or StepFlow(), after=self.after)
        return replace(self.step, needs=self.needs, flow=None if flow == StepFlow() else flow)

    def as_hold(self) -> Hold | None:
        """Return the hold, if it is one, with what it follows."""
        return replace(self.hold, needs=self.needs, after=self.after) if self.hold else None


def with_batches(flats: Mapping[str, Flat], blocks: Sequence[Sequence[Sequence[str]]]) -> Mapping[str, Flat]:
    """Let what a later batch begins with come after everything the one before ends with.

    A batch of which nothing is left to do stands between no two others.
    """
    found = dict(flats)
    left = [[[name for name in batch if name in flats] for batch in block] for block in blocks]
    for before, then in (pair for block in left for pair in pairwise(filter(None, block))):
        needed = {need for name in before for need in found[name].needs}
        ends = tuple(name for name in before if name not in needed)
        for name in then:
            flat = found[name]
            if not set(flat.needs) & set(then):
                found[name] = replace(flat, after=tuple(dict.fromkeys((*flat.after, *ends))))
    return found


def flat_steps(step: WorkflowStep, scope: Scope) -> tuple[Flat, ...]:
    """Return the step for each value agreed to, ready to be planned; one where everything is known.

    Raises:
        InvalidInput: something in it is known only at run time, and nothing says what it may be.
    """
    known = scope.known
    if known.machine is None:
        raise InvalidInput("the step names no machine", where=known.place, next_step="add `on: MACHINE`")
    written = {name: value for name, value in step.input.items() if name != "machine"}
    late = dict(_late(written))
    _refuse_nested(written, late, known)
    for name in step.among or {}:
        if name not in late:
            what = f"`among.{visible_line(name)}` is for no value that is known only at run time"
            raise InvalidInput(what, where=known.place, next_step="drop it")
    early = {name: known.value(value) for name, value in written.items() if name not in late}
    domains = {name: _agreed(step, name, text, scope) for name, text in late.items()}
    variants = list(product(*(domain for domain, _ in domains.values())))
    told = "; ".join(said for _, said in domains.values() if said)
    if len(variants) > MOST_VARIANTS:
        what = f"the step would be planned for {len(variants)} values, more than {MOST_VARIANTS}"
        raise InvalidInput(what, where=known.place, next_step="agree to fewer values in `among`")
    words = slugs(["-".join(map(str, chosen)) for chosen in variants]) if late else [""]
    flats: list[Flat] = []
    for word, chosen in zip(words, variants, strict=True):
        choices = tuple(
            Choice(expression=_settled(text, scope), value=value, domain=tuple(domains[name][0]))
            for (name, text), value in zip(late.items(), chosen, strict=True)
        )
        given = {**early, **dict(zip(late, chosen, strict=True)), "machine": known.machine.id}
        flat_id = ".".join(filter(None, (scope.id, word)))
        planned = _flat(step, flat_id, given, choices, scope)
        flats.append(Flat(id=flat_id, needs=scope.needs, after=scope.after, step=planned, told=told))
    return tuple(flats)


def flat_hold(step: WorkflowStep, scope: Scope, probe: Callable[[str, MachineId | None, int], Probe]) -> Flat:
    """Return the hold that a step comes to."""
    known = scope.known
    machine = known.machine.id if known.machine else None
    task = _task(step.task, known) if step.task else None
    wait = _wait(step.wait, known) if step.wait else None
    inquiry = replace(step.inquiry, text=known.sentence(step.inquiry.text)) if step.inquiry else None
    lines = (*(task.proof if task else ()), *((wait.condition,) if wait and wait.condition else ()))
    hold = Hold(
        id=scope.id,
        kind=HoldKind(step.kind.value),
        says=_saying(inquiry, task, wait),
        origin=_origin(scope.id, scope),
        when=scope.when,
        block=scope.block,
        lane=_lane(scope),
        tolerated=scope.tolerated,
        machine=machine,
        inquiry=inquiry,
        task=task,
        wait=wait,
        proofs=tuple(probe(line, machine, 0) for line in lines),
    )
    return Flat(id=scope.id, needs=scope.needs, after=scope.after, hold=hold)


def _flat(
    step: WorkflowStep, flat_id: str, given: dict[str, Any], choices: tuple[Choice, ...], scope: Scope
) -> WorkflowStep:
    known = scope.known
    undo = OwnUndo(command=step.undo.command, input=known.value(dict(step.undo.input))) if step.undo else None
    is_alone = step.on_failure is OnFailure.CONTINUE and not scope.block
    block, lane = (flat_id, flat_id) if is_alone else (scope.block, _lane(scope))
    flow = StepFlow(
        origin=_origin(flat_id, scope),
        when=scope.when,
        retry=step.retry,
        choices=choices,
        outputs=step.outputs,
        block=block,
        lane=lane,
        tolerated=scope.tolerated,
        on_failure=step.on_failure,
    )
    return WorkflowStep(
        id=flat_id,
        command=step.command,
        input=given,
        timeout_seconds=step.timeout_seconds,
        until=known.line(step.until),
        undo=undo,
        verify=tuple(known.line(line) for line in step.verify),
        flow=flow,
    )


def _lane(scope: Scope) -> str:
    """Return the name of a lane that no other fan-out has: a run puts a lane back by its name alone."""
    return f"{scope.block}.{scope.lanes[0]}" if scope.block else ""


def _origin(flat_id: str, scope: Scope) -> str:
    origin = ".".join(scope.path)
    return "" if origin == flat_id else origin


def _late(written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the fields whose whole value is known only at run time, with their expressions."""
    for name, value in written.items():
        text = reference(value)
        if text is not None and uses(text, "steps"):
            yield name, text


def _refuse_nested(written: Mapping[str, Any], late: Mapping[str, str], known: Known) -> None:
    for name, value in written.items():
        if name not in late and any(uses(text, "steps") for text in _expressions(value)):
            what = f"`with.{visible_line(name)}` holds a value that is known only at run time"
            step = "make the whole field one expression, and list in `among` what it may be"
            raise InvalidInput(what, where=known.place, next_step=step)


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _expressions(each)
    elif isinstance(value, list | tuple):
        for each in cast("list[Any]", value):
            yield from _expressions(each)
    elif (text := reference(value)) is not None:
        yield text


def _domain(step: WorkflowStep, name: str, known: Known) -> list[Any]:
    """Return every value that is agreed to for a field."""
    written = (step.among or {}).get(name)
    if written is None:
        what = f"`with.{visible_line(name)}` is known only at run time"
        why = "whoever approves the plan must see every value it may have"
        raise InvalidInput(what, where=known.place, why=why, next_step=f"add `among: {{{name}: [...]}}`")
    values: list[Any] = []
    for each in written:
        found = known.value(each)
        is_list = reference(each) is not None and isinstance(found, list)
        values += found if is_list else [found]
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _agreed(step: WorkflowStep, name: str, text: str, scope: Scope) -> tuple[list[Any], str]:
    """Return every value a field may have, and what to tell of it.

    Where an earlier run found out the value, and it is none of those agreed to, it is the only one: whoever approves
    the plan sees it, and agrees to just that.
    """
    agreed = _domain(step, name, scope.known)
    try:
        value: Any = evaluate(compiled(_settled(text, scope), NAMES), {"steps": dict(scope.results), "inputs": {}})
    except ExpressionError:  # what it is about is not known yet
        return agreed, ""
    if value in agreed:
        return agreed, ""
    if step.command == SHELL_COMMAND or not _is_plain(value):
        what = f"`with.{visible_line(name)}` came to be something that nobody can agree to"
        why = "a program is never taken from what a machine says" if step.command == SHELL_COMMAND else "it is no word"
        raise InvalidInput(what, where=scope.known.place, why=why, next_step=f"list what it may be in `among.{name}`")
    shown = visible_line(json.dumps(value, ensure_ascii=False))
    return [value], f"`{scope.id}`: `{name}` is {shown}, as a machine said and nobody had agreed to before: asked anew"


def _is_plain(value: object) -> bool:
    """Tell whether a value is one that a person can read whole on a card."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_TOLD and visible_line(value) == value and value == value.strip()
    return isinstance(value, bool | int | float)


def _settled(text: str, scope: Scope) -> str:
    if uses(text, "facts"):
        what = "facts and results of steps cannot be in one expression"
        raise InvalidInput(
            what, where=scope.known.place, why=f"`{visible_line(text)}`", next_step="make two steps of it"
        )
    return settled(text, values=scope.known.settled(), steps=scope.steps or _no_steps)


def _no_steps(_name: str) -> Mapping[str, str]:
    return {}


def _task(task: Task, known: Known) -> Task:
    return replace(
        task,
        instructions=tuple(known.sentence(each) for each in task.instructions),
        part=known.sentence(task.part),
        proof=tuple(known.line(each) for each in task.proof),
    )


def _wait(wait: Wait, known: Known) -> Wait:
    return replace(wait, condition=known.line(wait.condition), subject=known.sentence(wait.subject))


def _saying(inquiry: Inquiry | None, task: Task | None, wait: Wait | None) -> str:
    """Say in one line what is waited for."""
    if inquiry is not None:
        return _short(f"Ask: {_unmarked(inquiry.text.strip().splitlines()[0])}")
    if task is not None:
        return _short(f"By hand: {_unmarked(task.instructions[0])}")
    return "Wait" if wait is None else _short(_wait_saying(wait))


def _wait_saying(wait: Wait) -> str:
    if wait.seconds:
        return f"Wait {age(timedelta(seconds=wait.seconds))}"
    if wait.until:
        return f"Wait until {wait.until}"
    longest = age(timedelta(seconds=wait.longest_seconds))
    if wait.condition:
        return f"Wait at most {longest} until {wait.condition}"
    about = f" about {wait.subject}" if wait.subject else ""
    return f"Wait at most {longest} for {wait.event}{about}"


def _unmarked(text: str) -> str:
    """Take the stars of Markdown away: one line is shown as it is."""
    return text.replace("**", "")


def _short(text: str) -> str:
    line = visible_line(text)
    return line if len(line) <= _LONGEST_SAYING else f"{line[: _LONGEST_SAYING - 1]}…"
