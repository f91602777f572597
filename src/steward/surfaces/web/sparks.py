"""Numbers over time as the path of a small drawing, a hundred units wide and 24 high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WIDE, _HIGH, _EDGE = 100.0, 24.0, 2.0
_FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class Range:
    """What numbers over time say in words."""

    low: int
    """The smallest."""
    high: int
    """The largest."""
    last: int
    """The newest."""


def spark_range(values: Sequence[float | None]) -> Range | None:
    """Return what numbers say, rounded; None where nothing is known."""
    known = [value for value in values if value is not None]
    return Range(low=round(min(known)), high=round(max(known)), last=round(known[-1])) if known else None


def spark_path(values: Sequence[float | None], most: float | None = None) -> str:
    """Return the path of numbers, oldest first; a gap where nothing is known, empty when there is nothing to draw.

    The scale begins at nought, or below where numbers are negative, and ends at `most` or the largest number.
    """
    known = [value for value in values if value is not None]
    if len(known) < _FEWEST:
        return ""
    low, high = min(0.0, *known), max(known) if most is None else max(most, *known)
    scale = (_HIGH - 2 * _EDGE) / ((high - low) or 1.0)
    step = _WIDE / (len(values) - 1)
    parts: list[str] = []
    pen = "M"
    for number, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{number * step:.1f} {_HIGH - _EDGE - (value - low) * scale:.1f}")
        pen = "L"
    return "".join(parts)
