"""Growth and the date of fullness: steady growth is told, one bad day is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from steward.model.history import Past, Point, full_at, growth_per_day, merged, since

START = datetime(2026, 11, 1, tzinfo=UTC)


def line(*values: float, hours: float = 24.0) -> tuple[Point, ...]:
    return tuple(
        Point(at=START + timedelta(hours=hours * number), low=value, mean=value, high=value)
        for number, value in enumerate(values)
    )


def test_steady_growth_is_told_by_the_day():
    assert growth_per_day(line(0, 1, 2, 3, 4, 5, 6, hours=12)) == pytest.approx(2.0)


def test_one_backup_that_came_and_went_does_not_count():
    steady = growth_per_day(line(10, 11, 12, 13, 14, 15, 16, 17))
    disturbed = growth_per_day(line(10, 11, 90, 13, 14, 15, 16, 17))
    assert steady == pytest.approx(1.0)
    assert disturbed == pytest.approx(1.0, abs=0.2)


def test_too_little_says_nothing():
    assert growth_per_day(line(1, 2, 3, 4, 5)) is None
    assert growth_per_day(()) is None
    assert growth_per_day(line(*[1.0] * 8, hours=0)) is None


def test_many_points_are_thinned_and_the_newest_stays():
    assert growth_per_day(line(*range(2_000), hours=1)) == pytest.approx(24.0)


def test_it_is_full_when_the_missing_is_grown():
    points = line(*range(10, 20))
    now = points[-1].at
    assert full_at(points, now=now, level=29) == now + timedelta(days=10)
    assert full_at(points, now=now, level=15) == now


def test_what_does_not_grow_is_never_full():
    assert full_at(line(*[5.0] * 10), now=START, level=6) is None
    assert full_at(line(*range(20, 10, -1)), now=START, level=100) is None
    assert full_at(line(*[n * 0.0001 for n in range(10)]), now=START, level=100) is None


def test_points_of_a_stretch_become_one():
    whole = merged(line(4, 1, 7))
    assert whole == Point(at=START, low=1, mean=4, high=7)
    assert merged(()) is None
    assert len(since(line(1, 2, 3), START + timedelta(days=1))) == 2


def test_what_nobody_measured_is_empty():
    assert Past().of("memory", "used") == ()
