"""What a person reads about services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from steward.surfaces.cli.render import text_of
from steward.surfaces.cli.style import Style

STYLE = Style(color=False, is_terminal=False, width=100, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
AT = "2026-03-01T11:57:00Z"
ROW = {
    "name": "photos/db", "machine": "nas", "state": "up", "image": "postgres:16", "owner": "git",
    "source": "lab/photos/compose.yaml:5", "says": "ports 5432/tcp", "at": AT,
}  # fmt: skip
STEP = {"way": "photos/db → pool tank", "kind": "storage", "state": "down", "source": "pools", "at": AT, "name": "x"}


def shown(name: str, result: dict[str, Any]) -> str:
    return text_of(name, result, STYLE)


def test_a_service_is_one_line_with_owner_source_and_age() -> None:
    text = shown("services.ls", {"sentence": "1 service.", "services": [ROW, {**ROW, "state": "", "at": None}]})
    assert "photos/db  nas      up       postgres:16  git    lab/photos/compose.yaml:5  3 min ago" in text
    assert "unknown" in text


def test_a_page_says_when_no_backup_is_known() -> None:
    data = [{"place": "/tank/photos", "lies_on": "filesystem /tank", "backups": []}]
    finding = {"id": "find-1", "title": "pool tank is degraded", "severity": "warning"}
    page = {"sentence": "s", "services": [ROW], "stands_on": [STEP], "data": data, "findings": [finding]}
    text = shown("services.show", page)
    assert "/tank/photos  filesystem /tank  none known" in text
    assert "photos/db → pool tank  storage  down" in text
    assert "find-1" in text


def test_what_breaks_is_told_with_the_way_and_what_is_not_known() -> None:
    text = shown("breaks", {"sentence": "When tank stops, 1 service stop working.", "broken": [STEP], "untold": "U."})
    assert text.splitlines()[0] == "When tank stops, 1 service stop working."
    assert "photos/db → pool tank" in text
    assert text.rstrip().endswith("U.")


def test_a_drawing_is_the_text_and_nothing_else() -> None:
    assert shown("graph", {"sentence": "2 things.", "format": "dot", "text": "digraph {\n}\n"}) == "digraph {\n}"


def test_places_say_why() -> None:
    line = {"machine": "nas", "answer": "no", "why": "1.0 GB memory free"}
    assert "nas      no    1.0 GB memory free" in shown("services.place", {"sentence": "s", "machines": [line]})


def test_why_of_a_service_shows_the_way_to_each_finding_and_the_longest_ways_down() -> None:
    finding = {"id": "f", "title": "pool tank is degraded", "severity": "warning"}
    grounds = [{"way": "web → a", "state": "up", "at": AT}, {"way": "web → a → b", "state": "up", "at": AT}]
    change = {"subject": "container web: image", "before": "1", "after": "2", "at": AT, "author": "unknown"}
    why = {
        "sentence": "s",
        "explained": [{"finding": finding, "way": "web → a → b"}],
        "stands_on": grounds,
        "changed": [change],
    }
    text = shown("why", why)
    assert "by way of web → a → b" in text
    assert text.count("web → a ") == 2
    assert "- container web: image: 1 became 2 (3 min ago, by unknown)" in text
