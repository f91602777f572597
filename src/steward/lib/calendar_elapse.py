"""When a calendar event elapses next: the search that systemd makes, in local time, within bounded work.

Equal to `systemd-analyze calendar`, but for three differences:

- Where clocks show an hour twice, a local time is always its first, so that a schedule can be asked from any moment.
  systemd says so too, except when asked from within the repeat.
- Where winter time is the shifted one (Europe/Dublin, Africa/Casablanca), systemd leaves out the rest of a day on which
  an hour is skipped. Here only what lies in that hour is left out, as everywhere else.
- Where clocks skip midnight, systemd 252 may give up ("Resource deadlock avoided"). Here the search goes on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from steward.lib.calendar_event import LAST_YEAR, MICROSECONDS, CalendarEvent, Chain, Span, zone_of
from steward.lib.zones import after_repeat, local_of, utc_of

_MOST_TURNS = 1_000
"""As systemd: an event that is not found in so many is none."""

_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _MICROSECOND = range(6)
_LEAST = (_YEAR, 1, 1, 0, 0, 0)
_MICRO = timedelta(microseconds=1)


def next_elapse(event: CalendarEvent, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment (UTC) after this one when an event elapses; None: never again.

    `zone` counts where the event names none.
    """
    zone = zone_of(event) or zone
    start = after_repeat(after, zone)
    local = _Search(event, zone).first(start if start > local_of(after, zone) else start + _MICRO)
    return None if local is None else utc_of(local, zone).astimezone(UTC)


class _Search:
    """One search; `now` is the local time looked at, whose parts may lie out of their bounds for a moment."""

    def __init__(self, event: CalendarEvent, zone: ZoneInfo) -> None:
        self._event = event
        self._zone = zone
        self._chains = (event.years, event.months, event.days, event.hours, event.minutes, event.microseconds)
        self._now = [0] * 6

    def first(self, start: datetime) -> datetime | None:
        """Return the first local time that fits, from this one on."""
        self._set(start)
        for _ in range(_MOST_TURNS):
            normal = self._normal()
            if normal is None:
                return None
            self._set(normal)
            if not self._match(_YEAR):
                return None
            if all(self._settle(part) for part in range(_MONTH, 6)):
                return self._normal()
        return None

    def _settle(self, part: int) -> bool:
        """Bring one part to its next value that fits; where it has none, begin the next of the part above."""
        if not self._match(part):
            self._begin_next(part - 1)
            return False
        normal = self._normal()
        if normal is None:
            return False
        was = list(self._now)
        if _parts(normal) != was:
            self._move(normal, part)
            return False
        if part == _DAY and self._event.weekdays and normal.weekday() not in self._event.weekdays:
            self._begin_next(_DAY)
            return False
        return True

    def _move(self, normal: datetime, part: int) -> None:
        """Take the local time a calendar or a clock makes of this one; never go back."""
        now = _parts(normal)
        changed = next(index for index in range(6) if now[index] != self._now[index])
        if now[changed] < self._now[changed]:
            self._begin_next(part - 1)
            return
        if changed < _MICROSECOND:
            now[changed + 1] = _LEAST[changed + 1]
        self._now = now

    def _match(self, part: int) -> bool:
        value = self._now[part]
        found = _first_value(self._spans(part), value)
        if found is None:
            return False
        if found != value:
            self._now[part] = found
            self._reset_below(part)
        return True

    def _spans(self, part: int) -> Chain | None:
        chain = self._chains[part]
        if not chain:
            return None
        if part != _DAY or not self._event.is_from_end:
            return chain
        return tuple(self._from_end(span) for span in chain)

    def _from_end(self, span: Span) -> Span:
        start, stop = self._day_from_end(span.start), self._day_from_end(span.stop)
        if stop > 0:
            start, stop = stop, start
        return Span(start=start, stop=stop, repeat=span.repeat)

    def _day_from_end(self, number: int) -> int:
        year, month = self._now[_YEAR], self._now[_MONTH]
        first = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001 - local time
        day = first - timedelta(days=number)
        return day.day if day.month == month else -1

    def _begin_next(self, part: int) -> None:
        self._now[part] += 1
        self._reset_below(part)

    def _reset_below(self, part: int) -> None:
        self._now[part + 1 :] = _LEAST[part + 1 :]

    def _set(self, local: datetime) -> None:
        self._now = _parts(local)

    def _normal(self) -> datetime | None:
        """Return what a calendar and the zone's clocks make of the parts; None past the last year."""
        year, month, day, hour, minute, micro = self._now
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        if year > LAST_YEAR:
            return None
        rest = timedelta(days=day - 1, hours=hour, minutes=minute, microseconds=micro)
        local = datetime(year, month, 1) + rest  # noqa: DTZ001 - local time
        return local_of(utc_of(local, self._zone), self._zone)


def _parts(local: datetime) -> list[int]:
    micro = local.second * MICROSECONDS + local.microsecond
    return [local.year, local.month, local.day, local.hour, local.minute, micro]


def _first_value(spans: Chain | None, least: int) -> int | None:
    """Return the earliest of these values that is not below `least`; it is itself where every value fits."""
    if spans is None:
        return least
    values = [value for span in spans if (value := _value_of(span, least)) is not None]
    return min(values, default=None)


def _value_of(span: Span, least: int) -> int | None:
    if span.start >= least:
        return span.start
    if not span.repeat:
        return None
    value = span.start - (span.start - least) // span.repeat * span.repeat
    return value if span.stop < 0 or value <= span.stop else None
