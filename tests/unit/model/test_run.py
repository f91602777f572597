"""The diagram of a run."""

from __future__ import annotations

import pytest

from steward.model.run import ENDED, JOB_STATES, TRANSITIONS, RunState, may_become


def reachable(start: RunState) -> set[RunState]:
    seen, left = set(), [start]
    while left:
        state = left.pop()
        seen.add(state)
        left += [then for then in TRANSITIONS.get(state, ()) if then not in seen]
    return seen


def test_every_state_is_reached_from_a_proposal():
    assert reachable(RunState.PROPOSED) == set(RunState)


@pytest.mark.parametrize("state", sorted(set(RunState) - ENDED))
def test_no_state_is_a_trap(state: RunState):
    assert reachable(state) & ENDED


@pytest.mark.parametrize("state", sorted(ENDED - {RunState.UNKNOWN}))
def test_nothing_leaves_an_end(state: RunState):
    assert not any(may_become(state, then) for then in RunState)


def test_no_run_begins_anew_or_skips_the_queue():
    assert [state for state in RunState if may_become(state, RunState.RUNNING)] == [RunState.QUEUED]
    for never in (RunState.PROPOSED, RunState.WAITING, RunState.QUEUED):
        assert not any(may_become(state, never) for state in JOB_STATES | ENDED)


def test_only_a_taken_proof_verifies():
    assert [state for state in RunState if may_become(state, RunState.VERIFIED)] == [RunState.VERIFYING]


def test_a_job_exists_only_between_queue_and_end():
    assert not JOB_STATES & ENDED
    assert RunState.WAITING not in JOB_STATES
