"""`steward workflow ls`, `show` and `check`."""

from __future__ import annotations

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.runs import state_cell
from steward.surfaces.cli.views.shape import Object, block, part, rows, sections, text, words

_NOTHING = "-"


def listing(result: Object, style: Style) -> str:
    """Write one line for each workflow."""
    cells: list[list[Cell]] = [
        [
            text(each, "name"),
            text(each, "title") or text(each, "problem"),
            "Steward" if each.get("is_shipped") is True else "you",
            state_cell(text(part(each, "last"), "state")) if part(each, "last") else _NOTHING,
            style.ago(text(part(each, "last"), "ended", "created")),
        ]
        for each in rows(result, "workflows")
    ]
    head = ("WORKFLOW", "WHAT IT DOES", "FROM", "LAST RUN", "WHEN")
    found = table(head, cells, style, keep=("WORKFLOW", "LAST RUN", "WHEN")) if cells else ""
    return sections(style.prose(text(result, "sentence")), found)


def page(result: Object, style: Style) -> str:
    """Write the steps as a table, the text as it is, versions and runs below."""
    steps = [
        [
            text(each, "id"),
            text(each, "kind"),
            text(each, "says") + (" (several)" if each.get("is_fan_out") is True else ""),
            words(each, "needs") or _NOTHING,
        ]
        for each in rows(result, "graph")
    ]
    runs = [
        [text(each, "run"), state_cell(text(each, "state")), style.ago(text(each, "ended", "created"))]
        for each in rows(result, "runs")
    ]
    versions = [[text(each, "commit")[:12], text(each, "title")] for each in rows(result, "versions")]
    problems = result.get("problems")
    told = [one_line(str(each)) for each in problems] if isinstance(problems, list) else []  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - JSON
    return sections(
        style.heading(text(result, "title", "name")),
        style.prose(text(result, "goal")),
        f"{style.heading('Inputs')}\n{pairs(_inputs(result), style, indent=2)}" if rows(result, "inputs") else "",
        table(("STEP", "IS", "DOES", "AFTER"), steps, style, keep=("STEP",)) if steps else "",
        "\n".join(told),
        f"{style.heading(text(result, 'file'))}\n"
        + "\n".join(one_line(line) for line in block(result, "text").split("\n")),
        f"{style.heading('Versions')}\n" + table(("COMMIT", "WHAT IT DID"), versions, style) if versions else "",
        f"{style.heading('Runs')}\n" + table(("RUN", "STATE", "WHEN"), runs, style, keep=("RUN",)) if runs else "",
    )


def _inputs(result: Object) -> list[tuple[str, Cell]]:
    return [
        (
            text(each, "name"),
            ", ".join(
                one
                for one in (
                    text(each, "says"),
                    text(each, "kind"),
                    "must be given" if each.get("default") is None else f"else {words(each, 'default') or 'empty'}",
                )
                if one
            ),
        )
        for each in rows(result, "inputs")
    ]


def checked(result: Object, style: Style) -> str:
    """Write one line for each problem, with its place."""
    problems = [
        style.prose(f"{text(result, 'file')}:{text(each, 'line')}:{text(each, 'column')}: {_said(each)}")
        for each in rows(result, "problems")
    ]
    return sections(style.prose(text(result, "sentence")), "\n".join(problems))


def _said(problem: Object) -> str:
    why, step = text(problem, "why"), text(problem, "next_step")
    return text(problem, "what") + (f": {why}" if why else "") + (f". Next: {step}" if step else "")
