"""Upcoming occurrences as a calendar that phones and calendar programs subscribe to (iCalendar, RFC 5545).

Moments are in UTC, so that no program has to trust our idea of a time zone. The UID of an event is its trigger and its
moment: what is read again replaces what was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice

from icalendar import Calendar, Component, Event

from steward.core.schedule_week import is_shaded, shades
from steward.core.schedules import zone_or_refuse
from steward.lib.record import record
from steward.lib.text import visible_line

MOST_ENTRIES = 2_000
"""Events of one feed; the ones after are left out."""

_LONGEST_LINE = 200
_SHORTEST = timedelta(minutes=5)
_READ_AGAIN = timedelta(hours=1)


@record
class FeedEntry:
    """One occurrence to be shown."""

    trigger: str
    """Name of the trigger."""
    due: datetime
    """When it is due (UTC)."""
    says: str = ""
    """What the trigger is for."""
    starts: str = ""
    """What it starts."""
    lasts_seconds: int = 0
    """How long it usually takes; shorter than five minutes is shown as five."""


@record
class Feed:
    """What a whole feed says."""

    title: str
    """Name of the calendar."""
    made: datetime
    """When the feed was made (UTC)."""
    zone: str
    """Time zone (IANA) in which quiet hours count."""
    quiet_hours: tuple[str, ...] = ()
    """Hours of the day that a policy calls quiet: `22:00-07:00`."""


def calendar_feed(feed: Feed, entries: Iterable[FeedEntry]) -> str:
    """Return the text of a feed: iCalendar with CRLF line ends."""
    quiet = shades(feed.quiet_hours)
    zone = zone_or_refuse(feed.zone)
    calendar = Calendar()
    _put(calendar, "prodid", "-//Steward//Schedules//EN")
    _put(calendar, "version", "2.0")
    _put(calendar, "calscale", "GREGORIAN")
    _put(calendar, "method", "PUBLISH")
    _put(calendar, "x-wr-calname", _line(feed.title))
    _put(calendar, "x-wr-timezone", _line(feed.zone))
    _put(calendar, "refresh-interval", _READ_AGAIN, value="DURATION")
    for entry in islice(entries, MOST_ENTRIES):
        calendar.add_component(_event(entry, feed.made, is_quiet=is_shaded(entry.due, quiet, zone)))
    return calendar.to_ical().decode()


def uid_of(entry: FeedEntry) -> str:
    """Return the UID of an occurrence, the same in every feed."""
    return f"{_line(entry.trigger)}-{entry.due.astimezone(UTC):%Y%m%dT%H%M%SZ}@steward"


def _event(entry: FeedEntry, made: datetime, *, is_quiet: bool) -> Event:
    start = entry.due.astimezone(UTC)
    event = Event()
    _put(event, "uid", uid_of(entry))
    _put(event, "dtstamp", made.astimezone(UTC))
    _put(event, "dtstart", start)
    _put(event, "dtend", start + max(timedelta(seconds=entry.lasts_seconds), _SHORTEST))
    _put(event, "summary", _line(entry.trigger))
    _put(event, "description", "\n".join(_described(entry, is_quiet=is_quiet)))
    _put(event, "transp", "TRANSPARENT")
    _put(event, "categories", ["steward", "quiet hours"] if is_quiet else ["steward"])
    return event


def _described(entry: FeedEntry, *, is_quiet: bool) -> list[str]:
    lines = [entry.says, f"starts {entry.starts}" if entry.starts else "", "in quiet hours" if is_quiet else ""]
    return [_line(line) for line in lines if line]


def _line(text: str) -> str:
    return visible_line(text[:_LONGEST_LINE])


def _put(component: Component, name: str, content: object, *, value: str = "") -> None:
    component.add(name, content, {"VALUE": value} if value else {})  # pyright: ignore[reportUnknownMemberType]
