"""Local time and UTC: zones by name, and what becomes of local times that a change of the clock skips or repeats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LONGEST_NAME = 64
_SECOND = timedelta(seconds=1)


def zone_named(name: str) -> ZoneInfo | None:
    """Return the IANA time zone of this name; None where there is none."""
    if not name or len(name) > _LONGEST_NAME or not name.isascii() or not name.isprintable():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path out of the database, or one of its folders
        return None


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time of a moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def utc_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time: the first where it comes twice, as long after the gap where it never comes."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks of this zone ever show this local time."""
    return local_of(utc_of(local, zone), zone) == local


def valid_from(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time, or the first moment after the gap that swallows it."""
    if exists(local, zone):
        return utc_of(local, zone)
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), utc_of(local, zone)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, after)
    return after.replace(microsecond=0)


def after_repeat(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time of a moment; where clocks show it for the second time, the end of what they repeat."""
    shown = moment.astimezone(zone)
    local = shown.replace(tzinfo=None, fold=0)
    if not shown.fold:
        return local
    low, high = local.replace(microsecond=0), local.replace(microsecond=0) + timedelta(days=1)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (middle, high) if _is_twice(middle, zone) else (low, middle)
    return high


def _is_twice(local: datetime, zone: ZoneInfo) -> bool:
    return local.replace(tzinfo=zone, fold=0).utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset()
