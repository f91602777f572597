"""What the history of one machine holds, as it lies in the store: numbers become points only where they are asked for.

Fifty machines keep half a million numbers of a week. Which of them stand out is seen from the plain lists; only those
that are shown are worth more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from steward.model.history import Point

Body = dict[str, list[list[float]]]
"""Numbers by name: `[seconds since the begin of the row, low, mean, high]`."""


@dataclass(frozen=True, kw_only=True)
class KeptRow:
    """One row."""

    step: int
    """Seconds between two points."""
    begin: datetime
    """Where it begins (UTC)."""
    body: Body
    """Numbers by name."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Rows of one machine."""

    rows: Mapping[str, list[KeptRow]] = field(default_factory=dict[str, list[KeptRow]])
    """By fact, the coarsest first and the oldest first."""

    def names(self, fact: str) -> set[str]:
        """Return the names of a fact's numbers."""
        return {name for row in self.rows.get(fact, ()) for name in row.body}

    def last(self, fact: str, name: str) -> float | None:
        """Return the newest value of a number."""
        found = next((row.body[name] for row in reversed(self.rows.get(fact, [])) if row.body.get(name)), None)
        return found[-1][2] if found else None

    def first(self, fact: str, name: str) -> float | None:
        """Return the oldest value of a number."""
        found = next((row.body[name] for row in self.rows.get(fact, []) if row.body.get(name)), None)
        return found[0][2] if found else None

    def mean(self, fact: str, name: str) -> float:
        """Return roughly what a number was on average: good enough to tell which of many stands out."""
        raw = [each[2] for row in self.rows.get(fact, ()) for each in row.body.get(name, ())]
        return sum(raw) / len(raw) if raw else 0.0

    def of(self, fact: str, name: str) -> tuple[Point, ...]:
        """Return what is known of one number, the oldest first, coarser stretches only before the finer ones."""
        by_step: dict[int, list[Point]] = defaultdict(list)
        for row in self.rows.get(fact, ()):
            by_step[row.step] += [point_of(row.begin, each, row.step) for each in row.body.get(name, ())]
        return joined(by_step)


def kept_of(rows: Iterable[Any]) -> dict[str, Kept]:
    """Put the rows of many machines together."""
    found: dict[str, dict[str, list[KeptRow]]] = {}
    for row in rows:
        kept = found.setdefault(row.machine, {}).setdefault(row.fact, [])
        kept.append(KeptRow(step=row.step, begin=row.begin, body=row.body))
    for facts in found.values():
        for kept in facts.values():
            kept.sort(key=lambda row: (-row.step, row.begin))
    return {machine: Kept(rows=facts) for machine, facts in found.items()}


def joined(by_step: Mapping[int, list[Point]]) -> tuple[Point, ...]:
    """Put the grains one after the other: a coarser one only says what was before the finer one."""
    whole: list[Point] = []
    for step in sorted(by_step):
        length = timedelta(seconds=step)
        older = [each for each in by_step[step] if not whole or each.at + length <= whole[0].at]
        whole = older + whole
    return tuple(whole)


def point_of(begin: datetime, raw: Any, seconds: int) -> Point:
    """Return a stretch as it is kept as a point."""
    offset, low, mean, high = raw
    return Point(at=begin + timedelta(seconds=offset), low=low, mean=mean, high=high, seconds=seconds)
