"""Triggers and schedules as tables: how each stands, when it is due next, and how it went."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.brakes import brake_line
from steward.surfaces.cli.views.shape import Object, block, lines, part, rows, sections, text, words

_TONES = {"in trouble": "warning", "paused": "paused"}

_NO_NEXT = {
    "paused": "It starts nothing while it is paused.",
    "off": "It starts nothing by itself while its file says `enabled: false`.",
}

_FIRST = """Nothing starts by itself yet. A first one:
  steward trigger schedule look --daily-at 07:00 --goal health-check
  steward trigger new ping > backup.yaml     (or hook, files, event, condition, ...)
  steward trigger add backup.yaml"""


def listing(result: Object, style: Style) -> str:
    """Write one line for each trigger."""
    cells: list[list[Cell]] = [
        [
            text(each, "name"),
            _standing(each),
            text(each, "when"),
            text(each, "starts") or "only watches",
            style.left(text(each, "next_due")) if text(each, "next_due") else "",
            _went(part(each, "last"), style),
            text(each, "why"),
        ]
        for each in rows(result, "triggers")
    ]
    head = ("NAME", "STATE", "WHEN", "STARTS", "NEXT", "LAST", "WHY")
    found = table(head, cells, style, keep=("NAME",)) if cells else ""
    taught = "" if result.get("total") else _FIRST
    return sections(style.prose(text(result, "sentence")), found, _problems(result, style), taught)


def page(result: Object, style: Style) -> str:
    """Write one trigger: how it stands, what is next, what was."""
    line = part(result, "trigger")
    head = pairs(
        [
            ("name", text(line, "name")),
            ("for", text(line, "says")),
            ("state", _standing(line)),
            ("why", text(line, "why")),
            ("when", text(line, "when")),
            ("starts", text(line, "starts") or "nothing, it only watches"),
            ("takes", _seconds(text(result, "usual_seconds"))),
            ("address", f"steward trigger address {text(line, 'name')}" if text(line, "kind") == "ping" else ""),
            ("signs of life", words(result, "pings")),
            ("file", text(result, "file")),
            ("problem", text(result, "problem")),
        ],
        style,
    )
    raw = result.get("next")
    due = [style.when(str(each)) for each in raw] if isinstance(raw, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    upcoming = lines("next", *(f"  {each}" for each in due)) if due else _NO_NEXT.get(text(line, "state"), "")
    return sections(head, upcoming, _occurrences(rows(result, "history"), style), block(result, "text"))


def _standing(line: Object) -> Cell:
    """Write how a trigger stands; one that is off is neither well nor in trouble, and has no icon."""
    state = text(line, "state")
    return (state, "dim") if state == "off" else toned(state, _TONES.get(state, "ok"))


def history(result: Object, style: Style) -> str:
    """Write what came of triggers, newest first."""
    return sections(style.prose(text(result, "sentence")), _occurrences(rows(result, "occurrences"), style))


def upcoming(result: Object, style: Style) -> str:
    """Write what is due next."""
    cells: list[list[Cell]] = [
        [
            style.when(text(each, "due")),
            text(each, "trigger"),
            text(each, "starts"),
            _seconds(text(each, "usual_seconds")),
        ]
        for each in rows(result, "next")
    ]
    found = table(("DUE", "TRIGGER", "STARTS", "TAKES"), cells, style, keep=("TRIGGER",)) if cells else ""
    return sections(style.prose(text(result, "sentence")), found)


def week(result: Object, style: Style) -> str:
    """Write a week: each day with what was due and how it went; many starts of one trigger are one line."""
    came = {(text(each, "trigger"), text(each, "due")): each for each in rows(result, "happened")}
    cells: list[list[Cell]] = []
    for day in rows(result, "days"):
        counted: dict[tuple[str, str], int] = {}
        firsts: dict[tuple[str, str], list[Cell]] = {}
        for moment in rows(day, "moments"):
            row = came.get((text(moment, "trigger"), text(moment, "due")))
            is_told = row is not None and (row.get("is_late") is True or row.get("is_good") is False)
            key = (text(moment, "trigger"), text(moment, "due") if is_told else text(row or {}, "result", "state"))
            counted[key] = counted.get(key, 0) + 1
            firsts.setdefault(key, _moment(day, moment, row))
        cells += [[*line, f"{counted[key]} times" if counted[key] > 1 else ""] for key, line in firsts.items()]
    head = ("DAY", "AT", "TRIGGER", "STATE", "WHY", "")
    found = table(head, cells, style, keep=("DAY", "TRIGGER")) if cells else ""
    return sections(style.prose(text(result, "sentence")), _held(result, style), found)


def _moment(day: Object, moment: Object, row: Object | None) -> list[Cell]:
    minute = int(text(moment, "minute") or 0)
    at = f"{minute // 60:02}:{minute % 60:02}" + (" quiet" if moment.get("is_quiet") is True else "")
    return [text(day, "day"), at, text(moment, "trigger"), _state(row) if row else "ahead", text(row or {}, "reason")]


def _held(result: Object, style: Style) -> str:
    """Write what holds work back: quiet hours and the brake."""
    quiet = [
        f"Quiet hours {text(each, 'hours')}: {_QUIET.get(text(each, 'then'), text(each, 'then'))}"
        f" (rule `{text(each, 'rule')}`)."
        for each in rows(result, "quiet")
    ]
    return lines(brake_line(part(result, "brake"), style), *(style.prose(each) for each in quiet))


_QUIET = {"deny": "changes are refused", "ask": "every change is asked about"}


def address(result: Object, style: Style) -> str:
    """Write a secret address on a line of its own, and how it is used."""
    raw = result.get("uses")
    uses = [f"  {each}" for each in raw] if isinstance(raw, list) else []  # pyright: ignore[reportUnknownVariableType]
    return sections(style.prose(text(result, "sentence")), text(result, "address"), "\n".join(uses))


def check(result: Object, style: Style) -> str:
    """Write what a check found, a line for each problem."""
    told = [
        f"{text(result, 'file')}:{text(each, 'line')}:{text(each, 'column')}: {text(each, 'what')}"
        + (f": {text(each, 'why')}" if text(each, "why") else "")
        + (f". Next: {text(each, 'next_step')}" if text(each, "next_step") else "")
        for each in rows(result, "problems")
    ]
    return sections(style.prose(text(result, "sentence")), "\n".join(told))


def _occurrences(found: list[Object], style: Style) -> str:
    cells: list[list[Cell]] = [
        [
            style.when(text(each, "due")),
            text(each, "trigger"),
            _state(each),
            _seconds(text(each, "seconds")),
            text(each, "run"),
            "; ".join(filter(None, (text(each, "said"), text(each, "reason")))),
        ]
        for each in found
    ]
    return table(("DUE", "TRIGGER", "STATE", "TOOK", "RUN", "WHY"), cells, style, keep=("RUN",)) if cells else ""


def _state(row: Object) -> Cell:
    word = text(row, "result") or text(row, "state")
    tone = {"yes": "ok", "no": "warning"}.get(text(row, "is_good"), "watch")
    return toned(word + (" (late)" if row.get("is_late") is True else ""), tone)


def _went(row: Object, style: Style) -> str:
    return f"{text(row, 'result') or text(row, 'state')} {style.ago(text(row, 'due'))}" if row else ""


def _seconds(given: str) -> str:
    seconds = float(given or 0)
    if not seconds:
        return ""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _problems(result: Object, style: Style) -> str:
    raw = result.get("problems")
    told = [str(each) for each in raw] if isinstance(raw, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "\n".join(style.prose(each) for each in told)
