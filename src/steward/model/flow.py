"""How the steps of a plan hang together beyond what needs what; bound by the approval like everything of a plan.

A plan whose steps just follow each other has none of this.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from steward.lib.record import record
from steward.model.command import Command
from steward.model.hold import Hold
from steward.model.probe import Probe
from steward.model.resumed import Resumed


class OnFailure(StrEnum):
    """What becomes of a run when a step fails."""

    UNDO = "undo"
    """Everything done is put back."""
    CONTINUE = "continue"
    """The step alone is put back, what needs it is skipped, and the others go on."""
    KEEP = "keep"
    """Nothing more begins and nothing is put back: a person looks."""


class OutputKind(StrEnum):
    """What type a value taken from a step's output is of."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@record
class Output:
    """One typed value taken from what a step prints."""

    name: str
    """Name, `[a-z][a-z0-9_]*`: later expressions see `steps.ID.outputs.NAME`."""
    kind: OutputKind = OutputKind.TEXT
    """Its type; what does not fit makes the step fail."""
    pattern: str = ""
    """Regular expression whose first group is the value; empty: the whole output, trimmed."""
    pointer: str = ""
    """JSON pointer (RFC 6901) into an output that is JSON."""


@record
class Retry:
    """How often a step that failed is tried again; one whose outcome is unknown never is."""

    times: int = 2
    """Tries after the first."""
    wait_seconds: int = 5
    """Pause before the first of them."""
    factor: float = 2.0
    """How much longer each pause is than the one before."""
    most_seconds: int = 300
    """Longest pause."""

    def pause(self, number: int) -> float:
        """Return the seconds before try `number`, counted from 1."""
        return min(self.wait_seconds * self.factor ** (number - 1), float(self.most_seconds))


@record
class Choice:
    """A step that is done only if a value known at run time is the one it was planned for."""

    expression: str
    """Expression over `steps` and `inputs`."""
    value: Any
    """The value this step was planned with."""
    domain: tuple[Any, ...]
    """Every value that was planned and approved; another one ends the run and is asked anew."""


@record
class StepFlow:
    """What a step has beside its effect."""

    origin: str = ""
    """Step of the workflow it came from; empty: itself."""
    after: tuple[str, ...] = ()
    """Steps and holds that must have ended before, however they ended."""
    when: str = ""
    """Expression over `steps` and `inputs`; where it is false the step is skipped."""
    until: Probe | None = None
    """What must come true after it, else it counts as failed."""
    retry: Retry | None = None
    """How often it is tried again."""
    choices: tuple[Choice, ...] = ()
    """Values known at run time it was planned for; it is skipped when one is another of the domain."""
    outputs: tuple[Output, ...] = ()
    """Typed values taken from what it prints."""
    block: str = ""
    """What fans out over machines or items; failures are counted over all lanes of a block."""
    lane: str = ""
    """One machine or item of that: where it fails within what is tolerated, the lane alone is put back."""
    tolerated: int = 0
    """Lanes of the block that may fail before the run does."""
    on_failure: OnFailure = OnFailure.UNDO
    """What becomes of the run when it fails beyond what is tolerated."""
    undone_by: Command | None = None
    """The command it is put back by, where that is not its own way back."""


@record
class Course:
    """What a plan has beside its steps."""

    workflow: str
    """Name of the workflow it was made of."""
    source_hash: str
    """SHA-256 of what it says, sub-workflows included: a run finishes on the version it started with."""
    inputs: dict[str, Any]
    """What was given, defaults filled in; secrets by reference."""
    holds: tuple[Hold, ...] = ()
    """Points at which the run waits, in an order that respects `needs`."""
    preflight: tuple[Probe, ...] = ()
    """What must hold before anything is done."""
    invariants: tuple[Probe, ...] = ()
    """What must hold before, and at the end."""
    on_failure: OnFailure = OnFailure.UNDO
    """What becomes of what was done when the run fails at a hold: `undo` or `keep`; steps say it themselves."""
    notes: tuple[str, ...] = ()
    """What was decided while the plan was made: machines and steps that are left out, and why."""
    origins: tuple[str, ...] = ()
    """Steps of the workflow in the order they are written, for those who draw it."""
    resumed: Resumed | None = None
    """The run it goes on from and what it takes over from it, or None."""
    sources: str = ""
    """SHA-256 under which the store keeps the workflow and those it calls; empty for plans made before it did."""
