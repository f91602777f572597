"""How each step of a run stands, and whether the run can be put back: read from what was written down of it.

pending ─> running ─┬─> done ─────> rolled_back
waiting (a person)  ├─> failed      (may be put back too)
skipped             └─> unknown
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from steward.lib.record import record
from steward.model.command import Outcome
from steward.model.plan import Plan, PlanStep
from steward.model.run import ENDED, Run, RunState


class StepState(StrEnum):
    """How one step stands."""

    PENDING = "pending"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ROLLED_BACK = "rolled_back"
    SKIPPED = "skipped"


class UndoState(StrEnum):
    """Whether what a run did can be put back."""

    NOTHING = "nothing"
    READY = "ready"
    LOST = "lost"
    DONE = "done"
    OPEN = "open"


@record
class StepEnding:
    """What is known of one action, without what it printed."""

    run: str
    """The run."""
    step: str
    """Id of the plan step."""
    key: str
    """Idempotency key."""
    is_undo: bool
    """Whether it puts something back."""
    is_started: bool
    """False when it is certain that the program never started."""
    outcome: Outcome | None
    """How it came out; None while it is not known to have ended."""


_BEFORE = frozenset({RunState.PROPOSED, RunState.WAITING})
_UNDOABLE = frozenset({RunState.VERIFIED, RunState.PARTIAL, RunState.UNVERIFIED, RunState.CANCELLED, RunState.FAILED})
"""How a run must have ended so that its undo can be planned."""
_OUTCOMES = {Outcome.OK: StepState.DONE, Outcome.FAILED: StepState.FAILED, Outcome.UNKNOWN: StepState.UNKNOWN}


def step_state(run: Run, step: PlanStep, endings: Sequence[StepEnding]) -> StepState:
    """Tell how a step stands."""
    own = next((each for each in reversed(endings) if each.step == step.id and not each.is_undo), None)
    if own is None:
        if run.state in _BEFORE:
            return StepState.WAITING
        return StepState.SKIPPED if run.state in ENDED else StepState.PENDING
    if own.outcome is None:
        return StepState.UNKNOWN if run.state in ENDED else StepState.RUNNING
    if own.outcome is Outcome.OK and is_back(step, endings):
        return StepState.ROLLED_BACK
    return _OUTCOMES[own.outcome]


def is_back(step: PlanStep, endings: Sequence[StepEnding]) -> bool:
    """Tell whether everything that puts a step back has ended well."""
    undone = {each.key for each in endings if each.is_undo and each.outcome is Outcome.OK}
    return bool(step.undo.actions) and all(action.key in undone for action in step.undo.actions)


def undo_state(run: Run, plan: Plan, endings: Sequence[StepEnding]) -> UndoState:
    """Tell whether a run can be put back; `open` while that cannot be said yet."""
    if run.state is RunState.ROLLED_BACK:
        return UndoState.DONE
    if run.state is RunState.ROLLBACK_FAILED:
        return UndoState.LOST
    if run.state not in ENDED or run.state is RunState.UNKNOWN:
        return UndoState.OPEN
    acted = {each.step for each in endings if not each.is_undo and each.outcome is Outcome.OK}
    undos = [step.undo for step in plan.steps if step.id in acted]
    if not all(undo.is_possible for undo in undos):
        return UndoState.LOST
    can_be = run.state in _UNDOABLE and any(undo.actions for undo in undos)
    return UndoState.READY if can_be else UndoState.NOTHING
