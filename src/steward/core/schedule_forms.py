"""The five ways to say when: each text becomes a function that lists the moments after one, ever later, without end.

cron       as Debian's: a local time once, skipped ones at the gap's end; with a `*` hour or minute in real time
every      under a day in real time since 1970; whole days at local midnight
daily_at   a local time once a day; skipped by the clock, at the gap's end
calendar   as systemd: a local time skipped by the clock is left out that day
once       one moment
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from steward.lib.calendar_elapse import next_elapse
from steward.lib.calendar_event import MICROSECONDS, SHORTHANDS, CalendarError, CalendarEvent, calendar_event
from steward.lib.span import span_of
from steward.lib.text import nearest, visible_line
from steward.lib.zones import local_of, valid_from

Moments = Callable[[datetime], Iterator[datetime]]
"""Lists the moments (UTC) strictly after one."""

LAST_YEAR = 2199
"""Nothing is due later; systemd's own end of time."""

_LONGEST = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_LEAST = timedelta(minutes=1)
_MOST_DAYS = 3_660
_MOST_TIMES = 96
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""Words of cron, with the fields they stand for."""
_REBOOT = "a start of a computer is no time: let its own systemd or cron do this, or say when"
_CLOCK = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_ONCE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class FormError(ValueError):
    """A text is no schedule of its form, or one that is never due or far too often."""

    def __init__(self, what: str, next_step: str) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(what)


def cron(text: str, zone: ZoneInfo) -> Moments:
    """Read cron's five or six fields, or `@daily`."""
    fields = cron_fields(text)
    parts = fields.split()

    def after(moment: datetime) -> Iterator[datetime]:
        return CronSim(fields, moment.astimezone(zone))

    def after_by_clock(moment: datetime) -> Iterator[datetime]:
        return (valid_from(local, zone) for local in CronSim(fields, local_of(moment, zone)))

    is_by_clock = len(parts) == 6 and not parts[1].startswith("*") and not parts[2].startswith("*")
    return after_by_clock if is_by_clock else after  # cronsim itself does so for five fields


def cron_fields(text: str) -> str:
    """Return the five or six fields of a cron text that can be due; six begin with the second."""
    _bounded(text)
    word = text.strip().lower()
    if word.startswith("@") and word not in MACROS:
        raise FormError(f"{_quoted(text)} is no word of cron", _instead(word))
    fields = MACROS.get(word, text)
    try:
        found = next(CronSim(fields, _EPOCH.replace(tzinfo=None)), None)
    except (CronSimError, RecursionError) as error:
        raise FormError(f"{_quoted(text)} is no cron text: {visible_line(str(error))}", _CRON_STEP) from error
    if found is None:
        raise FormError(f"{_quoted(text)} is never due", "name a day that its months have")
    return fields


def _instead(word: str) -> str:
    """Say what to write for a word of cron that there is not."""
    if word == "@reboot":
        return _REBOOT
    if word.startswith("@every"):
        span = word.removeprefix("@every").strip() or "6h"
        return f"write {_quoted(f'every: {span}')} in place of `cron`"
    near = nearest(word, MACROS)
    return f"did you mean {near}?" if near else f"use one of {', '.join(MACROS)}"


_CRON_STEP = "write minute hour day month weekday, e.g. `30 3 * * mon`; day and month must fit each other"


def every(text: str, zone: ZoneInfo) -> Moments:
    """Read an interval: `15m`, `6h`, `2d`."""
    span = interval(text)

    def by_time(moment: datetime) -> Iterator[datetime]:
        count = (moment - _EPOCH) // span + 1
        while True:
            yield _EPOCH + count * span
            count += 1

    def by_days(moment: datetime) -> Iterator[datetime]:
        today = local_of(moment, zone).date()
        passed = (today - _EPOCH.date()) % span
        day = today - passed
        while True:
            yield valid_from(datetime.combine(day, time()), zone)
            day += span

    return by_time if span % _DAY else by_days


def interval(text: str) -> timedelta:
    """Return the span of an interval's text."""
    _bounded(text)
    try:
        span = span_of(text)
    except OverflowError:
        span = None
    if span is None:
        raise FormError(f"{_quoted(text)} is no interval", "write a number and s, m, h, d or w: `15m`, `6h`, `2d`")
    if span < _LEAST:
        raise FormError(
            f"every {_quoted(text)} is too often", "take a minute or more; for seconds use cron with six fields"
        )
    if span > timedelta(days=_MOST_DAYS):
        raise FormError(f"every {_quoted(text)} is longer than ten years", "use `once`, or `calendar` with years")
    return span


def daily_at(text: str, zone: ZoneInfo) -> Moments:
    """Read times of the day: `03:30`, `08:00,20:00`."""
    clocks = times_of_day(text)

    def after(moment: datetime) -> Iterator[datetime]:
        day: date = local_of(moment, zone).date()
        while True:
            yield from (valid_from(datetime.combine(day, clock), zone) for clock in clocks)
            day += _DAY

    return after


def times_of_day(text: str) -> tuple[time, ...]:
    """Return the times of the day, earliest first, each once."""
    _bounded(text)
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not _CLOCK.fullmatch(part):
            raise FormError(
                f"{_quoted(part)} is no time of the day",
                "write hours and minutes of two digits: `03:30`, `08:00,20:00`",
            )
    clocks = tuple(sorted({time.fromisoformat(part) for part in parts}))
    if len(clocks) > _MOST_TIMES:
        raise FormError(f"{len(clocks)} times a day", f"give {_MOST_TIMES} or fewer, or use `every` or `cron`")
    seconds = [clock.hour * 3600 + clock.minute * 60 + clock.second for clock in clocks]
    if any(later - earlier < 60 for earlier, later in zip(seconds, [*seconds[1:], seconds[0] + 86_400], strict=True)):
        raise FormError(f"{_quoted(text)} has times less than a minute apart", "keep a minute or more between them")
    return clocks


def calendar(text: str, zone: ZoneInfo) -> Moments:
    """Read systemd's OnCalendar."""
    event = calendar_of(text, zone)

    def after(moment: datetime) -> Iterator[datetime]:
        found = next_elapse(event, moment, zone)
        while found is not None:
            yield found
            found = next_elapse(event, found, zone)

    return after


def calendar_of(text: str, zone: ZoneInfo) -> CalendarEvent:
    """Return the calendar event of a text that elapses, and not several times a minute."""
    _bounded(text)
    try:
        event = calendar_event(text.strip())
    except CalendarError as error:
        near = nearest(text.strip().lower(), SHORTHANDS) if text.strip().isalpha() else None
        step = (
            f"did you mean {near}?"
            if near
            else "write it as for systemd, e.g. `Mon..Fri *-*-* 03:00`; systemd-analyze calendar tells more"
        )
        raise FormError(f"{_quoted(text)} is no calendar event: {visible_line(str(error))}", step) from error
    if len(event.microseconds) != 1 or event.microseconds[0].repeat:
        raise FormError(
            f"{_quoted(text)} is due more than once a minute", "name one second, or use cron with six fields"
        )
    if event.microseconds[0].start % MICROSECONDS:
        raise FormError(f"{_quoted(text)} is due at a part of a second", "name a whole second")
    if next_elapse(event, _EPOCH - _DAY, zone) is None:
        raise FormError(
            f"{_quoted(text)} is never due", "name a date and a time that exist there, and a weekday that falls on it"
        )
    return event


def once(text: str, zone: ZoneInfo) -> Moments:
    """Read one moment: `2026-03-01 02:30`."""
    only = moment_once(text, zone)

    def after(moment: datetime) -> Iterator[datetime]:
        return iter((only,) if only > moment else ())

    return after


def moment_once(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment of a text; local time unless it names an offset."""
    _bounded(text)
    try:
        then = datetime.fromisoformat(text.strip()) if _ONCE.fullmatch(text.strip()) else None
    except ValueError:
        then = None
    if then is None or not _EPOCH.year <= then.year <= LAST_YEAR:
        raise FormError(
            f"{_quoted(text)} is no moment", f"write a date and a time: `2026-03-01 02:30`, until {LAST_YEAR}"
        )
    return valid_from(then, zone) if then.tzinfo is None else then.astimezone(UTC)


def _bounded(text: str) -> None:
    if len(text) > _LONGEST:
        raise FormError(f"a text of {len(text)} characters", f"keep it under {_LONGEST}")


def _quoted(text: str) -> str:
    return f"`{visible_line(text[:80])}`"
