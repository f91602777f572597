"""Timers of systemd: what each starts, how often it should, and when it did last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.outputs import complaint, lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_PROPERTIES = (
    "Id,Unit,ActiveState,UnitFileState,LastTriggerUSec,NextElapseUSecRealtime,ActiveEnterTimestamp,"
    "ConditionResult,ConditionTimestamp,WantedBy,TimersCalendar,TimersMonotonic,Persistent"
)
_SPANS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "month": 2_629_800}
_SPAN = re.compile(r"([0-9.]{1,20})(us|ms|s|min|h|d|w|month|y)\b")
_BOOT = frozenset({"timers.target", "basic.target", "multi-user.target", "default.target"})
_MOST = 300


@record
class Timer:
    """One timer."""

    unit: str
    """What it starts: `backup.service`."""
    active_state: str
    """`active` while it waits; `inactive` when it is off."""
    file_state: str
    """`enabled`, `disabled`, `static`."""
    starts_at_boot: bool
    """Whether it is to be started with every boot, and not only together with something else."""
    is_condition_met: bool | None
    """Whether the conditions in its file were met when it was started; None when nobody tried."""
    is_persistent: bool
    """Whether a run that was missed is made up for."""
    last_at: datetime | None
    """When it started its unit last (UTC); None when it did not since the machine was started."""
    next_at: datetime | None
    """When it does next by the calendar (UTC); None for a timer that counts from something else."""
    active_since: datetime | None
    """Since when it waits (UTC)."""
    period_seconds: int | None
    """Longest time between two runs by its own rules; None for one that runs once, or by rules not understood here."""


@record
class Timers:
    """All timers."""

    timers: dict[str, Timer]
    """By name."""


def parse(outputs: Mapping[str, CommandOutput]) -> Timers:
    """Read what `systemctl show` says of each timer; a machine without systemd has none."""
    output = outputs.get("timers")
    if output is not None and output.exit_code == 127:
        return Timers(timers={})
    if output is not None and output.exit_code not in {0, None}:
        msg = f"systemctl failed: {complaint(output)}"
        raise FactUnavailable(msg)
    found: dict[str, Timer] = {}
    for block in text_of(outputs, "timers").split("\n\n")[:_MOST]:
        pairs = [(key, value) for line in lines(block) for key, _, value in [line.partition("=")]]
        values = dict(pairs)
        if name := values.get("Id", "")[:200]:
            rules = [value for key, value in pairs if key in {"TimersCalendar", "TimersMonotonic"}]
            found[name] = _timer(values, rules)
    return Timers(timers=dict(sorted(found.items())))


def _timer(values: Mapping[str, str], rules: Iterable[str]) -> Timer:
    periods = [period for rule in rules if (period := _period(rule)) is not None]
    was_tried = _moment(values.get("ConditionTimestamp", "")) is not None
    return Timer(
        unit=values.get("Unit", "")[:200],
        active_state=values.get("ActiveState", ""),
        file_state=values.get("UnitFileState", ""),
        starts_at_boot=bool(_BOOT & set(values.get("WantedBy", "").split())),
        is_condition_met=values.get("ConditionResult") == "yes" if was_tried else None,
        is_persistent=values.get("Persistent") == "yes",
        last_at=_moment(values.get("LastTriggerUSec", "")),
        next_at=_moment(values.get("NextElapseUSecRealtime", "")),
        active_since=_moment(values.get("ActiveEnterTimestamp", "")),
        period_seconds=int(min(periods)) if periods else None,
    )


def _period(rule: str) -> float | None:
    """Read `{ OnCalendar=*-*-* 06:00:00 ; next_elapse=... }` or `{ OnUnitActiveUSec=1d ; ... }`."""
    kind, _, value = rule.strip("{ ").partition(" ; ")[0].partition("=")
    if kind == "OnCalendar":
        return _calendar_period(value)
    return _span(value) if kind in {"OnUnitActiveUSec", "OnUnitInactiveUSec"} else None


def _span(text: str) -> float | None:
    seconds = sum(float(number) * _SPANS.get(unit, 0) for number, unit in _SPAN.findall(text) if number.count(".") < 2)
    return seconds if 1 <= seconds <= timedelta(days=3660).total_seconds() else None


def _calendar_period(expression: str) -> float | None:
    """Return the longest time between two moments of a calendar expression as systemd writes it, in seconds."""
    match = re.match(r"(?:([A-Z][A-Za-z.,]+) )?(\S+)-(\S+?)[-~](\S+) (\S+?):", expression)
    if match is None or match[2] != "*":
        return None
    weekday, _, month, day, hour = match.groups()
    if month != "*":
        days = 366
    elif day != "*":
        days = 31 if weekday is None else 40
    else:
        days = 1 if weekday is None else 7
    is_hourly = days == 1 and hour == "*"
    return 3600 if is_hourly else days * 86_400


def _moment(text: str) -> datetime | None:
    words = text.split()
    try:
        return datetime.strptime(" ".join(words[1:3]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


_TIMERS = f"""\
export LC_ALL=C TZ=UTC
command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ] || exit 127
exec systemctl show --no-pager --property={_PROPERTIES} '*.timer'
"""

PLUGIN = Fact[Timers](
    name="timers",
    summary="Timers of systemd: what they start, how often, and when they did last.",
    readings=(Reading(name="timers", argv=("sh", "-c", _TIMERS)),),
    parse=parse,
    pause=timedelta(minutes=10),
)
