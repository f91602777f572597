"""What a person reads about the documentation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from steward.surfaces.cli.render import text_of
from steward.surfaces.cli.style import Style

STYLE = Style(color=False, is_terminal=False, width=100, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
MOVED = {"path": "docs/machines/store.md", "does": "moved", "added": 2, "removed": 1, "was": "docs/machines/nas.md"}
REFUSED = {
    "path": "docs/machines/\x1b[31mweb.md",
    "line": 12,
    "why": "the line `<!-- notes: end -->` is missing",
    "next_step": "put it back",
}
RESULT: dict[str, Any] = {
    "sentence": "2 pages: 1 moved. 1 page left as it is.",
    "changed": [MOVED],
    "refused": [REFUSED],
    "yours": ["docs/network.md"],
    "commit": "0123456789abcdef",
}


def test_what_moved_what_was_refused_and_what_is_the_owners_is_all_there() -> None:
    text = text_of("docs.build", RESULT, STYLE)
    assert "docs/machines/store.md  moved  +2 -1  docs/machines/nas.md" in text
    assert "web.md:12: the line `<!-- notes: end -->` is missing. Next: put it back" in text
    assert "Yours, not touched: docs/network.md" in text
    assert text.rstrip().endswith("Commit 0123456789ab.")
    assert "\x1b" not in text


def test_where_nothing_changes_there_is_one_sentence() -> None:
    told = "6 pages: nothing to change."
    assert text_of("docs.check", {"sentence": told}, STYLE).strip() == told


def test_pages_are_listed_with_their_shelf_and_age() -> None:
    entry = {"path": "machines/nas.md", "title": "nas", "shelf": "break_glass", "changed": "2026-03-01T10:00:00+00:00"}
    assert "machines/nas.md  nas    break glass  2 h ago" in text_of("docs.ls", {"pages": [entry]}, STYLE)


def test_a_page_is_written_as_it_stands_in_the_file() -> None:
    shown = {"entry": {"title": "nas"}, "before": "A box.\n", "heading": "Notes", "notes": "Cellar.\n", "after": "End."}
    text = text_of("docs.show", shown, STYLE)
    assert text.strip() == "# nas\n\nA box.\n\n## Notes\n\nCellar.\n\nEnd."


def test_what_was_found_stands_with_its_place() -> None:
    hit = {"path": "machines/nas.md", "line": 12, "text": "disk \x1b[31mtwo"}
    text = text_of("docs.search", {"sentence": "1 page with disk", "hits": [hit]}, STYLE)
    assert "machines/nas.md:12  disk" in text
    assert "\x1b" not in text
