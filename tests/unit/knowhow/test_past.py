"""How fast a counter counts, of a few points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steward.knowhow.past import rate_per_second
from steward.model.history import Point

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rate(*values: float) -> float | None:
    points = [
        Point(at=NOW - timedelta(minutes=5 * place), low=value, mean=value, high=value)
        for place, value in enumerate(reversed(values))
    ]
    return rate_per_second(points[::-1], now=NOW, within=timedelta(hours=1))


def test_a_counter_tells_how_fast_it_counts():
    assert rate(0, 300, 600) == 1.0
    assert rate(300) is None


def test_a_counter_that_began_anew_and_overtook_itself_tells_nothing():
    assert rate(500, 0, 100) is None
    assert rate(500, 0, 900) is None
