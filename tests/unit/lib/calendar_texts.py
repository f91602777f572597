"""Calendar events by dice: all that systemd's language has, some of it wrong; and moments where clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from steward.lib.calendar_event import SHORTHANDS

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"),
    *("Asia/Kolkata", "America/Havana", "Asia/Beirut", "Antarctica/Troll", "Africa/Cairo", "America/Asuncion"),
)
"""Where clocks change by an hour, by half of one, by two, at midnight, by a whole day, or not any more."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FRACTIONS = ("5", "25", "000001", "9999994", "123456", "0", "999999")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question for both."""

    text: str
    """The calendar event."""
    zone: str
    """Zone of whoever asks."""
    after: datetime
    """Moment (UTC, without a zone) from which it is asked."""


def cases(seed: int, count: int) -> list[Case]:
    """Return so many questions, none asked from within an hour that clocks show for the second time."""
    dice = Random(seed)
    changes = {zone: _changes(ZoneInfo(zone)) for zone in ZONES}
    found: list[Case] = []
    while len(found) < count:
        text, zone = _text(dice), dice.choice(ZONES)
        named = text.rpartition(" ")[2]
        own = named if named in ZONES else zone
        after = _moment(dice, changes[own])
        if not any(after.astimezone(ZoneInfo(each)).fold for each in (own, zone)):
            found.append(Case(text=text, zone=zone, after=after.replace(tzinfo=None)))
    return found


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Return the hours from 2010 to 2030 in which clocks of a zone change."""
    first = datetime(2010, 1, 1, tzinfo=UTC)
    hours = [first + _HOUR * number for number in range(0, 20 * 365 * 24, 6)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hour for hour, one, other in zip(hours, offsets, offsets[1:], strict=False) if one != other]


def _moment(dice: Random, changes: list[datetime]) -> datetime:
    if changes and dice.random() < 0.75:
        return dice.choice(changes) + timedelta(seconds=dice.randint(-90_000, 90_000))
    return datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randint(0, 7 * 10**9))


def _text(dice: Random) -> str:
    kind = dice.random()
    if kind < 0.04:
        word = dice.choice(sorted(SHORTHANDS))
        return dice.choice((word, word.upper(), word.capitalize())) + dice.choice(("", f" {dice.choice(ZONES)}"))
    if kind < 0.05:
        return f"@{dice.randint(0, 7 * 10**9)}"
    date = _date(dice) if dice.random() < 0.75 else ""
    clock = f"{_part(dice, 0, 23)}:{_part(dice, 0, 59)}{_seconds(dice)}" if not date or dice.random() < 0.8 else ""
    zone = f" {dice.choice((*ZONES, 'utc'))}" if dice.random() < 0.3 else ""
    text = _weekdays(dice) + " ".join(part for part in (date, clock) if part) + zone
    if dice.random() < 0.03:
        at = dice.randrange(len(text))
        text = text[:at] + dice.choice("/-~:.,* 059") + text[at + dice.choice((0, 1)) :]
    return text


def _weekdays(dice: Random) -> str:
    if dice.random() < 0.6:
        return ""
    listed: list[str] = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        first = dice.randrange(7)
        last = dice.randint(first, 6) if dice.random() < 0.9 else dice.randrange(7)
        ends = [_DAYS[day][: dice.choice((3, None))] for day in (first, last)]
        listed.append(ends[0] if dice.random() < 0.6 else dice.choice(("..", "-")).join(ends))
    text = ",".join(listed)
    return dice.choice((text, text, text.lower(), text.upper())) + dice.choice((" ", " ", "  "))


def _date(dice: Random) -> str:
    first, last = sorted(dice.randint(1970, 2199) for _ in range(2))
    years = (
        "*-",
        "*-",
        "*-",
        "",
        f"{first}-",
        f"{first}..{last}-",
        f"{first}/{dice.randint(1, 9)}-",
        f"{first % 100}-",
    )
    is_from_end = dice.random() < 0.25
    day = _part(dice, 1, 28 if is_from_end else 31)
    return f"{dice.choice(years)}{_part(dice, 1, 12)}{'~' if is_from_end else '-'}{day}"


def _part(dice: Random, least: int, most: int) -> str:
    if dice.random() < 0.35:
        return "*"
    return ",".join(_value(dice, least, most) for _ in range(dice.choice((1, 1, 1, 2, 3))))


def _value(dice: Random, least: int, most: int) -> str:
    start = dice.randint(least, most)
    stop, repeat = dice.randint(start, most), dice.randint(1, most - least)
    forms = (f"{start}", f"{start:02d}", f"{start}..{stop}", f"{start}/{repeat}", f"{start}..{stop}/{repeat}")
    return dice.choice((*forms, f"{start + 1}"))


def _seconds(dice: Random) -> str:
    start, stop = sorted(dice.randint(0, 59) for _ in range(2))
    first, last = (f"{number}.{dice.choice(_FRACTIONS)}" for number in (start, stop))
    step = dice.choice(("0.5", "1.5", "7.25", "20", "0.25"))
    forms = (
        "",
        "",
        ":00",
        ":*",
        f":{start}",
        f":{first}",
        f":{start}..{last}",
        f":{first}/{step}",
        f":{start}..{last}/{step}",
    )
    return dice.choice(forms)
