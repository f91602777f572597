"""`steward changed`: what is not as it was, newest first."""

from __future__ import annotations

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, part, rows, sections, text

_NOTHING = "-"


def listing(result: Object, style: Style) -> str:
    """Write one line for each change."""
    cells = [
        [
            style.ago(text(each, "at")),
            machine,
            text(each, "subject"),
            text(each, "before") or _NOTHING,
            text(each, "after") or _NOTHING,
            text(each, "run") or text(each, "author"),
        ]
        for machine, each in ((text(row, "machine"), part(row, "difference")) for row in rows(result, "changed"))
    ]
    head = ("WHEN", "MACHINE", "WHAT", "WAS", "IS", "BY")
    found = table(head, cells, style, keep=("MACHINE", "WHAT")) if cells else ""
    return sections(style.prose(text(result, "sentence")), found)
