"""Source text of work: what a person writes, a fix proposes, a model may suggest. `core.compile` makes it a plan."""

from __future__ import annotations

from typing import Any

from steward.lib.record import record


@record
class WorkflowStep:
    """One step: a command of the catalogue with its input."""

    id: str
    """Short name, unique in the workflow."""
    command: str
    """Name of a catalogue command that changes a machine."""
    input: dict[str, Any]
    """Its input (`with` in YAML)."""
    needs: tuple[str, ...] = ()
    """Steps that must have succeeded before; steps that need nothing of each other may run side by side."""
    timeout_seconds: int | None = None
    """Deadline; None takes the command's own."""


@record
class Workflow:
    """A titled list of steps."""

    name: str
    """Short name, `[a-z0-9-]`."""
    title: str = ""
    """What it does, verb first; empty: what its one step says."""
    goal: str = ""
    """Why: what will be true afterwards; empty when it was just asked for."""
    steps: tuple[WorkflowStep, ...]
    """At least one."""
    finding: str | None = None
    """Finding it is to cure; None when a person asked for it."""
