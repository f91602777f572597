"""What `steward import` found: an overview, the worst problems, what to do next."""

from __future__ import annotations

from collections import Counter

from steward.lib.text import plural
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.shape import Object, lines, rows, sections, text

_TONES = {"error": "down", "warning": "warning", "note": "dim"}
_RANKS = {"error": 0, "warning": 1, "note": 2}
_WORST = 10
_MOST_NAMES = 8


def overview(result: Object, style: Style, *, folder: str, files: int) -> str:
    """Write an overview that fits a screen."""
    return sections(
        style.heading(f"{folder}: {plural(files, 'file')} read"),
        _found(result, style),
        _problems(result, style),
        _worst(result, style),
        _unreadable(result, style),
        _next(result, folder),
    )


def _found(result: Object, style: Style) -> str:
    machines = list(dict.fromkeys(text(each, "name") for each in rows(result, "machines")))
    shown = ", ".join(machines[:_MOST_NAMES]) + (", ..." if len(machines) > _MOST_NAMES else "")
    kinds = Counter(text(each, "kind") for each in rows(result, "services"))
    services = ", ".join(
        f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    images = rows(result, "images")
    moving = sum(text(each, "pinned") in {"latest", "none"} for each in images)
    open_volumes = sum(each.get("backed_up") is False for each in rows(result, "volumes"))
    encrypted = sum(each.get("encrypted") is True for each in rows(result, "secrets"))
    items: list[tuple[str, Cell]] = [
        ("Machines", _counted(len(machines), shown)),
        ("Services", _counted(len(rows(result, "services")), services)),
        ("Images", _counted(len(images), f"{moving} not pinned" if moving else "")),
        ("Host ports", str(len(rows(result, "ports")))),
        ("Volumes", _counted(len(rows(result, "volumes")), f"{open_volumes} in no backup" if open_volumes else "")),
        ("Secrets", _counted(len(rows(result, "secrets")), f"{encrypted} encrypted here" if encrypted else "")),
        ("Dependencies", str(len(rows(result, "dependencies")))),
    ]
    return pairs(items, style)


def _counted(count: int, what: str) -> str:
    return f"{count}   {what}" if what else str(count)


def _problems(result: Object, style: Style) -> str:
    counts = Counter((text(each, "severity"), text(each, "kind")) for each in rows(result, "problems"))
    cells: list[list[Cell]] = [
        [_severity(severity), kind, str(count)]
        for (severity, kind), count in sorted(
            counts.items(), key=lambda item: (_RANKS.get(item[0][0], 9), -item[1], item[0])
        )
    ]
    return table(("SEVERITY", "PROBLEM", "COUNT"), cells, style) if cells else "No problems."


def _severity(severity: str) -> Cell:
    tone = _TONES.get(severity, "unknown")
    return (severity, tone) if tone == "dim" else toned(severity, tone)


def _worst(result: Object, style: Style) -> str:
    ranked = sorted(rows(result, "problems"), key=lambda each: _RANKS.get(text(each, "severity"), 9))
    worst = [each for each in _varied(ranked) if text(each, "severity") != "note"][:_WORST]
    cells: list[list[Cell]] = [
        [_severity(text(each, "severity")), _place(each), text(each, "message")] for each in worst
    ]
    return (
        lines(style.heading("The worst"), table(("SEVERITY", "WHERE", "WHAT"), cells, style, keep=("WHERE",)))
        if cells
        else ""
    )


def _varied(ranked: list[Object]) -> list[Object]:
    """Put at most three of a kind first, so that one kind does not hide the others of its severity."""
    seen: Counter[tuple[str, str]] = Counter()
    order: list[tuple[int, bool, int, Object]] = []
    for place, each in enumerate(ranked):
        key = (text(each, "severity"), text(each, "kind"))
        seen[key] += 1
        order.append((_RANKS.get(key[0], 9), seen[key] > 3, place, each))
    return [each for _, _, _, each in sorted(order, key=lambda item: item[:3])]


def _place(each: Object) -> str:
    return f"{text(each, 'file')}:{text(each, 'line')}"


def _unreadable(result: Object, style: Style) -> str:
    unread = rows(result, "unreadable")
    if not unread:
        return ""
    shown = [f"{_place(each)}  {text(each, 'reason')}" for each in unread[:_WORST]]
    more = f"and {len(unread) - _WORST} more" if len(unread) > _WORST else ""
    return lines(style.heading("Not read"), *shown, more)


def _next(result: Object, folder: str) -> str:
    addressed = next((each for each in rows(result, "machines") if text(each, "address")), None)
    adding = f"steward machines add {text(addressed, 'name')} {text(addressed, 'address')}" if addressed else ""
    return lines(f"next: steward import {folder} --json", f"next: {adding}" if adding else "")
