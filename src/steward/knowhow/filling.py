"""When something that grows will be full: judged by two weeks and by two days, and believed where both agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.lib.record import record
from steward.model.finding import Severity
from steward.model.history import Point, full_at, growth_per_day, since

_LONG, _SHORT = timedelta(days=14), timedelta(days=2)
_LEAST_KNOWN = timedelta(days=1)
_LEVELS = ((timedelta(days=3), Severity.WARNING), (timedelta(days=14), Severity.WATCH))


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
    long, short = since(points, now - _LONG), since(points, now - _SHORT)
    if not long or now - long[0].at < _LEAST_KNOWN:
        return None
    ends = [full_at(chosen, now=now, level=level) for chosen in (long, short)]
    growths = [growth_per_day(chosen) for chosen in (long, short)]
    known_ends = [end for end in ends if end is not None]
    known_growths = [growth for growth in growths if growth is not None]
    if len(known_ends) < 2 or len(known_growths) < 2:
        return None
    end = max(known_ends)
    severity = next((how for span, how in _LEVELS if end - now < span), None)
    if severity is None:
        return None
    return Filling(growth_per_day=min(known_growths), full_at=end, known_since=long[0].at, severity=severity)
