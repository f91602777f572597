"""`steward why`: each finding with its evidence, and the plan or the reason why there is none."""

from __future__ import annotations

from steward.surfaces.cli.style import Style, status
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, lines, part, rows, sections, text


def why(result: Object, style: Style) -> str:
    """Write the sentence, every finding, and what could not be read."""
    stale = text(result, "stale_since")
    sentence = text(result, "sentence")
    return sections(
        style.heading(style.prose(f"As of {style.ago(stale)}: {sentence}" if stale else sentence)),
        *(_explained(item, style) for item in rows(result, "explained")),
        _unread(rows(result, "unread"), style),
        following(result),
    )


def _explained(item: Object, style: Style) -> str:
    finding = part(item, "finding")
    since = text(item, "lasting", "for")
    head = f"{style.cell(status(text(finding, 'severity') or 'unknown'))}  {style.heading(text(finding, 'title'))}"
    about = ", ".join(each for each in (text(finding, "id"), f"for {since}" if since else "") if each)
    return lines(
        head,
        style.paint(f"  {about}", "dim"),
        *(_seen(evidence, style) for evidence in rows(finding, "evidence")),
        _labeled("If nothing is done: ", text(finding, "if_nothing"), style),
        _plan(block(item, "plan")),
        _labeled("No plan: ", text(item, "blocked"), style),
        f"  {following(item)}" if following(item) else "",
    )


def _seen(evidence: Object, style: Style) -> str:
    source = ", ".join(each for each in (text(evidence, "source"), style.ago(text(evidence, "at"))) if each)
    outside = ", from outside" if text(evidence, "taint") == "outside" else ""
    return style.prose(f"- {text(evidence, 'name')}: {text(evidence, 'value')} ({source}{outside})", indent=2)


def _plan(shown: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in ["", *shown.split("\n"), ""]) if shown else ""


def _labeled(label: str, body: str, style: Style) -> str:
    return style.prose(label + body, indent=2) if body else ""


def _unread(items: list[Object], style: Style) -> str:
    if not items:
        return ""
    cells = [[text(item, "machine"), text(item, "fact"), text(item, "why")] for item in items]
    return f"{style.heading('Could not be read')}\n" + table(("MACHINE", "FACT", "WHY"), cells, style)
