from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from steward.surfaces.cli.style import Style, status, styled
from steward.surfaces.cli.table import pairs, table
from tests.unit.surfaces.cli import results
from tests.unit.surfaces.cli.daemon import ok
from tests.unit.surfaces.cli.terminal import Screen, start

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def style_of(*, is_terminal=True, width=80, **environment):
    return styled(is_terminal=is_terminal, width=width, environment=environment, now=NOW)


@pytest.mark.parametrize(
    ("is_terminal", "environment", "colored"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colors_follow_the_terminal_and_the_conventions(is_terminal, environment, colored):
    assert style_of(is_terminal=is_terminal, **environment).color is colored


def test_no_color_holds_for_the_whole_program(folder, daemon):
    daemon.answers["status"] = ok(results.STATUS)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        screen = Screen(folder, "status", env=env)
        screen.end()
        assert "\x1b" not in screen.raw
        assert "■ Down" in screen.raw
    assert "\x1b" not in start(folder, "status").out
    assert "\x1b[31m" in start(folder, "status", env={"FORCE_COLOR": "1"}).out


def test_nothing_is_wider_than_the_terminal(folder, daemon):
    long = {**results.STATUS, "waiting": [{**results.LINE, "title": "Restart a unit with quite a long name " * 4}]}
    daemon.answers["status"] = ok(long)
    screen = Screen(folder, "status")
    screen.end()
    assert max(len(line) for line in screen.text.splitlines()) <= 80
    assert "K7QM" in screen.text
    assert "…" in screen.text


def test_in_a_pipe_nothing_is_cut(folder, daemon):
    title = "Restart a unit with quite a long name " * 4
    daemon.answers["status"] = ok({**results.STATUS, "waiting": [{**results.LINE, "title": title}]})
    assert title.strip() in start(folder, "status").out


@pytest.mark.parametrize("word", ["ok", "watch", "warning", "down", "unknown", "paused"])
def test_a_status_is_icon_word_and_color(word):
    text, tone = status(word)
    assert text[1:].strip().lower() == word
    assert tone == word


def test_a_status_nobody_knows_never_looks_good():
    assert status("splendid") == ("? Splendid", "unknown")


def test_columns_to_copy_are_never_cut_and_empty_ones_are_left_out():
    style = style_of(width=40)
    text = table(("ID", "EMPTY", "WHAT"), [["find-" + "9" * 30, "", "something long to say"]], style, keep=("ID",))
    assert "find-" + "9" * 30 in text
    assert "EMPTY" not in text
    assert "WHAT" in text


def test_wide_characters_keep_columns_aligned():
    text = table(("A", "B"), [["世界", "x"], ["ab", "y"]], style_of(is_terminal=False))
    assert text.splitlines() == ["A     B", "世界  x", "ab    y"]


def test_a_cell_is_always_one_line():
    assert len(table(("A",), [["one\ntwo\tthree"]], style_of(is_terminal=False)).splitlines()) == 2


def test_pairs_wrap_under_themselves_and_leave_out_what_is_empty():
    text = pairs([("Name", "word " * 30), ("Nothing", "")], style_of(is_terminal=False, width=40))
    assert all(line.startswith("      ") for line in text.splitlines()[1:])
    assert max(len(line) for line in text.splitlines()) <= 40
    assert "Nothing" not in text


def test_times_are_told_from_now_and_in_the_zone_of_the_clock():
    style = Style(color=False, is_terminal=False, width=80, now=NOW.astimezone(timezone(timedelta(hours=2))))
    assert style.ago("2026-03-01T11:57:00Z") == "3 min ago"
    assert style.left("2026-03-01T12:00:30Z") == "in 30 s"
    assert style.left("2026-03-01T12:14:57Z") == "in 15 min"
    assert style.left("2026-03-01T23:59:58Z") == "in 12 h"
    assert style.left("2026-03-01T14:29:00Z") == "in 2 h"
    assert style.left("2026-03-01T11:00:00Z") == "over"
    assert style.clock("2026-03-01T11:59:01Z") == "13:59:01"
    assert style.ago("yesterday") == "yesterday"
