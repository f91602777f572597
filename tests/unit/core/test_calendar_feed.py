"""The feed is iCalendar that another program reads back to the same moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from icalendar import Calendar

from steward.core.calendar_feed import MOST_ENTRIES, Feed, FeedEntry, calendar_feed, uid_of
from steward.core.schedules import upcoming
from steward.model.errors import InvalidInput
from steward.model.trigger import Schedule

MADE = datetime(2026, 3, 28, 12, tzinfo=UTC)
FEED = Feed(title="Schedules", made=MADE, zone="Europe/Berlin", quiet_hours=("22:00-07:00",))


def entries(**form) -> list[FeedEntry]:
    moments = islice(upcoming(Schedule(**form), MADE, "Europe/Berlin", name="backup"), 3)
    return [FeedEntry(trigger="backup", due=moment, says="Copy all, twice; and prove it") for moment in moments]


def test_what_is_read_back_is_what_is_due():
    given = entries(daily_at="02:30,12:30")
    text = calendar_feed(FEED, given)
    calendar = Calendar.from_ical(text)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["PRODID"]
    events = calendar.walk("VEVENT")
    assert [event["DTSTART"].dt for event in events] == [entry.due for entry in given]
    assert [event["DTEND"].dt - event["DTSTART"].dt for event in events] == [timedelta(minutes=5)] * 3
    assert {event["DTSTAMP"].dt for event in events} == {MADE}
    assert {str(event["SUMMARY"]) for event in events} == {"backup"}
    assert events[0]["DESCRIPTION"].splitlines() == ["Copy all, twice; and prove it", "in quiet hours"]
    assert [list(event["CATEGORIES"].cats) for event in events] == [
        ["steward", "quiet hours"],
        ["steward"],
        ["steward", "quiet hours"],
    ]


def test_lines_end_and_fold_as_the_standard_says():
    text = calendar_feed(FEED, [FeedEntry(trigger="backup", due=MADE, says="é" * 150)])
    lines = text.encode().split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75


def test_the_same_occurrence_has_the_same_uid_in_every_feed():
    first, second, third = entries(daily_at="02:30")
    later = Feed(title="Later", made=MADE + timedelta(days=1), zone="UTC")
    uids = [str(event["UID"]) for event in Calendar.from_ical(calendar_feed(later, [second, third])).walk("VEVENT")]
    assert uids == [uid_of(second), uid_of(third)]
    assert len({uid_of(first), uid_of(second), uid_of(third)}) == 3


def test_text_of_a_stranger_adds_no_line_to_the_calendar():
    nasty = "x\r\nATTENDEE:mailto:a@example.org\r\nEND:VEVENT"
    text = calendar_feed(FEED, [FeedEntry(trigger=nasty, due=MADE, says=nasty, starts=nasty)])
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert "ATTENDEE" not in event
    assert "ATTENDEE" in str(event["SUMMARY"])


def test_a_feed_is_bounded():
    many = (FeedEntry(trigger="often", due=MADE + timedelta(minutes=number)) for number in range(MOST_ENTRIES + 1))
    assert calendar_feed(FEED, many).count("BEGIN:VEVENT") == MOST_ENTRIES


@pytest.mark.parametrize(
    "feed", [Feed(title="", made=MADE, zone="Nowhere"), Feed(title="", made=MADE, zone="UTC", quiet_hours=("x",))]
)
def test_a_bad_zone_or_bad_hours_are_refused(feed):
    with pytest.raises(InvalidInput):
        calendar_feed(feed, [])
