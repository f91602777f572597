"""Triggers without writing YAML: a schedule from the command line, and an example file of each kind to change."""

from __future__ import annotations

import json
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.trigger_files import path_of
from steward.core.trigger_text import NAME
from steward.core.workflow_wishes import inputs_of
from steward.engines.triggers.writing import AddInput, KeptTrigger, add, preview_add
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, InvalidInput
from steward.model.risk import Risk, Strength

_WAYS = ("cron", "every", "daily_at", "calendar", "once")
_STARTABLE = ("workflow", "goal", "command")


@record
class ExampleInput:
    """Print an example file of one kind of trigger, with remarks: change it, check it, then add it."""

    kind: str
    """What starts it: `schedule`, `ping`, `hook`, `event`, `files`, and what else `trigger check` knows."""


@record
class ExampleText:
    """An example."""

    text: str
    """The file."""


@record
class ScheduleInput:
    """Start something by time: write the trigger's file for you and keep it, after its work passed the gate.

    Say when with exactly one of --every, --daily-at, --cron, --calendar and --once, and what with one of --workflow,
    --goal and --command. Everything else a trigger can have is in its file: `steward trigger new schedule`.
    """

    name: str
    """Name of the trigger, `[a-z0-9-]`."""
    every: str = ""
    """Interval: `15m`, `6h`, `2d`."""
    daily_at: str = ""
    """Times of the day: `05:30`, or several: `08:00,20:00`."""
    cron: str = ""
    """Five or six fields of cron, or `@daily`."""
    calendar: str = ""
    """systemd's OnCalendar: `Mon..Fri 05:30`."""
    once: str = ""
    """One moment: `2030-03-01 02:30`."""
    zone: str = ""
    """Time zone, `Europe/Berlin`; empty: Steward's own."""
    workflow: str = ""
    """Workflow to start."""
    goal: str = ""
    """Goal to run."""
    command: str = ""
    """Operation to propose: `unit.restart`."""
    input: tuple[str, ...] = ()
    """What that is given, as `NAME=VALUE`; may be given several times."""
    says: str = ""
    """What it is for."""
    missed: str = ""
    """What becomes of times that passed while nobody could start them: `once`, `all`, `skip`, `ask`."""


async def example(desk: Desk, given: ExampleInput) -> ExampleText:
    """Print one."""
    kinds = desk.triggers.words.kinds
    if given.kind not in kinds:
        near = nearest(given.kind, kinds)
        step = f"did you mean `{near}`?" if near else f"kinds are {', '.join(kinds)}"
        raise InvalidInput(f"there is no kind of trigger `{visible_line(given.kind)}`", next_step=step)
    return ExampleText(text=kinds[given.kind].example)


async def schedule(desk: Desk, given: ScheduleInput) -> KeptTrigger:
    """Keep a schedule."""
    return await add(desk, _file_of(desk, given))


async def preview_schedule(desk: Desk, given: ScheduleInput) -> str:
    """Say what would be committed, with its text."""
    file = _file_of(desk, given)
    return f"{await preview_add(desk, file)}\n\n{file.text}"


def _file_of(desk: Desk, given: ScheduleInput) -> AddInput:
    if not NAME.fullmatch(given.name):
        step = "use lower-case letters, digits and dash, beginning with a letter or digit"
        raise InvalidInput(f"`{visible_line(given.name)}` cannot be a name", next_step=step)
    if desk.triggers.text_of(given.name):
        step = f"change {path_of(given.name)} and `steward trigger add` it, or take another name"
        raise Conflict(f"there is a trigger `{given.name}`", next_step=step)
    return AddInput(what=path_of(given.name), text=_text(given))


def _text(given: ScheduleInput) -> str:
    when = _one_of(given, _WAYS, "say when, with exactly one of --every, --daily-at, --cron, --calendar and --once")
    what = _one_of(given, _STARTABLE, "say what it starts, with exactly one of --workflow, --goal and --command")
    inputs = inputs_of(given.input, None)
    lines = [
        "kind: schedule",
        *([f"says: {_quoted(given.says)}"] if given.says else []),
        "schedule:",
        f"  {'dailyAt' if when == 'daily_at' else when}: {_quoted(str(getattr(given, when)))}",
        *([f"  zone: {_quoted(given.zone)}"] if given.zone else []),
        "starts:",
        f"  {what}: {_quoted(str(getattr(given, what)))}",
        *(["  with:"] if inputs else []),
        *(f"    {_quoted(name)}: {_quoted(_typed(value))}" for name, value in inputs.items()),
        *([f"missed: {_quoted(given.missed)}"] if given.missed else []),
    ]
    return "\n".join(lines) + "\n"


def _one_of(given: ScheduleInput, names: tuple[str, ...], step: str) -> str:
    said = [name for name in names if getattr(given, name)]
    if len(said) != 1:
        raise InvalidInput("that is too much" if said else "something is missing", next_step=step)
    return said[0]


def _typed(value: Any) -> Any:
    """Return a number, a list or true and false as such; everything else is text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


COMMANDS = (
    CommandSpec(
        name="trigger.new",
        right=Right.READ,
        input=ExampleInput,
        output=ExampleText,
        handler=example,
        risk=Risk.READ,
        examples=(
            Example(line="trigger new ping", does="Print an example of a trigger that expects signs of life"),
            Example(line="trigger new files", does="Print one that files things away; redirect it into NAME.yaml"),
        ),
    ),
    CommandSpec(
        name="trigger.schedule",
        right=Right.GOVERN,
        input=ScheduleInput,
        output=KeptTrigger,
        handler=schedule,
        preview=preview_schedule,
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        undo="steward trigger rm NAME",
        verify="steward trigger show NAME",
        examples=(
            Example(
                line='trigger schedule look --daily-at "07:00" --goal health-check', does="Run a goal every morning"
            ),
            Example(
                line="trigger schedule look --every 6h --goal health-check --dry-run",
                does="Show the file and whether each run would be asked",
            ),
        ),
    ),
)
