"""How a step stands follows from what was written down, and nothing is better than it is known to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.model.command import Outcome
from steward.model.plan import PlannedAction, PlannedUndo
from steward.model.run import RunState
from steward.model.step_state import StepEnding, StepState, UndoState, step_state, undo_state
from tests.unit.store import cases

UNDO = PlannedUndo(says="put it back", is_possible=True, actions=(PlannedAction(key="k-undo", argv=("/bin/true",)),))
STEP = replace(cases.STEP, undo=UNDO)
PLAN = replace(cases.plan(), steps=(STEP,))


def ending(outcome, *, is_undo=False):
    key = "k-undo" if is_undo else STEP.action.key
    return StepEnding(run="run-1", step=STEP.id, key=key, is_undo=is_undo, is_started=True, outcome=outcome)


@pytest.mark.parametrize(
    ("state", "endings", "stands"),
    [
        (RunState.WAITING, [], StepState.WAITING),
        (RunState.QUEUED, [], StepState.PENDING),
        (RunState.RUNNING, [], StepState.PENDING),
        (RunState.FAILED, [], StepState.SKIPPED),
        (RunState.DENIED, [], StepState.SKIPPED),
        (RunState.RUNNING, [ending(None)], StepState.RUNNING),
        (RunState.CANCELLED, [ending(None)], StepState.UNKNOWN),
        (RunState.RUNNING, [ending(Outcome.OK)], StepState.DONE),
        (RunState.FAILED, [ending(Outcome.FAILED)], StepState.FAILED),
        (RunState.UNKNOWN, [ending(Outcome.UNKNOWN)], StepState.UNKNOWN),
        (RunState.ROLLED_BACK, [ending(Outcome.OK), ending(Outcome.OK, is_undo=True)], StepState.ROLLED_BACK),
        (RunState.ROLLBACK_FAILED, [ending(Outcome.OK), ending(Outcome.FAILED, is_undo=True)], StepState.DONE),
        (RunState.ROLLED_BACK, [ending(Outcome.FAILED), ending(Outcome.OK, is_undo=True)], StepState.FAILED),
    ],
)
def test_how_a_step_stands(state, endings, stands):
    assert step_state(cases.run(1, state), STEP, endings) is stands


@pytest.mark.parametrize(
    ("state", "endings", "stands"),
    [
        (RunState.RUNNING, [ending(Outcome.OK)], UndoState.OPEN),
        (RunState.UNKNOWN, [ending(Outcome.UNKNOWN)], UndoState.OPEN),
        (RunState.VERIFIED, [ending(Outcome.OK)], UndoState.READY),
        (RunState.FAILED, [ending(Outcome.FAILED)], UndoState.NOTHING),
        (RunState.ROLLED_BACK, [ending(Outcome.OK), ending(Outcome.OK, is_undo=True)], UndoState.DONE),
        (RunState.ROLLBACK_FAILED, [ending(Outcome.OK)], UndoState.LOST),
        (RunState.DENIED, [], UndoState.NOTHING),
    ],
)
def test_whether_a_run_can_be_put_back(state, endings, stands):
    assert undo_state(cases.run(1, state), PLAN, endings) is stands


def test_what_has_no_way_back_cannot_be_put_back():
    lost = replace(STEP, undo=PlannedUndo(says="it is gone", is_possible=False))
    plan = replace(PLAN, steps=(lost,))
    assert undo_state(cases.run(1, RunState.VERIFIED), plan, [ending(Outcome.OK)]) is UndoState.LOST
