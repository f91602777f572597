"""Numbers around the time at which something began to be wrong: from a day before it until now."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from steward.core.routes import Caller
from steward.lib.text import moment_of
from steward.surfaces.web.site import Data, Site

_BEFORE_HOURS = 24
_MOST_HOURS = 24 * 90
_MOST_SERIES = 4
_USUAL = ("busy_seconds", "used_percent", "waiting_percent")
"""Numbers that tell how a machine does, where none is about the thing itself."""


async def numbers_of(site: Site, caller: Caller, told: Data) -> Data:
    """Return the history of the numbers about the thing a finding is about, else of its machine as a whole."""
    given = {"machine": told["machine"], "since": f"{_hours(told['finding'])}h"}
    name = told["finding"]["resource"]["name"]
    history = await site.ask(caller, "history", name=name, **given)
    if history["series"]:
        return {**history, "series": history["series"][:_MOST_SERIES]}
    history = await site.ask(caller, "history", **given)
    usual = [each for each in history["series"] if each["name"] in _USUAL]
    return {**history, "series": usual[:_MOST_SERIES]}


def _hours(finding: Data) -> int:
    """Return how long ago the day before it began, seen from when it was seen last."""
    begun = moment_of(finding["since"])
    seen = [at for each in finding["evidence"] if (at := moment_of(each["at"]))]
    lasts = max(seen) - begun if begun and seen else timedelta()
    return min(_MOST_HOURS, _BEFORE_HOURS + max(0, ceil(lasts / timedelta(hours=1))))


def chart_of(told: Data, history: Data) -> Data:
    """Return what is drawn: the numbers, when it began, and what changed in the day before."""
    series, finding = history["series"], told["finding"]
    window = [moment_of(history["window"][end]) for end in ("begin", "end")]
    count = max((len(each["trend"]) for each in series), default=0)
    begun = [{"at": finding["since"], "says": finding["title"]}] if finding["since"] else []
    changes = [{"at": each["at"], "says": each["subject"]} for each in told["changed"]]
    return {
        "times": _times(window[0], window[1], count),
        "series": [{"name": each["name"], "unit": each["unit"], "values": each["trend"]} for each in series],
        "events": begun + changes,
    }


def _times(begin: datetime | None, end: datetime | None, count: int) -> list[Any]:
    """Return the middle of each of so many equal parts."""
    if begin is None or end is None:
        return []
    part = (end - begin) / max(1, count)
    return [(begin + part * (number + 0.5)).isoformat() for number in range(count)]
