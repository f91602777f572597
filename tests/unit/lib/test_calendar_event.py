"""A calendar event is read as systemd reads it, and what it refuses is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.calendar_event import CalendarError, Span, calendar_event


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Mon..", "weekday"),
        ("Fri..Mon", "an earlier to a later day"),
        ("Tues 5:00", "weekday"),
        ("24:00", "hour"),
        ("*:60", "minute"),
        ("*:*:60", "second"),
        ("*-13-1", "month"),
        ("*-*-32", "day"),
        ("*-*~29", "day"),
        ("2200-1-1", "year"),
        ("*:*/0", "numbers"),
        ("*:0/0", "repetition of 0"),
        ("*~*-1", "only before the day"),
        ("*-*-* 05:00 Europe/Nowhere", "numbers"),
        ("*:*:1..1.5", "less than a second"),
        ("@99999999999", "later than"),
        ("", "empty"),
        ("1" * 600, "longer than"),
    ],
)
def test_what_is_no_calendar_event_is_refused_with_the_part_that_is_wrong(text, part):
    with pytest.raises(CalendarError, match=part):
        calendar_event(text)


def test_a_range_ends_on_one_of_its_values():
    assert calendar_event("1..10/4:00").hours == (Span(start=1, stop=9, repeat=4),)
    assert calendar_event("3..3:00").hours == (Span(start=3),)


def test_a_zone_is_taken_off_the_end_and_utc_in_any_case():
    assert calendar_event("daily Europe/Berlin").zone == "Europe/Berlin"
    assert calendar_event("daily utc").zone == "UTC"
    assert calendar_event("daily").zone == ""


@given(st.text(alphabet="0123456789*:-~./,@ MonFriUTCdailyweek", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    try:
        calendar_event(text)
    except CalendarError:
        return
