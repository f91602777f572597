"""What comes next in a run: lanes of a fan-out, whatever in them failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from steward.core.walk import End, Turn, next_turn, values_of
from steward.model.flow import Course, OnFailure, StepFlow
from steward.model.hold import Hold, HoldKind
from steward.model.plan import Plan, PlanStep
from steward.model.run import StepEnd
from tests.unit.model.plans import plans

MANY = settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LANES, PARTS = ("m1", "m2", "m3"), ("put", "look")
NAMES = tuple(f"{part}.{lane}" for lane in LANES for part in PARTS)
PLAIN = find(plans, lambda _plan: True)
LANE_FAILED = (StepEnd.FAILED, StepEnd.STALE)
RUN_FAILED = (StepEnd.UNKNOWN, StepEnd.HELD, StepEnd.LOST)


def fleet(*, holds: frozenset[str], tolerated: int, continues: frozenset[str] = frozenset()) -> Plan:
    """Return a plan whose lanes are `put` and then `look`; of the names in `holds` it only waits."""
    steps: list[PlanStep] = []
    waits: list[Hold] = []
    for name in NAMES:
        part, lane = name.split(".")
        needs = () if part == "put" else (f"put.{lane}",)
        if name in holds:
            waits.append(
                Hold(id=name, kind=HoldKind.ASK, says="", needs=needs, block="put", lane=lane, tolerated=tolerated)
            )
            continue
        failing = OnFailure.CONTINUE if name in continues else OnFailure.UNDO
        flow = StepFlow(block="put", lane=lane, tolerated=tolerated, on_failure=failing)
        steps.append(replace(PLAIN.steps[0], id=name, needs=needs, flow=flow))
    course = Course(workflow="w", source_hash="", inputs={}, holds=tuple(waits))
    return replace(PLAIN, steps=tuple(steps), course=course)


def turn(plan: Plan, ends: Mapping[str, StepEnd]) -> Turn:
    told: dict[str, End] = {name: (end, "") for name, end in ends.items()}
    return next_turn(plan, told, values_of(plan, told, {}))


QUESTIONS = frozenset(f"look.{lane}" for lane in LANES)
PUT = {f"put.{lane}": StepEnd.OK for lane in LANES}


@pytest.mark.parametrize("end", LANE_FAILED)
def test_a_lane_whose_hold_failed_within_what_is_tolerated_is_put_back(end: StepEnd):
    plan = fleet(holds=QUESTIONS, tolerated=1)
    assert turn(plan, PUT | {"look.m2": end}) == Turn(put_back=("m2",))


@pytest.mark.parametrize("end", RUN_FAILED)
def test_a_hold_that_says_nothing_of_its_lane_alone_ends_the_run(end: StepEnd):
    plan = fleet(holds=QUESTIONS, tolerated=2)
    assert turn(plan, PUT | {"look.m2": end}).is_broken


def test_lanes_are_counted_whether_a_step_or_a_hold_failed_in_them():
    plan = fleet(holds=QUESTIONS, tolerated=1)
    back = {"put.m1": StepEnd.PUT_BACK, "put.m2": StepEnd.OK, "put.m3": StepEnd.OK}
    assert turn(plan, {**back, "look.m2": StepEnd.FAILED}).is_broken
    back = {**PUT, "put.m1": StepEnd.PUT_BACK, "look.m1": StepEnd.PUT_BACK}
    assert turn(plan, {**back, "put.m2": StepEnd.FAILED}).is_broken


def test_two_failures_of_one_lane_are_one():
    plan = fleet(holds=QUESTIONS, tolerated=1)
    assert turn(plan, PUT | {"put.m2": StepEnd.STALE, "look.m2": StepEnd.FAILED}).put_back == ("m2",)


def test_nothing_begins_in_a_lane_of_which_only_a_hold_was_put_back():
    plan = fleet(holds=frozenset({"put.m2"}), tolerated=1)
    found = turn(plan, {"put.m1": StepEnd.OK, "put.m2": StepEnd.PUT_BACK})
    assert (found.act, found.settle["look.m2"][0]) == (("look.m1", "put.m3"), StepEnd.DROPPED)


def test_a_no_that_is_not_tolerated_is_not_because_a_step_of_its_lane_may_fail():
    plan = fleet(holds=QUESTIONS, tolerated=0, continues=frozenset({"put.m2"}))
    assert turn(plan, {"put.m2": StepEnd.FAILED}).put_back == ("m2",)
    assert turn(plan, PUT | {"put.m2": StepEnd.FAILED, "look.m2": StepEnd.FAILED}).is_broken


def test_a_hold_of_a_plan_that_does_not_say_what_is_tolerated_ends_the_run():
    plan = fleet(holds=QUESTIONS, tolerated=1)
    assert plan.course is not None
    old = tuple(replace(hold, block="", tolerated=0) for hold in plan.course.holds)
    plan = replace(plan, course=replace(plan.course, holds=old))
    assert turn(plan, PUT | {"look.m2": StepEnd.FAILED}).is_broken


@MANY
@given(
    st.frozensets(st.sampled_from(NAMES)),
    st.integers(0, 3),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(StepEnd)),
)
def test_steps_and_holds_that_ended_alike_lead_to_the_same(
    holds: frozenset[str], tolerated: int, ends: dict[str, StepEnd]
):
    waiting = turn(fleet(holds=holds, tolerated=tolerated), ends)
    acting = turn(fleet(holds=frozenset(), tolerated=tolerated), ends)
    assert {*waiting.act, *waiting.open} == set(acting.act)
    assert (waiting.settle, waiting.is_broken) == (acting.settle, acting.is_broken)
    assert set(waiting.put_back) == set(acting.put_back)
