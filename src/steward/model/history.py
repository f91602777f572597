"""What was measured over time, and what can be said of it: how fast it grows, and when it will be full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from steward.lib.record import record

_FEWEST_POINTS = 6
_MOST_POINTS = 200
_DAY_SECONDS = 86_400.0
_FURTHEST = timedelta(days=3650)


@record
class Point:
    """What a number was within one stretch of time."""

    at: datetime
    """Begin of the stretch (UTC)."""
    low: float
    """Smallest value."""
    mean: float
    """Average."""
    high: float
    """Largest value."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """Numbers of one machine over time, the oldest first; coarser the older they are."""

    points: Mapping[str, Mapping[str, tuple[Point, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[Point, ...]]]
    )
    """By fact and by name within it."""

    def of(self, fact: str, name: str) -> tuple[Point, ...]:
        """Return what is known of one number; empty where nothing is."""
        return self.points.get(fact, {}).get(name, ())


NO_PAST = Past()
"""Nothing was measured before."""


def growth_per_day(points: Sequence[Point]) -> float | None:
    """Return how much a number grows in a day, or None when too little is known.

    The median of the slopes between all pairs of points (Theil 1950, Sen 1968): one backup that came and went, or one
    big download, does not move it.
    """
    chosen = _spread(points)
    if len(chosen) < _FEWEST_POINTS:
        return None
    slopes = [
        (later.mean - earlier.mean) / (seconds / _DAY_SECONDS)
        for number, earlier in enumerate(chosen)
        for later in chosen[number + 1 :]
        if (seconds := (later.at - earlier.at).total_seconds()) > 0
    ]
    return median(slopes) if slopes else None


def full_at(points: Sequence[Point], *, now: datetime, level: float) -> datetime | None:
    """Return when a number will reach a level if it grows on as it did, or None when it will not within ten years."""
    growth = growth_per_day(points)
    if not points or growth is None or growth <= 0:
        return None
    missing = level - points[-1].mean
    days = max(0.0, missing) / growth
    return now + timedelta(days=days) if days < _FURTHEST.days else None


def since(points: Sequence[Point], begin: datetime) -> tuple[Point, ...]:
    """Return the points from a time on."""
    return tuple(point for point in points if point.at >= begin)


def merged(points: Sequence[Point]) -> Point | None:
    """Return one point for the whole stretch of these, or None for none; each counts the same."""
    if not points:
        return None
    return Point(
        at=points[0].at,
        low=min(point.low for point in points),
        mean=sum(point.mean for point in points) / len(points),
        high=max(point.high for point in points),
    )


def _spread(points: Sequence[Point]) -> Sequence[Point]:
    """Return at most so many points, evenly chosen, so that the pairs stay few."""
    step = -(-len(points) // _MOST_POINTS)
    return points[::-1][::step][::-1] if step > 1 else points
