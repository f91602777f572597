"""Tables without boxes: on a terminal they fit its width, in a pipe nothing is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steward.surfaces.cli.layout import columns, cut, hanging, one_line, padded
from steward.surfaces.cli.style import Cell, Style

_GAP = "  "
_NARROWEST_COLUMN = 6


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], style: Style, *, keep: Sequence[str] = ()) -> str:
    """Lay out a table without its empty columns. Those named in `keep` are never cut: ids and codes to copy."""
    filled = [place for place in range(len(headers)) if any(_text(row[place]) for row in rows)]
    titles = [headers[place] for place in filled]
    lines = [[row[place] for place in filled] for row in rows]
    widths = [max(columns(titles[n]), *(columns(_text(line[n])) for line in lines)) for n in range(len(titles))]
    if style.is_terminal:
        _shrink(widths, [n for n, title in enumerate(titles) if title not in keep], style.width)
    return "\n".join(
        [_row([(title, "dim") for title in titles], widths, style.paint)]
        + [_row(line, widths, style.paint) for line in lines]
    )


def pairs(items: Sequence[tuple[str, Cell]], style: Style, *, indent: int = 0) -> str:
    """Lay out `name  value` lines; empty values are left out, long ones wrap under themselves."""
    shown = [(name, cell) for name, cell in items if _raw(cell)]
    wide = max((columns(name) for name, _ in shown), default=0) + len(_GAP)
    lines: list[str] = []
    for name, cell in shown:
        body = hanging(_raw(cell), style.prose_width, indent + wide)
        tone = "" if isinstance(cell, str) else cell[1]
        lines.append(" " * indent + style.paint(name, "dim") + " " * (wide - columns(name)) + style.paint(body, tone))
    return "\n".join(lines)


def _raw(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _text(cell: Cell) -> str:
    return one_line(_raw(cell))


def _row(cells: Sequence[Cell], widths: Sequence[int], paint: Callable[[str, str], str]) -> str:
    last = len(widths) - 1
    parts: list[str] = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = cut(_text(cell), width)
        tone = "" if isinstance(cell, str) else cell[1]
        space = "" if place == last else padded("", width - columns(text))
        parts.append(paint(text, tone) + space)
    return _GAP.join(parts).rstrip()


def _shrink(widths: list[int], shrinkable: Sequence[int], most: int) -> None:
    """Take columns off the widest shrinkable one until all fit, or nothing can give any more."""
    gaps = len(_GAP) * (len(widths) - 1)
    while sum(widths) + gaps > most:
        widest = max(shrinkable, key=lambda place: widths[place], default=None)
        if widest is None or widths[widest] <= _NARROWEST_COLUMN:
            return
        widths[widest] -= 1
