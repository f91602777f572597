"""Numbers as blocks."""

from __future__ import annotations

import pytest

from steward.surfaces.cli.spark import sparkline


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 4, "▁▃▆█"),
        ([5, 5, 5], 10, "▁▁▁"),
        ([1, None, None, 2], 4, "▁  █"),
        ([1, None, None, 3], 2, "▁█"),
        ([None, None], 4, ""),
        ([], 4, ""),
        ([1, 2], 0, "▁"),
    ],
)
def test_numbers_fill_the_height_and_gaps_stay_blank(values: list[float | None], width: int, line: str):
    assert sparkline(values, width) == line


def test_what_the_height_stands_for_can_be_said():
    assert sparkline([0, 50, 100, 500, -3], 5, low=0, high=100) == "▁▅██▁"
