"""The receipt of a run: what was asked, allowed, done and proven, on one page."""

from __future__ import annotations

from datetime import datetime

from steward.lib.text import age
from steward.lib.tones import OUTCOMES
from steward.surfaces.cli.layout import hanging
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs
from steward.surfaces.cli.views.holds import hold_cell
from steward.surfaces.cli.views.runs import state_cell
from steward.surfaces.cli.views.shape import Object, block, following, lines, part, rows, sections, text, words

_SHORT = 8
_OUTPUT_LINES = 10
_INDENT = 9


def receipt(result: Object, style: Style) -> str:
    """Write a receipt."""
    run, plan = part(result, "run"), part(result, "plan")
    return sections(
        lines(style.heading(text(plan, "title")), style.cell(state_cell(text(run, "state"))) + _took(run)),
        pairs(_facts(result, style), style),
        _done(rows(result, "steps"), _says(plan), style),
        _waited(result, style),
        _proof(rows(run, "before"), rows(run, "after"), style),
        _undo(result),
        following(result),
    )


def _facts(result: Object, style: Style) -> list[tuple[str, Cell]]:
    run, plan, finding = part(result, "run"), part(result, "plan"), part(result, "finding")
    requester = part(plan, "requester")
    return [
        ("Run", text(run, "id")),
        ("How it ended", text(run, "reason")),
        *_resumed(part(part(plan, "course"), "resumed")),
        ("Goes on as", ", ".join(text(each, "successor") for each in rows(result, "gone_on"))),
        ("Why", text(finding, "title") or text(plan, "goal")),
        ("Risk", text(plan, "risk")),
        ("Asked by", " via ".join(each for each in (text(requester, "id"), text(requester, "channel")) if each)),
        ("Allowed by", _allowed(part(result, "approval"), style)),
        ("Started", style.when(text(run, "started"))),
        ("Fingerprint", text(result, "fingerprint")[:_SHORT]),
        ("Audit rows", words(result, "audit")),
    ]


def _resumed(resumed: Object) -> list[tuple[str, Cell]]:
    if not resumed:
        return []
    carried = ", ".join(text(each, "id") for each in rows(resumed, "carried"))
    word = "Fork of" if resumed.get("is_fork") is True else "Goes on from"
    return [(word, text(resumed, "run")), ("Not done again", carried or "nothing")]


def _allowed(approval: Object, style: Style) -> str:
    if not approval:
        return "a standing grant"
    if not text(approval, "decided_by"):
        return f"nobody: {text(approval, 'code')} is {text(approval, 'state')}"
    proof = f"{text(approval, 'decided_strength')}, {text(approval, 'decided_channel')}"
    return f"{text(approval, 'decided_by')} ({proof}) at {style.when(text(approval, 'decided_at'))}"


def _took(run: Object) -> str:
    try:
        span = datetime.fromisoformat(text(run, "ended")) - datetime.fromisoformat(text(run, "started"))
    except ValueError:
        return ""
    return f" in {age(span)}"


def _says(plan: Object) -> dict[str, str]:
    return {text(step, "id"): text(step, "says") for step in rows(plan, "steps")}


def _done(steps: list[Object], says: dict[str, str], style: Style) -> str:
    if not steps:
        return f"{style.heading('What was done')}\n  nothing"
    return lines(style.heading("What was done"), *(_step(step, says, style) for step in steps))


def _waited(result: Object, style: Style) -> str:
    """Write what the run waits or waited for, and what came of that."""
    found = rows(result, "holds")
    if not found:
        return ""
    course, run = part(part(result, "plan"), "course"), text(part(result, "run"), "id")
    says = {text(hold, "id"): text(hold, "says") for hold in rows(course, "holds")}
    is_open = any(text(each, "state") == "open" for each in found)
    return lines(
        style.heading("What it waited for"),
        *(_wait(each, says, style) for each in found),
        f"  next: steward holds ls {run}" if is_open else "",
    )


def _wait(record: Object, says: dict[str, str], style: Style) -> str:
    name = text(record, "hold")
    given = ", ".join(f"{field} = {text(part(record, 'answer'), field)}" for field in part(record, "answer"))
    told = "; ".join(each for each in (text(record, "note"), given, style.ago(text(record, "ended", "opened"))) if each)
    return lines(
        f"  {style.cell(hold_cell(text(record, 'state')))}  {says.get(name, name)}", style.prose(told, indent=6)
    )


def _step(step: Object, says: dict[str, str], style: Style) -> str:
    name = text(step, "step")
    outcome = text(step, "outcome") or "unknown"
    what = says.get(name, name)
    what = f"undo: {what}" if step.get("is_undo") else what
    ended = f"  exit {text(step, 'exit_code')}" if text(step, "exit_code") else ""
    return lines(
        f"  {style.cell(toned(outcome, OUTCOMES.get(outcome, 'unknown')))}  {what}{style.paint(ended, 'dim')}",
        style.prose(text(step, "note"), indent=6) if text(step, "note") else "",
        _output(block(step, "output"), style),
    )


def _output(output: str, style: Style) -> str:
    """Write the last lines a program printed, each marked: they are words from outside."""
    if not output.strip():
        return ""
    found = output.split("\n")
    left_out = len(found) - _OUTPUT_LINES
    head = [f"      | ({left_out} more lines before)"] if left_out > 0 else []
    return style.paint("\n".join([*head, *(f"      | {line}" for line in found[-_OUTPUT_LINES:])]), "dim")


def _proof(before: list[Object], after: list[Object], style: Style) -> str:
    """Write what was expected and seen, whole: a proof that is cut proves nothing."""
    earlier = {text(part(each, "probe"), "says"): each for each in before}
    found = [_probed(each, earlier.get(text(part(each, "probe"), "says")), style) for each in after]
    if not after:
        found = [style.prose("none was taken after; " + _seen(each), indent=2) for each in before]
    return lines(style.heading("Proof"), *(found or ["  none was taken"]))


def _probed(after: Object, before: Object | None, style: Style) -> str:
    seen = "; ".join(each for each in (text(after, "seen"), _seen(before) if before else "") if each)
    answer, tone = _answer(after)
    room = style.prose_width
    says = hanging(text(part(after, "probe"), "says") + (f" ({seen})" if seen else ""), room, _INDENT)
    return f"  {style.cell(toned(answer.ljust(3), tone))}  {says}"


def _seen(before: Object) -> str:
    return f"before: {', '.join(each for each in (_answer(before)[0], text(before, 'seen')) if each)}"


def _answer(result: Object) -> tuple[str, str]:
    """Return the answer of a probe and its tone; what is not a clear yes or no is unknown."""
    holds = result.get("holds")
    return ("yes", "ok") if holds is True else ("no", "down") if holds is False else ("unknown", "unknown")


def _undo(result: Object) -> str:
    return f"undo: steward undo {text(part(result, 'run'), 'id')}" if result.get("can_undo") is True else ""
