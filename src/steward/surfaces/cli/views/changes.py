"""Changes: the list. One change goes through the default view."""

from __future__ import annotations

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.runs import state_cell
from steward.surfaces.cli.views.shape import Object, following, rows, sections, text


def listing(result: Object, style: Style) -> str:
    """Write the changes as a table, with how each ended."""
    cells = [
        [
            text(each, "id"),
            state_cell(text(each, "result")) if text(each, "result") else text(each, "state"),
            text(each, "title"),
            style.ago(text(each, "closed", "opened")),
            text(each, "run"),
        ]
        for each in rows(result, "changes")
    ]
    found = table(("CHANGE", "RESULT", "WHAT", "WHEN", "RUN"), cells, style, keep=("CHANGE", "RUN")) if cells else ""
    return sections(found or "No changes.", following(result))
