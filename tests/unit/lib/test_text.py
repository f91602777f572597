"""Spans of time as people read them."""

from __future__ import annotations

import pytest

from steward.lib.text import lasting


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (45, "45 s"),
        (60, "1 min"),
        (90, "90 s"),
        (5_400, "90 min"),
        (7_200, "2 h"),
        (86_400, "1 d"),
        (12.4, "12 s"),
        (7_265, "2 h"),
    ],
)
def test_a_span_is_whole_where_a_unit_fits_it(seconds: float, says: str) -> None:
    assert lasting(seconds) == says
