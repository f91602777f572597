"""Approvals: what waits for a person, and what a person decided."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.plans import approval_line, card
from steward.surfaces.cli.views.runs import state_cell
from steward.surfaces.cli.views.shape import Object, following, lines, part, rows, sections, text, words

_SHORT = 8


def listing(result: Object, style: Style) -> str:
    """Write the approvals as a table."""
    found = table_of(rows(result, "approvals"), style)
    return sections(found or "Nothing waits for you.", following(result))


def waiting(result: Object, style: Style) -> str:
    """Write what waits, and the brake that is on."""
    brake = text(part(result, "brake"), "brake")
    found = table_of(rows(result, "waiting"), style)
    return sections(f"{brake.capitalize()} is on." if brake != "none" else "", found or "Nothing waits for you.")


def table_of(approvals: list[Object], style: Style) -> str:
    """Write a table of approval lines, or nothing."""
    cells: list[list[Cell]] = [
        [
            (text(each, "code"), "bold"),
            text(each, "title"),
            words(each, "machines"),
            text(each, "risk"),
            _unless_pending(text(each, "state")),
            text(each, "age") or style.ago(text(each, "created")),
            _expiry(each, style),
            text(each, "fingerprint")[:_SHORT],
        ]
        for each in approvals
    ]
    headers = ("CODE", "TITLE", "MACHINES", "RISK", "STATE", "AGE", "EXPIRES", "PLAN")
    return table(headers, cells, style, keep=("CODE", "STATE", "PLAN")) if cells else ""


def decided(result: Object, style: Style) -> str:
    """Write what was decided, and the run that came of it; what still waits is shown whole."""
    approval = part(result, "approval")
    if "shown" in result and text(approval, "state") == "pending":
        return card(result, style)
    run = part(result, "run")
    reason = text(approval, "reason")
    name = text(run, "id") or text(result, "run")
    return lines(
        approval_line(approval, style),
        f"reason: {reason}" if reason else "",
        f"run: {name}" if name else "",
        style.cell(state_cell(text(run, "state"))) if run else "",
        following(result),
    )


def _unless_pending(state: str) -> str:
    return "" if state == "pending" else state


def _expiry(approval: Object, style: Style) -> str:
    return style.left(text(approval, "expires")) if text(approval, "expires") else ""
