"""What was measured over time, and what can be said of it: how fast it grows, and when it will be full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
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
    seconds: int = 0
    """How long the stretch is; 0 where that is not known."""


class Unit(StrEnum):
    """What a number is a number of."""

    NUMBER = "number"
    """Nothing but itself."""
    BYTES = "bytes"
    PERCENT = "percent"
    CELSIUS = "celsius"
    SECONDS = "seconds"
    UP = "up"
    """1 while something works, 0 while it does not; the mean of it is its availability."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """How numbers of one ending are told: `used_bytes` is about `/ used_bytes` and `/srv used_bytes`."""

    ending: str
    """Last word of their names."""
    unit: Unit = Unit.NUMBER
    """What they are a number of; of a counter, what it counts."""
    is_counter: bool = False
    """Whether they only count up until they begin anew; what is told of them is how fast."""
    whole: str = ""
    """Ending of the number that 100 % of these stand for: processors, for the seconds they were busy."""
    room: str = ""
    """Ending of the number that tells how much these can still grow: the rest of a filesystem."""
    matters: bool = False
    """Whether they are among the few that tell how a machine does."""


PLAIN = Series(ending="")
"""How a number is told of which nothing is known."""


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


def rates(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return how fast a counter counted in a second, from each point to the next.

    The lowest value of a stretch is that of its begin, however coarse the stretch is, so that stretches of different
    length can stand side by side. A counter that is lower than before began anew, and counted from zero since: what it
    counted in between is lost, and never told as a negative or a huge number.
    """
    found: list[Point] = []
    for earlier, later in pairwise(points):
        seconds = (later.at - earlier.at).total_seconds()
        if seconds > 0:
            rate = (later.low - earlier.low if later.low >= earlier.low else max(0.0, later.low)) / seconds
            found.append(Point(at=earlier.at, low=rate, mean=rate, high=rate, seconds=int(seconds)))
    return tuple(found)


def mean_of(points: Sequence[Point]) -> float | None:
    """Return the average over time: an hour counts as much as twelve times five minutes. None for no points."""
    weights = [max(1, point.seconds) for point in points]
    return sum(p.mean * weight for p, weight in zip(points, weights, strict=True)) / sum(weights) if points else None


def buckets(points: Sequence[Point], *, begin: datetime, end: datetime, count: int) -> tuple[float | None, ...]:
    """Return the average of each of so many equal parts of a time; None where nothing was measured.

    A stretch that is longer than a part fills all the parts it covers.
    """
    start, slot = begin.timestamp(), (end - begin).total_seconds() / count
    sums, weights = [0.0] * count, [0] * count
    for point in points:
        after = point.at.timestamp() - start
        last = min(count - 1, int((after + max(0, point.seconds - 1)) // slot))
        for place in range(max(0, int(after // slot)), last + 1):
            weight = max(1, point.seconds)
            sums[place] += point.mean * weight
            weights[place] += weight
    return tuple(total / weight if weight else None for total, weight in zip(sums, weights, strict=True))


def before(points: Sequence[Point], others: Sequence[Point]) -> tuple[Point, ...]:
    """Return points with those of others in front that tell of the time before the first of them."""
    if not points:
        return tuple(others)
    end = points[0].at
    return (*(each for each in others if each.at + timedelta(seconds=each.seconds) <= end), *points)


def outside(fact: str, source: str) -> str:
    """Return the name under which numbers are kept that somebody else measured, apart from Steward's own."""
    return f"{fact}@{source}"


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
        seconds=sum(point.seconds for point in points),
    )


def _spread(points: Sequence[Point]) -> Sequence[Point]:
    """Return at most so many points, evenly chosen, so that the pairs stay few."""
    step = -(-len(points) // _MOST_POINTS)
    return points[::-1][::step][::-1] if step > 1 else points
