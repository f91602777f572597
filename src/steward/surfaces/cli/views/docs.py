"""`steward docs build`: which pages changed, and which were left as they are."""

from __future__ import annotations

from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Style
from steward.surfaces.cli.table import table
from steward.surfaces.cli.views.shape import Object, block, part, rows, sections, text, words


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


def listing(result: Object, style: Style) -> str:
    """Write the pages as a table, shelf by shelf."""
    cells = [
        [
            text(each, "path"),
            text(each, "title"),
            text(each, "shelf").replace("_", " "),
            style.ago(text(each, "changed")),
        ]
        for each in rows(result, "pages")
    ]
    pages = table(("PAGE", "TITLE", "SHELF", "CHANGED"), cells, style, keep=("PAGE",)) if cells else ""
    return sections(style.prose(text(result, "sentence")), pages)


def page(result: Object, style: Style) -> str:
    """Write a page as it stands in the file, without its front matter and marks."""
    del style
    title, heading = text(part(result, "entry"), "title"), text(result, "heading")
    notes = block(result, "notes").strip()
    return sections(
        f"# {title}",
        block(result, "before").strip(),
        f"## {heading}" if heading else "",
        notes,
        block(result, "after").strip(),
    )


def hits(result: Object, style: Style) -> str:
    """Write the lines that were found, each with its place."""
    cells = [[f"{text(each, 'path')}:{each.get('line', 0)}", text(each, "text")] for each in rows(result, "hits")]
    return sections(style.prose(text(result, "sentence")), table(("WHERE", "LINE"), cells, style) if cells else "")


def _place(refused: Object) -> str:
    line = refused.get("line")
    return f"{text(refused, 'path')}:{line}" if line else text(refused, "path")
