"""Targets that say when: cron, systemd's calendar, spans, times of the day, zones, and what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from icalendar import Calendar

from steward.core.calendar_feed import Feed, FeedEntry, calendar_feed, uid_of
from steward.core.schedule_week import shades
from steward.core.schedule_words import describe
from steward.core.schedules import check, due_between, upcoming
from steward.lib.amount import bytes_of
from steward.lib.calendar_elapse import next_elapse
from steward.lib.calendar_event import CalendarError, calendar_event
from steward.lib.span import span_of
from steward.lib.zones import zone_named
from steward.model.errors import InvalidInput
from steward.model.trigger import Schedule
from tests.parser_fuzz.target import Target

_ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "UTC")
_BASES = (
    datetime(2026, 3, 28, 22, 10, tzinfo=UTC),
    datetime(2026, 10, 24, 23, 10, tzinfo=UTC),
    datetime(2011, 12, 29, 9, 59, tzinfo=UTC),
    datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC),
)
_FORMS = ("cron", "every", "daily_at", "calendar", "once")


def _is_due_ever_later(schedule: Schedule, zone: str) -> None:
    """Whatever is read is due ever later, and twice the same; whatever is not has a problem in words."""
    words = describe(schedule, zone)
    assert words.isprintable(), words
    problems = check(schedule, zone)
    assert all(problem.what.isprintable() and problem.next_step.isprintable() for problem in problems)
    for base in _BASES:
        try:
            found = list(islice(upcoming(schedule, base, zone, name="any"), 4))
        except InvalidInput:
            assert problems
            continue
        assert not problems
        assert all(base < each for each in found)
        assert all(one < other for one, other in pairwise(found))
        until = base + timedelta(hours=30)
        due = due_between(schedule, base, until, zone, "any", 3)
        assert list(due.moments) == [each for each in found if each <= until][:3]


def _zone_of(text: str) -> str:
    return _ZONES[len(text) % len(_ZONES)]


def _cron(text: str) -> None:
    _is_due_ever_later(Schedule(cron=text), _zone_of(text))


def _calendar(text: str) -> None:
    _is_due_ever_later(Schedule(calendar=text), _zone_of(text))
    try:
        event = calendar_event(text)
    except CalendarError:
        return
    zone = zone_named(_zone_of(text))
    assert zone is not None
    for base in _BASES:
        found = next_elapse(event, base, zone)
        assert found is None or found > base


def _schedule(text: str) -> None:
    """`FORM ZONE JITTER TEXT`, and the same text as a span, an amount, a zone and hours of the day."""
    form, _, rest = text.partition("\n")
    zone, _, said = rest.partition("\n")
    if form in _FORMS:
        _is_due_ever_later(Schedule(**{form: said}, zone=zone, jitter_seconds=len(said) % 90), "Europe/Berlin")
    span_of(text)
    bytes_of(text)
    zone_named(text)
    try:
        shades((form, rest))
    except InvalidInput:
        return


def _feed(text: str) -> None:
    """Text of a stranger in a feed is read back as that text, and adds nothing."""
    lines = (text.split("\x1e") + [""] * 4)[:4]
    due = datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=len(text))
    entry = FeedEntry(trigger=lines[0], due=due, says=lines[1], starts=lines[2], lasts_seconds=len(text))
    written = calendar_feed(Feed(title=lines[3], made=due, zone="Europe/Berlin"), [entry, entry])
    assert max(map(len, written.encode().split(b"\r\n"))) <= 75
    assert b"\n" not in written.encode().replace(b"\r\n", b"")
    read = Calendar.from_ical(written)
    events = read.walk("VEVENT")
    assert [event.property_items() for event in events] == [event.property_items() for event in events[:1] * 2]
    assert [component.name for component in read.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    assert events[0]["DTSTART"].dt == due
    assert str(events[0]["UID"]) == uid_of(entry)


_CRON = (
    "30 2 * * *",
    "*/15 0-5,9 1,L * mon-fri",
    "0 30 2 * * *",
    "@daily",
    "0 0 29 2 *",
    "1/2 3 * 1-12/3 sun#2",
    "0 0 LW * 5L",
)
_CALENDAR = (
    "Mon..Fri *-*-* 03:00 Europe/Berlin",
    "Sat,Sun 2026/2-01..05/2,12-1/10 0/4:5..55/10:07",
    "*-02~01",
    "*-*~1..5/2 *:0/15",
    "quarterly UTC",
    "@1800000000",
    "*-*-* *:*:0.5/7.25",
    "Mon *-05~07/1",
)
_OTHERS = (
    "every\nUTC\n1d12h",
    "every\n\n2w",
    "daily_at\nEurope/Berlin\n03:30,08:00:15",
    "once\nAmerica/New_York\n2026-11-01 01:30",
    "once\n\n2026-03-01T02:30:00+01:00",
    "22:00-07:00\n23:15-06:00",
)
_STRANGE = 'x\r\nATTENDEE:mailto:a@example.org\r\nEND:VEVENT\x1e\\n;:,"\x1e\u2028\u202e\x00\x1e' + "é" * 150

TARGETS = (
    Target(
        name="cron", check=_cron, seeds=_CRON, words=("*", "/", "-", ",", "L", "W", "#", "mon", "jan", "@"), longest=600
    ),
    Target(
        name="calendar",
        check=_calendar,
        seeds=_CALENDAR,
        words=("..", "/", "~", ",", "*", ":", "Mon", "Sunday", "UTC", "Europe/Berlin", "weekly", "2199", "31", "02"),
        longest=600,
    ),
    Target(
        name="schedule",
        check=_schedule,
        seeds=_OTHERS,
        words=(*_FORMS, "\n", "h", "d", "w", ":", "T", "Z"),
        longest=600,
    ),
    Target(
        name="feed", check=_feed, seeds=("backup\x1eCopy all\x1eunit.restart\x1eSchedules", _STRANGE), longest=1_000
    ),
)
