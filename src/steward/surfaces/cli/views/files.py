"""`steward files ls` and `steward files diff`: kept files and how they differ from git."""

from __future__ import annotations

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, rows, sections, text

_NOTHING = "-"


def listing(result: Object, style: Style) -> str:
    """Write one line for each kept file."""
    cells = [
        [
            text(each, "machine"),
            text(each, "path"),
            text(each, "state"),
            style.ago(text(each, "seen_at")) or _NOTHING,
            text(each, "note") or _NOTHING,
        ]
        for each in rows(result, "files")
    ]
    head = ("MACHINE", "PATH", "STATE", "SEEN", "NOTE")
    found = table(head, cells, style, keep=("MACHINE", "PATH")) if cells else ""
    return sections(style.prose(text(result, "sentence")), found)


def difference(result: Object, style: Style) -> str:
    """Write the diff as it is, a line each."""
    shown = "\n".join(one_line(line) for line in block(result, "diff").split("\n"))
    return sections(style.prose(text(result, "sentence")), shown, following(result))
