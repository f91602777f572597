"""When something that grows will be full: judged by two weeks and by two days, and believed where both agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.lib.record import record
from steward.model.finding import Severity
from steward.model.history import Point, growth_per_day, since

_LONG, _SHORT = timedelta(days=14), timedelta(days=2)
_LEAST_KNOWN = timedelta(days=1)
_LEVELS = ((3.0, Severity.WARNING), (14.0, Severity.WATCH))
"""Days that are left."""
_MOST_POINTS = 40


@record
class Filling:
    """What grows towards its end."""

    growth_per_day: float
    """How much it grows in a day, the slower of both judgments."""
    full_at: datetime
    """When it will be full (UTC), the later of both judgments."""
    known_since: datetime
    """The oldest measurement that was used (UTC)."""
    severity: Severity
    """`warning` within three days, `watch` within two weeks."""


def filling(points: Sequence[Point], *, now: datetime, level: float) -> Filling | None:
    """Judge numbers that were measured over time; None where they do not reach the level within two weeks.

    A backup that fills a disk within a night looks endless in two days and like nothing in two weeks; what ended a week
    ago looks the other way round. Only what grows in both goes on growing. Less than a day of numbers says nothing.
    """
    known = [chosen for span in (_LONG, _SHORT) if (chosen := since(points, now - span))]
    if len(known) < 2 or now - known[0][0].at < _LEAST_KNOWN:
        return None
    growths = [growth for chosen in known if (growth := growth_per_day(_even(chosen, now))) is not None]
    slowest = min(growths, default=0.0)
    if len(growths) < 2 or slowest <= 0:
        return None
    days = max(0.0, level - points[-1].mean) / slowest
    severity = next((how for most, how in _LEVELS if days < most), None)
    if severity is None:
        return None
    return Filling(
        growth_per_day=slowest,
        full_at=now + timedelta(days=days),
        known_since=known[0][0].at,
        severity=severity,
    )


def _even(points: Sequence[Point], now: datetime) -> list[Point]:
    """Return a few points, evenly in time: the past is known finely for two days and coarsely before.

    Slopes between all pairs are judged every minute for every filesystem; forty points are enough and cheap.
    """
    slot = (now - points[0].at) / _MOST_POINTS
    chosen = {int((point.at - points[0].at) / slot): point for point in points} if slot else {}
    return list(chosen.values())
