"""`steward history`: each number with its line of blocks, its extremes, and where it is going."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from steward.lib.text import moment_of, size
from steward.surfaces.cli.layout import columns
from steward.surfaces.cli.spark import sparkline
from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, rows, sections, text, words

_WIDEST, _NARROWEST = 60, 8
_GAP = 2
_OLD = timedelta(hours=1)
_TREND = 2
_HEAD = ("MACHINE", "NUMBER", "TREND", "NOW", "LOW", "MEAN", "HIGH", "NOTE")


def listing(result: Object, style: Style) -> str:
    """Write one line for each number, and what is not shown."""
    series = rows(result, "series")
    lines = [_cells(each, style) for each in series]
    width = _room(lines, style)
    for each, line in zip(series, lines, strict=True):
        line[_TREND] = (_trend(each, width), "dim")
    found = table(_HEAD, lines, style, keep=("MACHINE", "TREND", "NOW")) if lines else ""
    more = text(result, "left_out")
    left = f"{more} more: `steward history MACHINE` shows all of a machine." if more not in {"", "0"} else ""
    dropped = words(result, "not_kept")
    lost = f"Not kept, for there are too many: {dropped}" if dropped else ""
    return sections(style.prose(text(result, "sentence")), found, left, style.prose(lost))


def _cells(each: Object, style: Style) -> list[Cell]:
    write = _writer(text(each, "unit"), is_rate=each.get("is_rate") is True)
    numbers = [write(_number(each, name)) for name in ("now", "low", "mean", "high")]
    if text(each, "unit") == "up":
        numbers = ["up" if _number(each, "now") >= 1 else "down", "", "", ""]
    name = f"{text(each, 'fact')} {text(each, 'name')}"
    return [text(each, "machine"), name, "", *numbers, _note(each, write, style)]


def _room(lines: Sequence[Sequence[Cell]], style: Style) -> int:
    """Return how wide a line of blocks can be when every other column is shown whole."""
    if not style.is_terminal:
        return _WIDEST
    widths = [max(columns(title), *(columns(str(line[n])) for line in lines)) for n, title in enumerate(_HEAD) if lines]
    return max(_NARROWEST, min(_WIDEST, style.width - sum(widths) - _GAP * len(_HEAD) + len(_HEAD[_TREND])))


def _trend(each: Object, width: int) -> str:
    raw = each.get("trend")
    values = [_finite(value) for value in cast("list[Any]", raw)] if isinstance(raw, list) else []
    is_share = text(each, "unit") in {"percent", "up"}
    bounds = (0.0, 100.0 if text(each, "unit") == "percent" else 1.0) if is_share else (None, None)
    return sparkline(values, width, low=bounds[0], high=bounds[1])


def _note(each: Object, write: Callable[[float], str], style: Style) -> str:
    parts: list[str] = []
    if each.get("availability_percent") is not None:
        parts.append(f"up {_percent(_number(each, 'availability_percent'))} of the time")
    if each.get("growth_per_day") is not None:
        growth = _number(each, "growth_per_day")
        parts.append(f"{'+' if growth >= 0 else '-'}{write(abs(growth))} a day")
    if text(each, "full_at"):
        parts.append(f"full on {text(each, 'full_at')[:10]}")
    seen = moment_of(text(each, "seen_at"))
    if seen is not None and style.now - seen > _OLD:
        parts.append(f"seen {style.ago(text(each, 'seen_at'))}")
    if words(each, "sources"):
        parts.append(f"with numbers of {words(each, 'sources')}")
    return ", ".join(parts)


def _writer(unit: str, *, is_rate: bool) -> Callable[[float], str]:
    written = _WRITERS.get(unit, _plain)
    return (lambda value: f"{written(value)}/s") if is_rate else written


def _percent(value: float) -> str:
    """Write a share; what is not quite all is never written as all."""
    return "100 %" if value >= 100 else f"{min(value, 99.99):.2f} %"


def _plain(value: float) -> str:
    return (
        f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}" if value < 1 else f"{value:.1f}"
    )


_WRITERS: Mapping[str, Callable[[float], str]] = {
    "bytes": size,
    "percent": lambda value: f"{value:.1f} %",
    "celsius": lambda value: f"{value:.0f} °C",
    "seconds": lambda value: f"{value:.3g} s",
}


def _number(each: Object, name: str) -> float:
    return _finite(each.get(name)) or 0.0


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
