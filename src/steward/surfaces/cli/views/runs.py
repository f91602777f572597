"""Runs: the list, and the lines of one as they come."""

from __future__ import annotations

from datetime import timedelta

from steward.lib.text import age, plural
from steward.lib.tones import RUNS, STEPS
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, lines, part, rows, sections, text, words

_BAR = 20
"""Columns of the bar that tells how far a run is."""
_ROOMY = 100
"""Columns from which on the list of runs has room for reasons; `runs show` tells them always."""


def state_cell(state: str) -> Cell:
    """Write the state of a run; only a proven one is ever green."""
    return toned(state.replace("_", " ") or "unknown", RUNS.get(state, "unknown"))


def listing(result: Object, style: Style) -> str:
    """Write the runs as a table."""
    more = text(result, "more")
    return sections(
        rows_of(rows(result, "runs"), style) or "No runs.",
        f"The next page: --before {more}" if more else "",
        following(result),
    )


def rows_of(runs: list[Object], style: Style) -> str:
    """Write a table of run lines, or nothing."""
    cells: list[list[Cell]] = [
        [
            text(each, "id"),
            state_cell(text(each, "state")),
            text(each, "title"),
            style.ago(text(each, "ended", "started", "created")),
            _waits(each) or ("" if style.is_terminal and style.width < _ROOMY else text(each, "reason")),
        ]
        for each in runs
    ]
    return (
        table(("RUN", "STATE", "WHAT", "WHEN", "REASON"), cells, style, keep=("RUN", "STATE", "WHEN")) if cells else ""
    )


_WAITS = {
    "person": "an answer",
    "hands": "a person's hands",
    "time": "a time",
    "condition": "a condition",
    "event": "an event",
}


def _waits(run: Object) -> str:
    waits = [_WAITS.get(each, each) for each in words(run, "waits_for").split(", ") if each]
    return f"waits for {' and '.join(waits)}" if waits else ""


def ended(result: Object, style: Style) -> str:
    """Write where one run stands."""
    run = part(result, "run")
    if not run:
        return ""
    reason = text(run, "reason")
    return f"{text(run, 'id')}  {style.cell(state_cell(text(run, 'state')))}" + (f"  {reason}" if reason else "")


def progress(result: Object, style: Style) -> str:
    """Write how far a run is: one line for each step, then how long such runs take."""
    cells: list[list[Cell]] = [
        [
            text(each, "id"),
            toned(text(each, "state").replace("_", " "), STEPS.get(text(each, "state"), "unknown")),
            text(each, "says"),
            text(each, "machine"),
            style.ago(text(each, "ended", "started")),
        ]
        for each in rows(result, "steps")
    ]
    steps = table(("STEP", "STATE", "WHAT", "MACHINE", "WHEN"), cells, style, keep=("STEP", "STATE"))
    return sections(far_of(result, style), steps, _usual(result), _goes_on(result))


def _goes_on(result: Object) -> str:
    """Say from where a run of a workflow can go on, and what went on already."""
    gone, step = words(result, "gone_on"), text(result, "resume_from")
    return lines(
        f"It goes on as {gone}." if gone else "",
        f"It can go on from {step}: steward runs resume RUN" if step and not gone else "",
    )


def far_of(result: Object, style: Style) -> str:
    """Write on one line how far a run is and when it may end, by how long such runs took."""
    done, total = _whole(result, "done"), _whole(result, "total")
    full = done * _BAR // total if total else 0
    bar = "[" + "#" * full + "-" * (_BAR - full) + "]"
    end = text(result, "likely_end")
    ahead = f"  likely done {style.left(end)}" if end else ""
    return f"{style.cell(state_cell(text(result, 'state')))}  {bar}  {done} of {plural(total, 'step')}{ahead}"


def _whole(result: Object, name: str) -> int:
    found = result.get(name)
    return found if isinstance(found, int) else 0


def _usual(result: Object) -> str:
    seconds = result.get("usual_seconds")
    if not isinstance(seconds, int | float):
        return "No past run tells how long it takes."
    return f"Such a run usually takes {age(timedelta(seconds=seconds))}."


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
