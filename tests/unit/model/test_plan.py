"""Waves: which steps may run side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.model.plan import waves
from tests.unit.store.cases import STEP
from tests.unit.store.cases import plan as a_plan


def steps(**needs: str):
    return [replace(STEP, id=name, needs=tuple(of.split())) for name, of in needs.items()]


def names(grouped):
    return [[step.id for step in wave] for wave in grouped]


def test_steps_that_need_nothing_run_side_by_side():
    assert names(waves(steps(a="", b="", c=""))) == [["a", "b", "c"]]


def test_a_diamond_runs_in_three_waves():
    assert names(waves(steps(d="b c", b="a", c="a", a=""))) == [["a"], ["b", "c"], ["d"]]


@pytest.mark.parametrize("needs", [{"a": "b", "b": "a"}, {"a": "a"}, {"a": "missing"}, {"x": "", "a": "b", "b": "a"}])
def test_a_circle_or_a_missing_step_is_refused_by_name(needs: dict[str, str]):
    with pytest.raises(ValueError, match="a"):
        waves(steps(**needs))


def test_no_steps_make_no_waves():
    assert waves([]) == ()


@settings(derandomize=True, deadline=None)
@given(st.permutations([("a", ""), ("b", "a"), ("c", "a"), ("d", "b c"), ("e", "")]))
def test_the_order_in_which_steps_were_written_does_not_change_what_waits_for_what(written):
    grouped = waves(steps(**dict(written)))
    assert [set(wave) for wave in names(grouped)] == [{"a", "e"}, {"b", "c"}, {"d"}]


def test_a_step_is_found_by_its_id():
    plan = replace(a_plan(), steps=tuple(steps(a="", b="a")))
    assert plan.step("b").needs == ("a",)
