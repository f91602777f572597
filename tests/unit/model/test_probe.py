"""What counts as yes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.model.probe import Comparison, compare

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
Q = settings(derandomize=True, deadline=None)


@Q
@given(SCALARS)
def test_a_value_equals_itself_and_what_is_there_is_present(value):
    assert compare(value, Comparison.EQUAL, value)
    assert not compare(value, Comparison.NOT_EQUAL, value)
    assert compare(value, Comparison.PRESENT, None)
    assert not compare(value, Comparison.ABSENT, None)


@pytest.mark.parametrize(("seen", "expected"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, ""), ("true", True)])
def test_a_value_of_another_type_is_never_equal(seen, expected):
    assert not compare(seen, Comparison.EQUAL, expected)


@Q
@given(st.integers(), st.integers())
def test_less_and_more_are_strict_and_opposite(left, right):
    assert compare(left, Comparison.LESS, right) == (left < right) == compare(right, Comparison.MORE, left)


@pytest.mark.parametrize("comparison", [Comparison.LESS, Comparison.MORE])
@pytest.mark.parametrize("pair", [("5", 6), (None, 6), (5, "6"), ("b", "a")])
def test_what_is_no_number_is_neither_less_nor_more(comparison, pair):
    assert not compare(pair[0], comparison, pair[1])
