"""Spans of time as people type them: `90s`, `30m`, `24h`, `7d`, `2w`."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_SPAN = re.compile(r"(?:[0-9]{1,6}[smhdw]\s*)+", re.IGNORECASE)
_PART = re.compile(r"([0-9]{1,6})([smhdw])", re.IGNORECASE)


def span_of(text: str) -> timedelta | None:
    """Read a span such as `24h` or `1d12h`; None for anything else."""
    if not _SPAN.fullmatch(text.strip()):
        return None
    return timedelta(seconds=sum(int(count) * _SECONDS[unit.lower()] for count, unit in _PART.findall(text)))
