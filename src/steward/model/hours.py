"""Hours of the day, as rules and grants say them: `22:00-07:00`, local time, may cross midnight."""

from __future__ import annotations

import re
from datetime import datetime

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = re.compile(f"{_CLOCK}-{_CLOCK}")


def is_hours(hours: str) -> bool:
    """Tell whether a text is a pair of different times of day: `22:00-07:00`."""
    return _HOURS.fullmatch(hours) is not None and hours[:5] != hours[6:]


def is_within(hours: str, now: datetime) -> bool:
    """Tell whether a local time lies in these hours; the first minute belongs to them, the last does not."""
    start, end = hours.split("-")
    clock = f"{now:%H:%M}"
    return start <= clock < end if start <= end else clock >= start or clock < end
