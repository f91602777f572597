"""When each step of a run was at work, as bars on one line of a hundred units; and how past runs went, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from steward.lib.text import moment_of
from steward.surfaces.web.words import tone_of

_WIDE = 100.0
_LEAST = 1.0
"""A bar is never thinner: what was very short still happened."""
_HIGH, _LEAST_HIGH = 24.0, 4.0
_COLUMN = 4


def bars(run: Mapping[str, Any], progress: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the bars of each step by its id: from its intent to its end, and of putting it back."""
    now = moment_of(progress["as_of"])
    begin, end = moment_of(run["started"]), moment_of(run["ended"]) or now
    if begin is None or end is None:
        return {}
    whole = max((end - begin).total_seconds(), 0.001)

    def bar(since: str | None, until: str | None, tone: str) -> list[dict[str, Any]]:
        began = moment_of(since)
        if began is None:
            return []
        return [_bar(_share(began, begin, whole), _share(moment_of(until) or end, begin, whole), tone)]

    return {
        step["id"]: [
            *bar(step["started"], step["ended"], tone_of("step", step["state"])),
            *bar(step["undo_started"], step["undo_ended"], "warning"),
        ]
        for step in progress["steps"]
    }


def _share(moment: datetime, begin: datetime, whole: float) -> float:
    return min(_WIDE, max(0.0, (moment - begin).total_seconds() / whole * _WIDE))


def _bar(since: float, until: float, tone: str) -> dict[str, Any]:
    wide = max(_LEAST, until - since)
    return {"x": round(min(since, _WIDE - wide), 1), "width": round(wide, 1), "tone": tone}


def columns(past: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return past runs, oldest first, as columns as high as they took long, in the color of how they ended."""
    longest = max((seconds_of(each) for each in past), default=0.0) or 1.0
    shown: list[dict[str, Any]] = []
    for number, each in enumerate(reversed(past)):
        high = max(_LEAST_HIGH, seconds_of(each) / longest * _HIGH)
        place = {"x": number * _COLUMN, "y": round(_HIGH - high, 1), "height": round(high, 1)}
        shown.append({**place, "tone": tone_of("run", each["state"]), "id": each["id"], "state": each["state"]})
    return shown


def seconds_of(run: Mapping[str, Any]) -> float:
    """Return how long a run took; nought when that is not known."""
    if "seconds" in run:
        return float(run["seconds"])
    began, ended = moment_of(run["started"]), moment_of(run["ended"])
    return (ended - began).total_seconds() if began and ended else 0.0
