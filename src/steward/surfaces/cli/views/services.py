"""Services: the list, one of them, what breaks with it, where it could run, and the graph as it was written."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style, status
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, following, lines, rows, sections, text, words

_TONES = {"up": "ok", "down": "down", "declared": "dim"}
_ANSWERS = {"yes": "ok", "no": "down", "unknown": "warning"}
_NEAR = 12
"""Steps below a service that are shown on its page; `steward graph` shows all."""


def listing(result: Object, style: Style) -> str:
    """Write one line for each service."""
    cells = [_row(each, style) for each in rows(result, "services")]
    head = ("SERVICE", "MACHINE", "STATE", "IMAGE", "OWNER", "SOURCE", "SEEN")
    found = table(head, cells, style, keep=("SERVICE", "MACHINE")) if cells else ""
    return sections(style.prose(text(result, "sentence")), found)


def _row(each: Object, style: Style) -> list[Cell]:
    return [
        text(each, "name"),
        text(each, "machine"),
        _state(each),
        text(each, "image", "says"),
        text(each, "owner"),
        text(each, "source"),
        style.ago(text(each, "at")),
    ]


def _state(each: Object) -> Cell:
    state = text(each, "state")
    return (state or "unknown", _TONES.get(state, "warning"))


def page(result: Object, style: Style) -> str:
    """Write what is known of a service, or of the services of a project."""
    services = rows(result, "services")
    data = [[text(each, "place"), text(each, "lies_on"), _backups(each)] for each in rows(result, "data")]
    return sections(
        style.heading(style.prose(text(result, "sentence"))),
        table(
            ("SERVICE", "MACHINE", "STATE", "IMAGE", "OWNER", "SOURCE", "SEEN"),
            [_row(each, style) for each in services],
            style,
        ),
        lines(*(f"{text(each, 'name')}: {text(each, 'says')}" for each in services if text(each, "says"))),
        _titled("Stands on", _steps(rows(result, "stands_on")[:_NEAR], style), style),
        _titled("Stops with it", _steps(rows(result, "breaks"), style), style),
        _titled("Data", table(("PLACE", "LIES ON", "BACKUP"), data, style) if data else "", style),
        _titled("Findings", _findings(rows(result, "findings"), style), style),
        _titled("Changed this week", _changed(rows(result, "changed"), style), style),
        following(result),
    )


def _backups(each: Object) -> Cell:
    known = words(each, "backups")
    return known or ("none known", "warning")


def _steps(found: list[Object], style: Style) -> str:
    cells: list[list[Cell]] = [
        [
            text(each, "way"),
            text(each, "kind"),
            _state(each) if text(each, "state") else "",
            text(each, "source"),
            style.ago(text(each, "at")),
        ]
        for each in found
    ]
    return table(("WAY", "KIND", "STATE", "KNOWN FROM", "SEEN"), cells, style) if cells else ""


def _findings(found: list[Object], style: Style) -> str:
    cells: list[list[Cell]] = [
        [status(text(each, "severity")), text(each, "title"), text(each, "id")] for each in found
    ]
    return table(("SEVERITY", "WHAT", "ID"), cells, style, keep=("ID",)) if cells else ""


def _changed(found: list[Object], style: Style) -> str:
    cells: list[list[Cell]] = [
        [style.ago(text(each, "at")), text(each, "subject"), text(each, "before") or "-", text(each, "after") or "-"]
        for each in found
    ]
    return table(("WHEN", "WHAT", "WAS", "IS"), cells, style) if cells else ""


def _titled(title: str, body: str, style: Style) -> str:
    return f"{style.heading(title)}\n{body}" if body else ""


def breaking(result: Object, style: Style) -> str:
    """Write what stops, nearest first, each with the way to it."""
    return sections(
        style.heading(style.prose(text(result, "sentence"))),
        _steps(rows(result, "broken"), style),
        style.prose(text(result, "untold")),
    )


def places(result: Object, style: Style) -> str:
    """Write one line for each machine."""
    cells: list[list[Cell]] = [
        [text(each, "machine"), (text(each, "answer"), _ANSWERS.get(text(each, "answer"), "")), text(each, "why")]
        for each in rows(result, "machines")
    ]
    needs = text(result, "needs")
    return sections(
        style.prose(text(result, "sentence")),
        f"Needed: {needs}" if needs else "",
        table(("MACHINE", "FITS", "WHY"), cells, style, keep=("MACHINE",)) if cells else "",
    )


def drawing(result: Object, style: Style) -> str:
    """Write the graph and nothing else, so that a drawing program can read it."""
    del style
    return block(result, "text")
