"""Source text of work: what a person writes, a fix proposes, a model may suggest. `core.compile` makes it a plan.

    text ──read──> Workflow ──expand(inputs, inventory, facts)──> flat steps and holds ──compile──> Plan

Wherever a value may be given, a text that is wholly `${ ... }` is an expression (CEL) whose typed value takes its
place. Expressions see `inputs`, `machine`, `item` and `facts` while the plan is made; what sees `steps` is known only
at run time and is bound by a domain that the approver has seen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from steward.lib.record import record
from steward.model.flow import OnFailure, Output, Retry, StepFlow
from steward.model.hold import Inquiry, Task, Wait


class StepKind(StrEnum):
    """What a step is."""

    COMMAND = "command"
    """An operation of the catalogue, on machines."""
    ASK = "ask"
    """A question to a person."""
    PHYSICAL = "physical"
    """Something a person does with their hands, proven by probes."""
    WAIT = "wait"
    """A pause: a time, a condition or an event."""
    WORKFLOW = "workflow"
    """The steps of another workflow."""


class InputKind(StrEnum):
    """What type an input is of."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MACHINE = "machine"
    """Name of a machine of the inventory."""
    LIST = "list"
    """Texts."""
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    """A reference `secret://NAME`; the value itself is never an input."""


@record
class WorkflowInput:
    """One value that whoever starts the workflow gives."""

    name: str
    """Name, `[a-z][a-z0-9_]*`."""
    kind: InputKind = InputKind.TEXT
    """Its type (`type` in YAML)."""
    says: str = ""
    """What it is for."""
    default: Any = None
    """Taken when nothing is given; None: it must be given."""
    choices: tuple[str, ...] = ()
    """The only values allowed; empty for any."""


@record
class Targets:
    """Machines a step is done on (`on` in YAML, where a single name will do); all that are said must fit."""

    machines: tuple[str, ...] = ()
    """Names, or expressions that give one."""
    groups: tuple[str, ...] = ()
    """Every machine of one of these groups."""
    has: tuple[str, ...] = ()
    """Every machine with all of these capabilities."""
    where: str = ""
    """Expression over `machine` and `facts` that must be true."""
    batch: int = 0
    """How many at once; 0: all."""
    stop_after: int = 1
    """Failures after which nothing more begins; fewer are put back where they happened, and the others go on."""


@record
class OwnUndo:
    """How a step is put back where the command's own way is not wanted."""

    command: str
    """Operation that puts it back."""
    input: dict[str, Any]
    """Its input (`with` in YAML); the machine is the step's."""


@record
class WorkflowStep:
    """One step."""

    id: str
    """Short name, unique in the workflow."""
    command: str = ""
    """For a command: name of an operation of the catalogue."""
    input: dict[str, Any]
    """Its input (`with` in YAML); for a sub-workflow, what it is given."""
    needs: tuple[str, ...] = ()
    """Steps that must have succeeded before; steps that need nothing of each other may run side by side."""
    after: tuple[str, ...] = ()
    """Steps that must have ended before, however they ended."""
    timeout_seconds: int | None = None
    """Deadline; None takes the command's own."""
    kind: StepKind = StepKind.COMMAND
    """What it is."""
    on: Targets | None = None
    """Machines, for a step that is done on several; None: the one in `input`."""
    for_each: str | tuple[str, ...] = ()
    """List, or an expression that gives one: the step is done for each `item`."""
    when: str = ""
    """Expression; where it is false the step is skipped."""
    until: str = ""
    """Readable line that must come true after the step, within its timeout: `[UNIT nginx.service] == "active"`."""
    retry: Retry | None = None
    """How often a step that failed is tried again."""
    undo: OwnUndo | None = None
    """Another way back than the command's own."""
    verify: tuple[str, ...] = ()
    """Readable lines that must hold afterwards, besides the command's own proof."""
    outputs: tuple[Output, ...] = ()
    """Typed values taken from what it prints."""
    among: dict[str, tuple[Any, ...]] | None = None
    """For each field of `with` that is known only at run time: every value the approver agrees to."""
    on_failure: OnFailure = OnFailure.UNDO
    """What becomes of the run when it fails."""
    inquiry: Inquiry | None = None
    """A question to a person; without `fields` the answer is yes or no."""
    task: Task | None = None
    """Something done by hand, which ends by itself once its `proof` lines hold."""
    wait: Wait | None = None
    """A pause: a span, a time, a readable line that comes true, or an event."""
    workflow: str = ""
    """For a sub-workflow: its name."""
    flow: StepFlow | None = None
    """Set by expanding: how it hangs together with the other flat steps."""


@record
class Workflow:
    """A titled list of steps."""

    name: str
    """Short name, `[a-z0-9-]`."""
    title: str = ""
    """What it does, verb first; empty: what its one step says."""
    goal: str = ""
    """Why: what will be true afterwards; empty when it was just asked for."""
    inputs: tuple[WorkflowInput, ...] = ()
    """What whoever starts it gives."""
    preflight: tuple[str, ...] = ()
    """Readable lines that must hold before anything is done."""
    steps: tuple[WorkflowStep, ...]
    """At least one."""
    invariants: tuple[str, ...] = ()
    """Readable lines that must hold before, and still or again at the end."""
    on_failure: OnFailure = OnFailure.UNDO
    """What becomes of what was done when the run fails: `undo` or `keep`."""
    finding: str | None = None
    """Finding it is to cure; None when a person asked for it."""
