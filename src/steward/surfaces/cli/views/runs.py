"""Runs: the list, and the lines of one as they come."""

from __future__ import annotations

from steward.lib.tones import RUNS
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, part, rows, sections, text


def state_cell(state: str) -> Cell:
    """Write the state of a run; only a proven one is ever green."""
    return toned(state.replace("_", " ") or "unknown", RUNS.get(state, "unknown"))


def listing(result: Object, style: Style) -> str:
    """Write the runs as a table."""
    return sections(rows_of(rows(result, "runs"), style) or "No runs.", following(result))


def rows_of(runs: list[Object], style: Style) -> str:
    """Write a table of run lines, or nothing."""
    cells: list[list[Cell]] = [
        [
            text(each, "id"),
            state_cell(text(each, "state")),
            text(each, "title"),
            style.ago(text(each, "ended", "started", "created")),
            text(each, "reason"),
        ]
        for each in runs
    ]
    return table(("RUN", "STATE", "WHAT", "WHEN", "REASON"), cells, style, keep=("RUN", "STATE")) if cells else ""


def ended(result: Object, style: Style) -> str:
    """Write where one run stands."""
    run = part(result, "run")
    if not run:
        return ""
    reason = text(run, "reason")
    return f"{text(run, 'id')}  {style.cell(state_cell(text(run, 'state')))}" + (f"  {reason}" if reason else "")


def log_line(event: Object, style: Style) -> str:
    """Write one event of a run. Further lines of its text are marked, so that they cannot pass for events."""
    first, *more = block(event, "text").split("\n")
    head = "  ".join(
        each
        for each in (
            style.paint(style.clock(text(event, "at")), "dim"),
            text(event, "kind"),
            text(event, "step"),
            first,
        )
        if each
    )
    return "\n".join([head, *(f"          | {line}" for line in more)])
