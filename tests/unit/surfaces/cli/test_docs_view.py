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
