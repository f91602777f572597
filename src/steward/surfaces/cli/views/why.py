"""`steward why`: each finding with its evidence, and the plan or the reason why there is none."""

from __future__ import annotations

from typing import Any, cast

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Cell, Style, status
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, lines, part, rows, sections, text

_FEW = 3
"""Observations of each finding that are shown when there are several findings."""


def why(result: Object, style: Style) -> str:
    """Write the sentence, every finding, and what could not be read; plans are whole when there is one finding only."""
    stale = text(result, "stale_since")
    sentence = text(result, "sentence")
    found = rows(result, "explained")
    return sections(
        style.heading(style.prose(f"As of {style.ago(stale)}: {sentence}" if stale else sentence)),
        *(_explained(item, style, is_alone=len(found) == 1) for item in found),
        _grounds(rows(result, "stands_on"), style),
        _changed_below(rows(result, "changed"), style),
        _unread(rows(result, "unread"), style),
        following(result),
    )


def _grounds(found: list[Object], style: Style) -> str:
    """Write what a service stands on, one way a line; those that lead on to another are left out."""
    ways = [text(each, "way") for each in found]
    last = [each for each in found if not any(way.startswith(text(each, "way") + " ") for way in ways)]
    cells: list[list[Cell]] = [[text(each, "way"), text(each, "state"), style.ago(text(each, "at"))] for each in last]
    if not cells:
        return ""
    return f"{style.heading('Stands on')}\n" + table(("WAY", "STATE", "SEEN"), cells, style)


def _changed_below(found: list[Object], style: Style) -> str:
    told = [style.prose(_was(each, style)) for each in found]
    return lines(style.heading("Changed in 24 hours"), *told) if told else ""


def _was(each: Object, style: Style) -> str:
    """Write one change: what, from what to what, when and by whom."""
    before, after = text(each, "before") or "nothing", text(each, "after") or "nothing"
    by = text(each, "run") or text(each, "author")
    return f"- {text(each, 'subject')}: {before} became {after} ({style.ago(text(each, 'at'))}, by {by})"


def _explained(item: Object, style: Style, *, is_alone: bool) -> str:
    finding = part(item, "finding")
    since = text(item, "lasting", "for")
    name = text(finding, "id")
    head = f"{style.cell(status(text(finding, 'severity') or 'unknown'))}  {style.heading(text(finding, 'title'))}"
    way = text(item, "way")
    about = ", ".join(each for each in (name, f"for {since}" if since else "") if each)
    plan, blocked = block(item, "plan"), text(item, "blocked")
    evidence = rows(finding, "evidence")
    shown = evidence if is_alone else evidence[:_FEW]
    left_out = len(evidence) - len(shown)
    return lines(
        head,
        style.paint(f"  {about}", "dim"),
        style.prose(f"by way of {way}", indent=2) if way else "",
        *_seen(shown, style),
        f"  - and {left_out} more: steward why {name}" if left_out else "",
        *_changed(rows(item, "changed")[: None if is_alone else _FEW], style),
        _labeled("If nothing is done: ", text(finding, "if_nothing"), style),
        _plan(plan) if is_alone else _labeled("Plan: ", plan.partition("\n")[0], style),
        _labeled("It may not run: " if plan else "No plan: ", blocked, style),
        f"  {following(item)}" if following(item) else "",
        *(_labeled("Or: ", one_line(other), style) for other in _others(finding)),
    )


def _others(finding: Object) -> list[str]:
    """Return the other ways to end a finding."""
    found = finding.get("alternatives")
    return [str(each) for each in cast("list[Any]", found)] if isinstance(found, list) else []


def _changed(changed: list[Object], style: Style) -> list[str]:
    """Write what changed on the machine before."""
    told = [style.prose(_was(each, style), indent=2) for each in changed]
    return [style.paint("  changed there in the 24 hours before:", "dim"), *told] if told else []


def _seen(evidence: list[Object], style: Style) -> list[str]:
    """Write observations, those of one source and moment below one line that names both."""
    written: list[str] = []
    before = ""
    for each in evidence:
        source = ", ".join(part for part in (text(each, "source"), style.ago(text(each, "at"))) if part)
        if source and source != before:
            written.append(style.paint(style.prose(f"seen by {source}:", indent=2), "dim"))
        before = source
        outside = " (from outside)" if text(each, "taint") == "outside" else ""
        written.append(style.prose(f"- {text(each, 'name')}: {text(each, 'value')}{outside}", indent=2))
    return written


def _plan(shown: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in ["", *shown.split("\n"), ""]) if shown else ""


def _labeled(label: str, body: str, style: Style) -> str:
    return style.prose(label + body, indent=2) if body else ""


def _unread(items: list[Object], style: Style) -> str:
    if not items:
        return ""
    cells = [[text(item, "machine"), text(item, "fact"), text(item, "why")] for item in items]
    return f"{style.heading('Could not be read')}\n" + table(("MACHINE", "FACT", "WHY"), cells, style)
