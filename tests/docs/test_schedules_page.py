"""What the page on schedules shows is what Steward does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward.core.schedule_words import describe
from steward.core.schedules import check, due_between
from steward.model.trigger import Missed, Schedule

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "schedules.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+): ([^`]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)
CHANGES = re.findall(r"^\| `(\w+): ([^`]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
SPRING = (datetime(2026, 3, 29, 0, 45, tzinfo=UTC), datetime(2026, 3, 29, 2, 15, tzinfo=UTC))
AUTUMN = (datetime(2026, 10, 24, 23, 45, tzinfo=UTC), datetime(2026, 10, 25, 2, 15, tzinfo=UTC))
HAPPENS = {
    "once, at 03:00": ["01:00"],
    "once, the first time": ["00:30"],
    "not on that day, as systemd": [],
    "every local hour that exists": ["01:30"],
    "not in the hour that is repeated": ["00:30"],
}
"""What is due, in UTC, from 01:45 to 04:15 local time in spring, and to 03:15 in autumn."""


def _schedule(form: str, text: str) -> Schedule:
    """Return what a trigger's file with this field holds."""
    return Schedule(**{"daily_at" if form == "dailyAt" else form: text})


def test_the_page_shows_every_form():
    assert {form for form, _, _ in ROWS} == {"cron", "every", "dailyAt", "calendar", "once"}
    assert len(ROWS) > 10


@pytest.mark.parametrize(("form", "text", "words"), ROWS)
def test_every_example_is_a_schedule_and_means_what_is_said(form, text, words):
    schedule = _schedule(form, text)
    assert check(schedule) == ()
    assert describe(schedule) == words


@pytest.mark.parametrize(("form", "text", "spring", "autumn"), CHANGES)
def test_at_a_change_of_the_clock_happens_what_the_page_says(form, text, spring, autumn):
    if "real" in spring:
        assert spring == autumn
        return
    for said, (after, until) in ((spring, SPRING), (autumn, AUTUMN)):
        due = due_between(_schedule(form, text), after, until, "Europe/Berlin", "page", 100)
        assert [f"{each:%H:%M}" for each in due.moments] == HAPPENS[said]


def test_the_page_names_every_way_to_treat_what_was_missed():
    assert set(re.findall(r"^- `(\w+)`", PAGE, re.MULTILINE)) == set(Missed)


def test_the_page_does_show_the_changes_of_the_clock():
    assert len(CHANGES) == 6
