"""A week has seven local days, each occurrence on its own, and the quiet hours of each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from steward.core.schedule_week import DAYS, Shade, monday_of, shades, stretch_of, week
from steward.core.schedules import due_between
from steward.model.errors import InvalidInput
from steward.model.trigger import Schedule

QUIET = ("22:00-07:00",)
BERLIN = "Europe/Berlin"


def test_every_occurrence_of_a_week_lies_on_its_local_day():
    first = monday_of(datetime(2026, 3, 29, 21, 59, tzinfo=UTC), BERLIN)
    assert first == date(2026, 3, 23)
    after, until = stretch_of(first, BERLIN)
    due = due_between(Schedule(every="1h"), after, until, BERLIN, "hourly", 1_000).moments
    days = week(first, [("hourly", moment) for moment in due], BERLIN, QUIET)
    assert [day.day for day in days] == [first + timedelta(days=number) for number in range(DAYS)]
    assert [(day.hours, len(day.moments)) for day in days] == [(24, 24)] * 6 + [(23, 23)]
    assert [moment.minute for moment in days[6].moments][:4] == [0, 60, 180, 240]


def test_an_autumn_day_has_an_hour_more():
    after, until = stretch_of(date(2026, 10, 19), BERLIN)
    assert until - after == timedelta(days=7, hours=1)
    assert week(date(2026, 10, 19), [], BERLIN, ())[6].hours == 25


def test_midnight_belongs_to_the_day_it_begins():
    after, until = stretch_of(date(2026, 6, 1), BERLIN)
    due = due_between(Schedule(daily_at="00:00"), after, until, BERLIN, "nightly", 10).moments
    assert [len(day.moments) for day in week(date(2026, 6, 1), [("nightly", each) for each in due], BERLIN, ())] == [
        1
    ] * 7


def test_what_is_due_in_quiet_hours_says_so():
    due = [("a", datetime(2026, 6, 1, hour, 30, tzinfo=UTC)) for hour in (4, 5, 19, 20)]
    [day, *_] = week(date(2026, 6, 1), due, BERLIN, QUIET)
    assert [moment.is_quiet for moment in day.moments] == [True, False, False, True]


def test_hours_over_midnight_are_two_shades_and_touching_ones_are_one():
    assert shades(QUIET) == (Shade(start_minute=0, end_minute=420), Shade(start_minute=1320, end_minute=1440))
    assert shades(("06:00-09:00", "22:00-00:00", *QUIET)) == (
        Shade(start_minute=0, end_minute=540),
        Shade(start_minute=1320, end_minute=1440),
    )


def test_what_lies_outside_the_week_is_left_out():
    assert not any(day.moments for day in week(date(2026, 6, 1), [("a", datetime(2026, 7, 1, tzinfo=UTC))], BERLIN, ()))


def test_hours_that_cannot_be_read_are_refused():
    with pytest.raises(InvalidInput, match="22-7"):
        week(date(2026, 6, 1), [], BERLIN, ("22-7",))
