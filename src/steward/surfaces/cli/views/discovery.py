"""Machines that are not in the inventory, each with the line that adds it; the export and the way to join."""

from __future__ import annotations

from steward.lib.text import plural
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, lines, part, rows, sections, text, words

_MOST_LEFT_OUT = 12


def discovery(result: Object, style: Style) -> str:
    """Write what each source tells."""
    asked = [_source(each, part(each, "found"), style) for each in rows(result, "sources")]
    return sections(style.prose(text(result, "sentence")), *asked)


def as_it_is(result: Object, style: Style) -> str:
    """Write a text as it is, never wrapped: it is pasted or goes into a file."""
    del style
    return block(result, "text")


def _source(asked: Object, found: Object, style: Style) -> str:
    title = " ".join(part for part in (text(asked, "source"), text(asked, "target")) if part)
    proposed = rows(found, "proposed")
    cells = [[text(each, "name"), *_told(part(each, "found"))] for each in proposed]
    known = words(found, "known")
    body = (
        style.prose(text(asked, "problem"), indent=2) if text(asked, "problem") else "",
        table(("NAME", "REACHED AT", "TOLD BY", "SAYS"), cells, style, keep=("NAME",)) if cells else "",
        lines(*(f"  {text(each, 'line')}" for each in proposed)),
        style.prose(f"In the inventory already: {known}", indent=2) if known else "",
        _left_out(rows(found, "left_out"), style),
    )
    told = sections(*(each for each in body if each))
    return f"{style.heading(title)}\n{told or style.prose('Nothing.', indent=2)}"


def _told(found: Object) -> list[str]:
    if text(found, "guest"):
        reached = f"{text(found, 'transport')} {text(found, 'guest')} on {text(found, 'via')}"
    else:
        user, port = text(found, "user"), text(found, "port")
        reached = (f"{user}@" if user else "") + text(found, "address") + (f":{port}" if port not in ("", "22") else "")
        jump = text(found, "proxy_jump")
        reached += f" through {jump}" if jump else ""
    return [reached, text(found, "where"), text(found, "says")]


def _left_out(left_out: list[Object], style: Style) -> str:
    if not left_out:
        return ""
    shown = [f"- {text(each, 'what')}: {text(each, 'why')}" for each in left_out[:_MOST_LEFT_OUT]]
    rest = len(left_out) - len(shown)
    more = f"- and {plural(rest, 'other')}; `--json` has them all" if rest > 0 else ""
    return lines(style.prose("Left out:", indent=2), *(style.prose(each, indent=2) for each in (*shown, more) if each))
