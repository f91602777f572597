"""What expressions see of a machine and of the steps before: which fields there are, and what a wrong one means."""

from __future__ import annotations

from collections.abc import Sequence

from steward.core.workflow_references import Reference
from steward.lib.text import nearest, visible_line
from steward.model.workflow import StepKind, WorkflowStep

MACHINE = ("name", "address", "transport", "autonomy", "groups", "labels")
"""Fields of `machine`."""
_EVERY = ("ok", "state", "results")
_ACTED = (*_EVERY, "exit_code", "output", "outputs", "machine")
_HELD = (*_EVERY, "answer")


def field_problem(found: Reference, step: WorkflowStep | None) -> tuple[str, str] | None:
    """Return what is wrong with the fields an expression takes, and what to write; None where nothing is known to be.

    Fields whose names only the run knows are left to it.
    """
    if found.root == "machine":
        return _unless(found.name, MACHINE, "machine")
    if found.root != "steps" or step is None or step.kind is StepKind.WORKFLOW or not found.path:
        return None
    known = _ACTED if step.kind is StepKind.COMMAND else _HELD
    name, *rest = found.path
    if problem := _unless(name, known, f"steps.{found.name}"):
        return problem
    declared = _declared(step).get(name)
    if declared is None or not rest:
        return None
    return _unless(rest[0], declared, f"steps.{found.name}.{name}")


def _declared(step: WorkflowStep) -> dict[str, Sequence[str]]:
    """Return the names that `outputs` and `answer` of a step have."""
    answers = [field.name for field in step.inquiry.fields] if step.inquiry else []
    return {"outputs": [output.name for output in step.outputs], "answer": answers}


def _unless(name: str, known: Sequence[str], whose: str) -> tuple[str, str] | None:
    if not name or name in known:
        return None
    near = nearest(name, known)
    hint = f"did you mean `{whose}.{near}`?" if near else f"there are {', '.join(known) or 'none: declare it first'}"
    return f"`{whose}` has no `{visible_line(name)}`", hint
