"""What runs wait for."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, lines, part, rows, sections, text

_TONES = {"open": "watch", "done": "ok", "failed": "down", "expired": "warning"}


def listing(result: Object, style: Style) -> str:
    """Write what is waited for as a table, and what to type."""
    found = rows(result, "holds")
    if not found:
        return "No run waits for anything."
    cells: list[list[Cell]] = [
        [
            text(part(each, "hold"), "id"),
            _state(part(each, "record")),
            text(part(each, "hold"), "says"),
            text(each, "machine"),
            text(each, "run"),
            style.ago(text(part(each, "record"), "opened")),
        ]
        for each in found
    ]
    return sections(
        table(("HOLD", "STATE", "WHAT", "MACHINE", "RUN", "SINCE"), cells, style, keep=("HOLD", "STATE", "RUN")),
        lines(*(text(each, "next") for each in found)),
    )


def line(result: Object, style: Style) -> str:
    """Write where one of them stands now."""
    known = part(result, "record")
    head = f"{text(part(result, 'hold'), 'id')}  {style.cell(_state(known))}  {text(known, 'note')}".rstrip()
    seen = [f"{text(part(each, 'probe'), 'says')}: {text(each, 'seen')}" for each in rows(known, "seen")]
    return sections(head, lines(*seen) if text(known, "state") == "open" and seen else "")


def picture(result: Object, style: Style) -> str:
    """Write where the picture lies."""
    return style.prose(text(result, "sentence"))


def _state(known: Object) -> Cell:
    return hold_cell(text(known, "state"))


def hold_cell(state: str) -> Cell:
    """Write where something waited for stands."""
    return toned(state, _TONES.get(state, "paused"))
