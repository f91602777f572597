"""`steward docs build`: which pages changed, and which were left as they are."""

from __future__ import annotations

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, rows, sections, text, words


def built(result: Object, style: Style) -> str:
    """Write one line for each page that changed, and say what helps where one was refused."""
    cells = [
        [
            text(each, "path"),
            text(each, "does"),
            f"+{each.get('added', 0)} -{each.get('removed', 0)}",
            text(each, "was"),
        ]
        for each in rows(result, "changed")
    ]
    pages = table(("PAGE", "IS", "LINES", "WAS"), cells, style, keep=("PAGE",)) if cells else ""
    refused = [
        style.prose(f"{_place(each)}: {text(each, 'why')}. Next: {text(each, 'next_step')}")
        for each in rows(result, "refused")
    ]
    yours = one_line(words(result, "yours"))
    kept = style.prose(f"Yours, not touched: {yours}") if yours else ""
    commit = style.prose(f"Commit {text(result, 'commit')[:12]}.") if text(result, "commit") else ""
    return sections(style.prose(text(result, "sentence")), pages, "\n".join(refused), kept, commit)


def _place(refused: Object) -> str:
    line = refused.get("line")
    return f"{text(refused, 'path')}:{line}" if line else text(refused, "path")
