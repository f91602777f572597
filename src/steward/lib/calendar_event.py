"""systemd's calendar events (`OnCalendar=`): `Mon..Fri *-*-* 03:00 Europe/Berlin`, read as systemd 252 reads them.

    [WEEKDAYS] [[YEAR-]MONTH-DAY] [HOUR:MINUTE[:SECOND]] [ZONE]      daily, weekly, ... and @SECONDS besides
    a part: *  or values, each START, START..STOP, START/REPEAT, START..STOP/REPEAT, with commas between
    MONTH~DAY counts from the month's end: `*-02~01` is the last day of February

When one elapses is the next file's: `calendar_elapse`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from steward.lib.record import record
from steward.lib.zones import zone_named

MICROSECONDS = 1_000_000
LAST_YEAR = 2199
_FIRST_YEAR = 1970
_LONGEST = 512
_LARGEST = 2**31 - 1
_MOST_VALUES = 240
_LESS_FROM_END = 3
"""From a month's end only 28 days count; systemd takes these three off again for each further value, and so do we."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile("|".join(f"{day}|{day[:3]}" for day in _DAYS), re.IGNORECASE)
_VALUE = re.compile(r"([0-9]+)(?:\.\.([0-9]+))?(?:/([0-9]+))?")
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?"
_SECONDS = re.compile(rf"({_DECIMAL})(?:\.\.({_DECIMAL}))?(?:/({_DECIMAL}))?")

SHORTHANDS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
    "biannually": "*-01,07-01 00:00:00",
    "bi-annually": "*-01,07-01 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "anually": "*-01-01 00:00:00",
}
"""Words for whole expressions, the misspelled one that systemd knows included."""


class CalendarError(ValueError):
    """A text is no calendar event; the message says what of it."""


@record
class Span:
    """Some values of a part: one, a range, or one and every so many after it."""

    start: int
    """First value."""
    stop: int = -1
    """Last value; -1: none given."""
    repeat: int = 0
    """Distance of the values; 0: only the first."""


Chain = tuple[Span, ...]
"""All values of a part; empty: every one."""


@record
class CalendarEvent:
    """A calendar event as it was read."""

    weekdays: frozenset[int]
    """Days of the week it may be, Monday 0; empty: all."""
    years: Chain = ()
    """Years."""
    months: Chain = ()
    """Months."""
    days: Chain = ()
    """Days of the month, counted from its end where `is_from_end`."""
    is_from_end: bool = False
    """Whether days count from the month's end (`~`)."""
    hours: Chain = ()
    """Hours."""
    minutes: Chain = ()
    """Minutes."""
    microseconds: Chain = ()
    """Microseconds of the minute."""
    zone: str = ""
    """Time zone it names; empty: none."""


def calendar_event(text: str) -> CalendarEvent:
    """Read a calendar event; CalendarError for anything else."""
    if len(text) > _LONGEST or not text.isascii():
        raise CalendarError(f"longer than {_LONGEST} characters, or not ASCII")
    rest, zone = _without_zone(text)
    if not rest:
        raise CalendarError("empty")
    weekdays, rest = _weekdays(SHORTHANDS.get(rest.lower(), rest))
    if rest.startswith("@"):
        return _of_moment(rest, weekdays)
    date, _, clock = rest.rpartition(" ") if " " in rest else ("", "", rest) if ":" in rest else (rest, "", "")
    years, months, days, is_from_end = _date(date.rstrip(" "))
    hours, minutes, seconds = _clock(clock)
    return CalendarEvent(
        weekdays=weekdays,
        years=_part("year", tuple(_in_full(span) for span in years), _FIRST_YEAR, LAST_YEAR),
        months=_part("month", months, 1, 12),
        days=_part("day", days, 1, 31, is_from_end=is_from_end),
        is_from_end=is_from_end and bool(days),
        hours=_part("hour", hours, 0, 23),
        minutes=_part("minute", minutes, 0, 59),
        microseconds=_part("second", seconds, 0, 60 * MICROSECONDS - 1),
        zone=zone,
    )


def zone_of(event: CalendarEvent) -> ZoneInfo | None:
    """Return the zone that an event names."""
    return zone_named(event.zone)


def _without_zone(text: str) -> tuple[str, str]:
    rest, space, last = text.rpartition(" ")
    if not space:
        return text, ""
    if last.upper() == "UTC":
        return rest, "UTC"
    return (rest, last) if zone_named(last) is not None else (text, "")


def _weekdays(text: str) -> tuple[frozenset[int], str]:
    if not _DAY.match(text):
        return frozenset(), text
    word, _, rest = text.partition(" ")
    found: set[int] = set()
    for part in word.removesuffix(",").split(","):
        ends = [_weekday(end) for end in re.split(r"\.\.|-", part)]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise CalendarError(f"the weekdays {part}: a range goes from an earlier to a later day, Monday first")
        found.update(range(ends[0], ends[-1] + 1))
    return frozenset(found) if len(found) < len(_DAYS) else frozenset(), rest.lstrip(" ")


def _weekday(word: str) -> int:
    if not _DAY.fullmatch(word):
        raise CalendarError(f"the weekday {word!r}: Mon, Tue, Wed, Thu, Fri, Sat, Sun or their full names")
    return next(index for index, day in enumerate(_DAYS) if day.startswith(word.lower()))


def _of_moment(text: str, weekdays: frozenset[int]) -> CalendarEvent:
    if not re.fullmatch("@[0-9]{1,11}", text):
        raise CalendarError("after @ come whole seconds since 1970-01-01 UTC, and nothing after them")
    seconds = int(text[1:])
    if seconds > datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp():
        raise CalendarError(f"later than the year {LAST_YEAR}")
    then = datetime.fromtimestamp(seconds, UTC)
    parts = (then.year, then.month, then.day, then.hour, then.minute, then.second * MICROSECONDS)
    years, months, days, hours, minutes, micros = ((Span(start=value),) for value in parts)
    return CalendarEvent(
        weekdays=weekdays,
        years=years,
        months=months,
        days=days,
        hours=hours,
        minutes=minutes,
        microseconds=micros,
        zone="UTC",
    )


def _date(text: str) -> tuple[Chain, Chain, Chain, bool]:
    if not text:
        return (), (), (), False
    parts = re.split("[-~]", text)
    if len(parts) not in {2, 3} or "~" in text[: -len(parts[-1]) - 1]:
        raise CalendarError(f"the date {text!r}: YEAR-MONTH-DAY or MONTH-DAY; ~ only before the day")
    year, month, day = ["*", *parts][-3:]
    return _chain(year), _chain(month), _chain(day), "~" in text


def _clock(text: str) -> tuple[Chain, Chain, Chain]:
    zero = (Span(start=0),)
    if not text:
        return zero, zero, zero
    parts = text.split(":")
    if len(parts) not in {2, 3}:
        raise CalendarError(f"the time {text!r}: HOUR:MINUTE or HOUR:MINUTE:SECOND")
    return _chain(parts[0]), _chain(parts[1]), _seconds(parts[2]) if len(parts) == 3 else zero


def _chain(text: str) -> Chain:
    return () if text == "*" else tuple(_value(part) for part in _values(text))


def _value(text: str) -> Span:
    found = _VALUE.fullmatch(text)
    if found is None:
        raise CalendarError(f"{text!r}: *, or numbers as 1, 1..5, 1/2, 1..9/2 with commas between")
    start, stop, repeat = (None if number is None else _bounded(int(number)) for number in found.groups())
    if repeat == 0:
        raise CalendarError(f"{text!r}: a repetition of 0 never moves on")
    return Span(
        start=start or 0,
        stop=-1 if stop is None else stop,
        repeat=repeat if repeat is not None else 0 if stop is None else 1,
    )


def _seconds(text: str) -> Chain:
    if text == "*":
        return (Span(start=0, repeat=MICROSECONDS),)
    return tuple(_second(part) for part in _values(text))


def _second(text: str) -> Span:
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise CalendarError(f"the seconds {text!r}: *, or numbers as 5, 0.5, 0..30, 0/10 with commas between")
    start, stop, repeat = (None if number is None else _microseconds(number) for number in found.groups())
    if repeat == 0:
        raise CalendarError(f"{text!r}: a repetition of 0 never moves on")
    if stop is not None and repeat is None and (start or 0) + MICROSECONDS > stop:
        raise CalendarError(f"{text!r}: a range of less than a second")
    return Span(
        start=start or 0,
        stop=-1 if stop is None else stop,
        repeat=repeat if repeat is not None else 0 if stop is None else MICROSECONDS,
    )


def _microseconds(text: str) -> int:
    whole, _, fraction = text.partition(".")
    rounded = int(fraction[6:7] or 0) >= 5
    return _bounded(int(whole) * MICROSECONDS + int(fraction[:6].ljust(6, "0")) + rounded)


def _values(text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > _MOST_VALUES:
        raise CalendarError(f"more than {_MOST_VALUES} values")
    return parts


def _bounded(number: int) -> int:
    if number > _LARGEST:
        raise CalendarError(f"the number {number} is too large")
    return number


def _in_full(span: Span) -> Span:
    return Span(start=_year(span.start), stop=_year(span.stop), repeat=span.repeat)


def _year(number: int) -> int:
    if 0 <= number < 70:
        return number + 2000
    return number + 1900 if 70 <= number < 100 else number


def _part(name: str, spans: Chain, least: int, most: int, *, is_from_end: bool = False) -> Chain:
    chain = tuple(sorted({_tidy(span) for span in spans}, key=lambda span: (span.start, span.stop, span.repeat)))
    for index, span in enumerate(chain):
        last = most - _LESS_FROM_END * (index + 1) if is_from_end else most
        if not _is_possible(span, least, last, is_from_end=is_from_end):
            allowed = f"from {least} to {last}, and a range or repetition must reach its second value"
            raise CalendarError(f"the {name} {_shown(span)}: {allowed}")
    return chain


def _shown(span: Span) -> str:
    return f"{span.start}" + (f"..{span.stop}" if span.stop >= 0 else "") + (f"/{span.repeat}" if span.repeat else "")


def _tidy(span: Span) -> Span:
    """Let a range end on one of its values, and make a range of one value that value."""
    stop = span.stop
    if stop > span.start and span.repeat > 0:
        stop -= (stop - span.start) % span.repeat
    if (stop > span.start and span.repeat > 0 and span.start + span.repeat > stop) or span.start == stop:
        return Span(start=span.start)
    return Span(start=span.start, stop=stop, repeat=span.repeat)


def _is_possible(span: Span, least: int, most: int, *, is_from_end: bool) -> bool:
    if not least <= span.start <= most or span.repeat > most - least:
        return False
    if span.stop >= 0:
        return least <= span.stop <= most and span.start + span.repeat <= span.stop
    second = span.start - span.repeat if is_from_end else span.start + span.repeat
    return least <= second <= most
