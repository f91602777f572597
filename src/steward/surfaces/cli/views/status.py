"""`steward status`: the four questions, from data."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.style import status as word
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.approvals import table_of
from steward.surfaces.cli.views.brakes import brake_line
from steward.surfaces.cli.views.runs import rows_of
from steward.surfaces.cli.views.shape import Object, lines, part, rows, sections, text, words

_WORST_FIRST = ("down", "warning", "unknown", "watch", "paused", "ok")


def status(result: Object, style: Style) -> str:
    """Write the sentence, then what waits, what is wrong, what runs, and every machine."""
    sentence = text(result, "sentence")
    stale = text(result, "stale_since")
    if stale:
        sentence = f"As of {style.ago(stale)}: {sentence}"
    return sections(
        lines(style.heading(style.prose(sentence)), brake_line(part(result, "brake"), style)),
        _section("Waiting for you", table_of(rows(result, "waiting"), style), style),
        _section("Wrong now", _findings(rows(result, "findings"), style), style),
        _section("Running", rows_of(rows(result, "running"), style), style),
        _section("Problems", _problems(words(result, "problems", "\n"), style), style),
        _section("Machines", machines_table(rows(result, "machines"), style), style),
    )


def machines_table(machines: list[Object], style: Style) -> str:
    """Write one line a machine, the worst first."""
    ordered = sorted(machines, key=lambda machine: _badness(text(machine, "status")))
    cells: list[list[Cell]] = [
        [
            word(text(machine, "status") or "unknown"),
            text(machine, "name", "id"),
            text(machine, "autonomy"),
            style.ago(text(machine, "seen_at")) or "never",
            _count(machine),
            text(machine, "note"),
        ]
        for machine in ordered
    ]
    headers = ("STATUS", "MACHINE", "AUTONOMY", "SEEN", "FINDINGS", "NOTE")
    return table(headers, cells, style, keep=("STATUS", "MACHINE")) if cells else ""


def _problems(problems: str, style: Style) -> str:
    return "\n".join(style.prose(f"- {line}", indent=2) for line in problems.split("\n")) if problems else ""


def _findings(findings: list[Object], style: Style) -> str:
    ordered = sorted(findings, key=lambda finding: _badness(text(finding, "severity")))
    cells: list[list[Cell]] = [
        [
            word(text(finding, "severity") or "unknown"),
            text(finding, "title"),
            style.ago(text(finding, "since")),
            text(finding, "id"),
        ]
        for finding in ordered
    ]
    return table(("STATUS", "WHAT", "SINCE", "ID"), cells, style, keep=("STATUS", "ID")) if cells else ""


def _count(machine: Object) -> str:
    count = text(machine, "findings") or str(len(rows(machine, "findings")))
    return "" if count == "0" else count


def _badness(name: str) -> int:
    return _WORST_FIRST.index(name) if name in _WORST_FIRST else 0


def _section(title: str, body: str, style: Style) -> str:
    return f"{style.heading(title)}\n{body}" if body else ""
