"""A schedule in plain English: `every day at 03:30 Europe/Berlin`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from steward.core.schedule_forms import FormError, calendar_of, cron_fields, interval, times_of_day
from steward.lib.text import plural, visible_line
from steward.model.trigger import Schedule

_OFFSET = re.compile("(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"))
_WORDS = {
    "minutely": "every minute",
    "hourly": "every hour",
    "daily": "every day at 00:00",
    "weekly": "every Monday at 00:00",
    "monthly": "on the first of every month at 00:00",
    "quarterly": "on the first of January, April, July and October at 00:00",
    "semiannually": "on the first of January and July at 00:00",
    "yearly": "on 1 January at 00:00",
}
_ALSO = {
    "annually": "yearly",
    "anually": "yearly",
    "semi-annually": "semiannually",
    "biannually": "semiannually",
    "bi-annually": "semiannually",
}


def describe(schedule: Schedule, zone: str = "") -> str:
    """Say when a schedule is due; `zone` is named where the schedule names none. A bad one is quoted as it is."""
    try:
        when = _when(schedule)
    except FormError as error:
        return error.what
    if not when:
        return "no schedule"
    place = schedule.zone or zone
    when += f" {visible_line(place)}" if place and _is_local(schedule) else ""
    return when + (f", put off by up to {_span(schedule.jitter_seconds)}" if schedule.jitter_seconds > 0 else "")


def _when(schedule: Schedule) -> str:
    if schedule.cron:
        return _cron(schedule.cron)
    if schedule.every:
        span = _span(int(interval(schedule.every).total_seconds())).removeprefix("1 ")
        return f"every {span} at 00:00" if _is_local(schedule) else f"every {span}"
    if schedule.daily_at:
        clocks = [f"{clock:%H:%M:%S}".removesuffix(":00") for clock in times_of_day(schedule.daily_at)]
        return f"every day at {_listed(clocks)}"
    if schedule.calendar:
        return _calendar(schedule.calendar.strip())
    return f"once, at {visible_line(schedule.once.strip())}" if schedule.once else ""


def _cron(text: str) -> str:
    words = CronSim(cron_fields(text), datetime(1970, 1, 1)).explain()  # noqa: DTZ001 - only its words
    return words[0].lower() + words[1:]


def _calendar(text: str) -> str:
    calendar_of(text, ZoneInfo("UTC"))
    known = _WORDS.get(text.lower()) or _WORDS.get(_ALSO.get(text.lower(), ""))
    return known or f"whenever systemd's calendar says {visible_line(text)}"


def _is_local(schedule: Schedule) -> bool:
    """Tell whether it counts by local clocks, and not by a zone or an offset that its own text names."""
    if schedule.every:
        return interval(schedule.every) % timedelta(days=1) == timedelta(0)
    if schedule.calendar:
        return not calendar_of(schedule.calendar, ZoneInfo("UTC")).zone
    return not _OFFSET.search(schedule.once.strip())


def _span(seconds: int) -> str:
    """Write a span in its largest unit that leaves nothing over: `90 minutes`, `36 hours`."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds % size == 0), (1, "second"))
    return plural(seconds // size, unit)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
