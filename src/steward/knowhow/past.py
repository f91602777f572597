"""What checks ask of numbers kept over time: since when one is so high, and how fast a counter counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from steward.model.history import Point, since

_FEWEST_SECONDS = 120.0


def held_for(points: Sequence[Point], *, now: datetime, at_least: float) -> timedelta:
    """Return for how long a number has been at least this high without a break; zero where it is not known to be."""
    begin = now
    for point in reversed(points):
        if point.low < at_least:
            break
        begin = point.at
    return max(timedelta(), now - begin)


def rate_per_second(points: Sequence[Point], *, now: datetime, within: timedelta) -> float | None:
    """Return how fast a counter counted lately, or None when too little is known or it began anew meanwhile."""
    recent = since(points, now - within)
    if len(recent) < 2 or any(later.low < earlier.low for earlier, later in pairwise(recent)):
        return None
    first, last = recent[0], recent[-1]
    seconds = (last.at - first.at).total_seconds()
    counted = last.mean - first.mean
    return counted / seconds if seconds >= _FEWEST_SECONDS else None
