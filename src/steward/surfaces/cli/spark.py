"""Sparklines: numbers as a row of blocks, as wide as there is room."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_NOTHING = " "


def sparkline(
    values: Sequence[float | None], width: int, *, low: float | None = None, high: float | None = None
) -> str:
    """Draw numbers in so many columns; a blank where there was none.

    They fill the height from the lowest to the highest, unless `low` and `high` say what the height stands for. Where
    all are the same, the line is flat.
    """
    narrow = _narrowed(values, width)
    known = [value for value in narrow if value is not None]
    if not known:
        return ""
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return "".join(_NOTHING if value is None else _block(value, bottom, top) for value in narrow)


def _narrowed(values: Sequence[float | None], width: int) -> list[float | None]:
    """Average neighbors until they fit; fewer numbers than columns stay as they are."""
    count = min(max(1, width), len(values))
    found: list[float | None] = []
    for place in range(count):
        part = values[place * len(values) // count : (place + 1) * len(values) // count]
        known = [value for value in part if value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def _block(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.0
    return _BLOCKS[min(len(_BLOCKS) - 1, max(0, int(share * len(_BLOCKS))))]
