"""A calendar week: what is due on each of seven days, and which hours of them are quiet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from steward.core.schedules import zone_or_refuse
from steward.lib.record import record
from steward.lib.zones import local_of, valid_from
from steward.model.errors import InvalidInput
from steward.model.hours import is_hours

DAYS = 7
MINUTES = 1_440
"""Minutes of a day as a clock shows them; a day of the change of the clock is drawn with as many."""

_MICRO = timedelta(microseconds=1)


@record
class WeekMoment:
    """One occurrence on a day."""

    trigger: str
    """Name of the trigger."""
    due: datetime
    """When it is due (UTC)."""
    minute: int
    """Minute of the day as local clocks show it, from 0."""
    is_quiet: bool
    """Whether it lies in quiet hours."""


@record
class Shade:
    """A stretch of quiet hours on a day."""

    start_minute: int
    """First minute of the day that is quiet."""
    end_minute: int
    """First minute after it that is not; 1440: until midnight."""


@record
class WeekDay:
    """One day of a week."""

    day: date
    """The local date."""
    hours: float
    """How many hours the day has: 23 or 25 where clocks change."""
    moments: tuple[WeekMoment, ...]
    """What is due, earliest first."""
    quiet: tuple[Shade, ...]
    """Quiet hours, earliest first, none touching another."""


def monday_of(moment: datetime, zone: str) -> date:
    """Return the Monday of the local week in which a moment lies."""
    today = local_of(moment, zone_or_refuse(zone)).date()
    return today - timedelta(days=today.weekday())


def stretch_of(first: date, zone: str) -> tuple[datetime, datetime]:
    """Return the moments (UTC) after which and until which a week's occurrences lie, as `due_between` takes them."""
    return _midnight(first, zone) - _MICRO, _midnight(first + timedelta(days=DAYS), zone) - _MICRO


def week(
    first: date, due: Iterable[tuple[str, datetime]], zone: str, quiet_hours: Sequence[str]
) -> tuple[WeekDay, ...]:
    """Return seven days from `first` on, with what is due (trigger, moment); what lies outside them is left out."""
    quiet = shades(quiet_hours)
    known = zone_or_refuse(zone)
    by_day: dict[date, list[WeekMoment]] = {first + timedelta(days=number): [] for number in range(DAYS)}
    for trigger, moment in sorted(due, key=lambda pair: (pair[1], pair[0])):
        local = local_of(moment, known)
        if local.date() in by_day:
            by_day[local.date()].append(
                WeekMoment(
                    trigger=trigger,
                    due=moment.astimezone(UTC),
                    minute=local.hour * 60 + local.minute,
                    is_quiet=is_shaded(moment, quiet, known),
                )
            )
    return tuple(
        WeekDay(day=day, hours=_hours(day, zone), moments=tuple(moments), quiet=quiet)
        for day, moments in by_day.items()
    )


def shades(quiet_hours: Sequence[str]) -> tuple[Shade, ...]:
    """Return the quiet stretches of any day; hours over midnight are two, hours that touch are one."""
    merged: list[Shade] = []
    for start, end in sorted(pair for hours in quiet_hours for pair in _stretches(hours)):
        if merged and start <= merged[-1].end_minute:
            last = merged.pop()
            merged.append(Shade(start_minute=last.start_minute, end_minute=max(end, last.end_minute)))
        else:
            merged.append(Shade(start_minute=start, end_minute=end))
    return tuple(merged)


def is_shaded(moment: datetime, quiet: Sequence[Shade], zone: ZoneInfo) -> bool:
    """Tell whether a moment lies in quiet hours."""
    local = local_of(moment, zone)
    return any(shade.start_minute <= local.hour * 60 + local.minute < shade.end_minute for shade in quiet)


def _stretches(hours: str) -> list[tuple[int, int]]:
    if not is_hours(hours):
        raise InvalidInput(f"the hours `{hours[:40]}` cannot be read", next_step="write them as `22:00-07:00`")
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    whole = [(start, end)] if start < end else [(0, end), (start, MINUTES)]
    return [(first, last) for first, last in whole if first < last]


def _midnight(day: date, zone: str) -> datetime:
    return valid_from(datetime.combine(day, time()), zone_or_refuse(zone))


def _hours(day: date, zone: str) -> float:
    return (_midnight(day + timedelta(days=1), zone) - _midnight(day, zone)) / timedelta(hours=1)
