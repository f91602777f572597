"""The judge of the crash matrix: it must catch every history that may never be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.real.crash.checker import judge
from tests.real.crash.history import Action, Answer, Effect, History, RunRow, load, save

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def effect(label: str, seconds: float) -> Effect:
    return Effect(label=label, machine="m4", nanoseconds=int(after(seconds).timestamp() * 1_000) * 1_000_000)


RUN = RunRow(id="run-1", state="verified", reason="", is_ended=True, approval="consumed", intended_at=(after(1),))
ONE = Action(run="run-1", step="one", key="key-1", label="c/one", intent_at=after(2), outcome="ok", starts=1)
TWO = Action(run="run-1", step="two", key="key-2", label="c/two", intent_at=after(4), outcome="ok", starts=1)
GOOD = History(
    case="c",
    runs=(RUN,),
    answers=(Answer(says="planned", run="run-1", at=NOON), Answer(says="approved", run="run-1", at=after(1))),
    actions=(ONE, TWO),
    effects=(effect("c/one", 3), effect("c/two", 5)),
)


def with_run(**changes) -> History:
    return replace(GOOD, runs=(replace(RUN, **changes),))


def with_one(**changes) -> History:
    return replace(GOOD, actions=(replace(ONE, **changes), TWO))


def test_a_good_history_has_nothing_against_it():
    assert judge(GOOD).is_good


def test_an_acknowledged_run_that_is_gone_is_lost():
    lost = judge(replace(GOOD, runs=(), actions=(), effects=())).lost
    assert [text.split(" and ")[0] for text in lost] == ["run-1 was planned", "run-1 was approved"]


@pytest.mark.parametrize("state", ["queued", "running", "verifying", "undoing", "waiting"])
def test_an_acknowledged_run_without_an_ending_is_lost(state: str):
    assert len(judge(with_run(state=state, is_ended=False)).lost) == 2


def test_an_unknown_run_that_is_shown_is_an_ending():
    history = replace(with_one(outcome="unknown"), runs=(replace(RUN, state="unknown"),), locks=("run-1",))
    assert judge(history).is_good


def test_an_intent_without_an_outcome_is_lost_even_when_nobody_was_told():
    history = replace(with_one(outcome=None), answers=(), runs=(replace(RUN, state="failed"),))
    assert judge(history).lost == ("key-1 (c/one) was intended and has no outcome; its run is failed",)


def test_an_effect_the_store_does_not_know_is_lost():
    assert judge(replace(GOOD, effects=(*GOOD.effects, effect("c/three", 6)))).lost


def test_two_effects_of_one_key_are_doubled():
    verdict = judge(replace(GOOD, effects=(*GOOD.effects, effect("c/one", 9))))
    assert verdict.doubled == ("c/one happened 2 times on m4",)


def test_two_starts_of_one_key_are_doubled_even_when_only_one_left_a_line():
    assert judge(with_one(starts=2)).doubled == ("key-1 (c/one) was started 2 times",)


def test_an_approval_that_was_consumed_twice_is_doubled():
    assert judge(with_run(intended_at=(after(1), after(1.5)))).doubled


@pytest.mark.parametrize("approval", ["pending", "approved", "rejected", "expired", "stale", "none"])
def test_an_effect_without_a_consumed_approval_is_wrong(approval: str):
    assert len(judge(with_run(approval=approval)).wrong) == 2


def test_an_effect_before_the_approval_was_consumed_is_wrong():
    assert "c/one happened before its approval was consumed" in judge(with_run(intended_at=(after(4),))).wrong


@pytest.mark.parametrize("intent", [None, after(3.5)])
def test_an_effect_without_an_intent_before_it_is_wrong(intent: datetime | None):
    assert "c/one happened without an intent before it" in judge(with_one(intent_at=intent)).wrong


def test_an_ok_without_an_effect_is_wrong():
    history = replace(with_one(starts=0), effects=(effect("c/two", 5),))
    assert judge(history).wrong == ("c/one is called ok and never happened",)


def test_an_effect_that_is_said_not_to_have_started_is_wrong():
    history = replace(with_one(outcome="failed", is_started=False), runs=(replace(RUN, state="failed"),))
    assert judge(history).wrong == ("c/one is said not to have started and did",)


@pytest.mark.parametrize("outcome", ["failed", "unknown", None])
def test_a_verified_run_with_a_step_that_is_not_ok_is_wrong(outcome: str | None):
    assert any("is verified, but c/one" in text for text in judge(with_one(outcome=outcome)).wrong)


def test_a_verified_run_need_not_have_undone_anything():
    undo = Action(run="run-1", step="one", key="key-3", label="c/one.undo", is_undo=True)
    assert judge(replace(GOOD, actions=(*GOOD.actions, undo))).is_good


def test_a_lock_of_an_ended_run_is_wrong():
    assert judge(replace(GOOD, locks=("run-1",))).wrong == ("run-1 has ended and still holds a lock",)


def test_a_lock_of_a_run_nobody_knows_is_wrong():
    assert judge(replace(GOOD, locks=("run-9",))).wrong


def test_a_consumed_approval_that_the_audit_does_not_know_is_wrong():
    assert any("is not in the audit" in text for text in judge(with_run(intended_at=())).wrong)


def test_a_broken_audit_is_wrong():
    assert judge(replace(GOOD, audit_problems=("row 3: its hash does not fit",))).wrong


def test_a_history_is_read_back_as_it_was_written(tmp_path: Path):
    save(GOOD, tmp_path / "deep" / "history.json")
    assert load(tmp_path / "deep" / "history.json") == GOOD
