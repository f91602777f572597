"""`steward goal ls`, `check`, `show` and `run`."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.shape import Object, block, lines, part, rows, sections, text, words

_HOLDS = {"yes": ("holds", "ok"), "no": ("does not hold", "warning"), "": ("cannot be told", "unknown")}


def listing(result: Object, style: Style) -> str:
    """Write one line for each goal, then what is wrong with their files."""
    cells: list[list[Cell]] = [
        [
            text(each, "name"),
            text(each, "title"),
            text(each, "plans") + (" at most" if text(each, "plans") else ""),
            "Steward" if each.get("is_shipped") is True else "you",
        ]
        for each in rows(result, "goals")
    ]
    found = table(("GOAL", "WHAT IT IS FOR", "PLANS", "FROM"), cells, style, keep=("GOAL",)) if cells else ""
    problems = [words(each, "problems", "\n") for each in rows(result, "goals")]
    taught = "Run one: steward goal run health-check --dry-run" if cells else ""
    return sections(style.prose(text(result, "sentence")), found, lines(*problems), taught)


def page(result: Object, style: Style) -> str:
    """Write what a goal wants, what it may do, and when it is met."""
    budget = part(result, "budget")
    plans = f"{text(budget, 'plans')} plans a run"
    fields = [
        ("name", text(result, "name")),
        ("started by", words(result, "trigger") or "nothing but you"),
        ("machines", words(result, "machines") or "all"),
        ("looks at", words(result, "gather") or "what its checks need"),
        ("may propose", words(result, "allow") or "nothing, it only looks"),
        ("at most", f"{plans}, {'also' if budget.get('irreversible') is True else 'none'} that cannot be put back"),
    ]
    success = [f"  {each}" for each in words(result, "success", "\n").split("\n") if each]
    body = block(result, "words").split("\n")
    told = [line for line in body if line.lstrip("# ").strip() != text(result, "title")]
    return sections(
        style.heading(text(result, "title", "name")),
        pairs(fields, style),
        "\n".join([style.heading("Met when, on each machine"), *success]) if success else "",
        "\n".join(style.prose(line) for line in told).strip("\n"),
        f"Run it: steward goal run {text(result, 'name')}",
    )


def report(result: Object, style: Style) -> str:
    """Write what came of a run of a goal: proposed, left, and every line of its success."""
    proposed: list[list[Cell]] = [
        [text(each, "code") or "runs" if text(each, "run") else text(each, "code") or "not asked", text(each, "title")]
        for each in rows(result, "proposed")
    ]
    left: list[list[Cell]] = [[text(each, "title"), text(each, "why")] for each in rows(result, "left")]
    lines_: list[list[Cell]] = [
        [text(each, "machine"), text(each, "line"), _holds(each), text(each, "seen")]
        for each in rows(result, "success")
    ]
    return sections(
        style.prose(text(result, "sentence")),
        _titled("Proposed", table(("CODE", "WHAT"), proposed, style, keep=("CODE",)) if proposed else "", style),
        _titled("Left", table(("WHAT", "WHY NOTHING WAS PROPOSED"), left, style) if left else "", style),
        _titled(
            "Met when",
            table(("MACHINE", "LINE", "STATE", "SEEN"), lines_, style, keep=("MACHINE", "STATE")) if lines_ else "",
            style,
        ),
        _titled("Not gathered", words(result, "missing", "\n"), style),
        style.prose(text(result, "no_model")),
    )


def _holds(proof: Object) -> Cell:
    word, tone = _HOLDS.get(text(proof, "holds"), _HOLDS[""])
    return toned(word, tone)


def _titled(title: str, body: str, style: Style) -> str:
    return f"{style.heading(title)}\n{body}" if body else ""
