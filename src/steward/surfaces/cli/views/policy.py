"""What policy decides, and every voice in it."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.shape import Object, following, part, rows, sections, text

_TONES = {"allow": "ok", "ask": "watch", "deny": "down"}


def explanation(result: Object, style: Style) -> str:
    """Write the verdict and its reasons, the deciding ones first."""
    decision = part(result, "decision") or result
    verdict = text(decision, "verdict")
    facts: list[tuple[str, Cell]] = [
        ("Verdict", toned(verdict, _TONES.get(verdict, "unknown"))),
        ("Risk", text(decision, "risk")),
        ("Needs", text(decision, "least")),
        ("Grant", text(decision, "grant")),
    ]
    return sections(pairs(facts, style), reasons_list(rows(decision, "reasons"), style), following(result))


def reasons_list(reasons: list[Object], style: Style) -> str:
    """Write the voices of a decision as a table."""
    if not reasons:
        return ""
    cells: list[list[Cell]] = [
        [(text(each, "verdict"), _TONES.get(text(each, "verdict"), "")), text(each, "rule"), text(each, "why")]
        for each in reasons
    ]
    return table(("SAYS", "RULE", "WHY"), cells, style)
