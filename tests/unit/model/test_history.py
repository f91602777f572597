"""Growth and the date of fullness: steady growth is told, one bad day is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from steward.model.history import (
    Past,
    Point,
    before,
    buckets,
    full_at,
    growth_per_day,
    mean_of,
    merged,
    rates,
    since,
)

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


def test_a_counter_is_told_by_how_fast_it_counts():
    told = rates(line(0, 3600, 7200, hours=1))
    assert [each.mean for each in told] == [1.0, 1.0]
    assert (told[0].at, told[0].seconds) == (START, 3600)


def test_a_counter_that_begins_anew_never_counts_backward_or_by_leaps():
    told = rates(line(7200, 10_800, 0, 1800, hours=1))
    assert [each.mean for each in told] == [1.0, 0.0, 0.5]
    after_restart = rates(line(1_000_000, 3600, hours=1))
    assert [each.mean for each in after_restart] == [1.0]


def test_stretches_of_different_length_give_one_rate():
    hour = Point(at=START, low=0, mean=1650, high=3300, seconds=3600)
    finer = [
        Point(at=START + timedelta(hours=1, minutes=5 * n), low=3600 + 300 * n, mean=0, high=0, seconds=300)
        for n in range(3)
    ]
    assert [each.mean for each in rates([hour, *finer])] == [1.0, 1.0, 1.0]


def test_an_hour_counts_as_much_as_its_minutes():
    up = Point(at=START, low=1, mean=1, high=1, seconds=3600)
    down = tuple(Point(at=START + timedelta(hours=1), low=0, mean=0, high=0, seconds=300) for _ in range(4))
    assert mean_of((up, *down)) == pytest.approx(0.75)
    assert mean_of(()) is None


def test_parts_of_a_time_are_averaged_and_gaps_stay_gaps():
    points = (*line(1, 3, hours=1), Point(at=START + timedelta(hours=4), low=8, mean=8, high=8, seconds=7200))
    told = buckets(points, begin=START, end=START + timedelta(hours=6), count=3)
    assert told == (2.0, None, 8.0)
    assert buckets(points, begin=START, end=START + timedelta(hours=6), count=6) == (1.0, 3.0, None, None, 8.0, 8.0)


def test_what_others_measured_stands_before_and_never_beside():
    own = tuple(Point(at=START + timedelta(hours=n), low=n, mean=n, high=n, seconds=3600) for n in (3, 4))
    others = tuple(Point(at=START + timedelta(hours=n), low=9, mean=9, high=9, seconds=3600) for n in range(5))
    assert [each.mean for each in before(own, others)] == [9, 9, 9, 3, 4]
    assert before((), others) == others
