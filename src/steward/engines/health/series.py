"""Tell one series of numbers: what it is now, its extremes, how it grows, how often it was up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.history import (
    PLAIN,
    Point,
    Series,
    Unit,
    before,
    buckets,
    full_at,
    growth_per_day,
    mean_of,
    outside,
    rates,
    since,
)
from steward.store.kept import Kept

TREND_POINTS = 60
_GROWTH_POINTS = 40
_LEAST_KNOWN = timedelta(days=1)
_LONGEST_NAME = 200
_MOST_DOWN = 3


@record
class Window:
    """The time that is told of."""

    begin: datetime
    """From here (UTC)."""
    end: datetime
    """To here (UTC)."""


@record
class SeriesLine:
    """One number over time."""

    machine: str
    """Name of the machine."""
    fact: str
    """Fact it comes from."""
    name: str
    """Name within the fact; words of the machine."""
    unit: Unit
    """What it is a number of."""
    is_rate: bool
    """Whether it tells how many in a second."""
    now: float
    """The newest."""
    low: float
    """The lowest."""
    mean: float
    """The average."""
    high: float
    """The highest."""
    begin: datetime
    """When the oldest of them was measured (UTC)."""
    seen_at: datetime
    """When the newest was measured (UTC)."""
    trend: tuple[float | None, ...]
    """Averages, evenly over the time asked for, sixty unless more were asked for; None where nothing was measured."""
    room: float | None = None
    """For a filesystem: how much it can hold in all."""
    growth_per_day: float | None = None
    """For a filesystem: how much it grows in a day; None with less than a day of numbers."""
    full_at: datetime | None = None
    """For a filesystem: when it will be full if it goes on like that; None for not within ten years."""
    availability_percent: float | None = None
    """For what is up or down: how much of the time it was up."""
    sources: tuple[str, ...] = ()
    """Who else measured a part of it, by the name in telemetry.yaml; empty where Steward measured all of it."""


class Teller:
    """Tells the series of one machine."""

    def __init__(
        self, *, machine: str, kept: Kept, sources: Sequence[str], window: Window, points: int = TREND_POINTS
    ) -> None:
        self._machine = machine
        self._kept = kept
        self._sources = sources
        self._window = window
        self._points = points

    def names(self, fact: str) -> list[str]:
        """Return the names of all numbers of a fact, whoever measured them."""
        return sorted(set[str]().union(*(self._kept.names(each) for each in self._places(fact))))

    def standing_out(self, fact: str, spec: Series, names: Sequence[str]) -> list[str]:
        """Return of numbers of one kind the one that stands out; of services the few that were down most."""
        if spec.unit is Unit.UP:
            worst = sorted(names, key=lambda name: self._mean(fact, name))
            down = [name for name in worst[:_MOST_DOWN] if self._mean(fact, name) < 1]
            return down or worst[:1]
        return sorted(names, key=lambda name: self._weight(fact, name, spec), reverse=True)[:1]

    def _weight(self, fact: str, name: str, spec: Series) -> float:
        """Return how much a number stands out: how full, how much it counted, how high it was."""
        place = self._place(fact, name)
        last = self._kept.last(place, name) or 0.0
        if spec.room:
            room = self._kept.last(place, beside(name, spec.room))
            return last / (last + room) if room is not None and last + room > 0 else 0.0
        if spec.is_counter:
            return last - (self._kept.first(place, name) or 0.0)
        return self._kept.mean(place, name)

    def _mean(self, fact: str, name: str) -> float:
        return self._kept.mean(self._place(fact, name), name)

    def _places(self, fact: str) -> list[str]:
        return [fact, *(outside(fact, source) for source in self._sources)]

    def _place(self, fact: str, name: str) -> str:
        """Return where a number is told: by Steward itself, else by the first who does."""
        return next((each for each in self._places(fact) if self._kept.last(each, name) is not None), fact)

    def _joined(self, fact: str, name: str) -> tuple[tuple[Point, ...], tuple[str, ...]]:
        """Return Steward's own points with those of others before them, and whose those are."""
        points, used = self._kept.of(fact, name), list[str]()
        for source in self._sources:
            longer = before(points, self._kept.of(outside(fact, source), name))
            if len(longer) > len(points):
                used.append(source)
            points = longer
        return points, tuple(used)

    def line(self, fact: str, name: str, spec: Series) -> SeriesLine | None:
        """Tell one series; None where nothing of it was measured in this time."""
        points, sources = self._joined(fact, name)
        points = since(points, self._window.begin)
        if spec.is_counter:
            points = rates(points)
        if spec.whole:
            points = _scaled(points, self._latest(fact, name, spec.whole) or 1.0)
        mean = mean_of(points)
        if mean is None:
            return None
        room = self._latest(fact, name, spec.room) if spec.room else None
        room = None if room is None else room + points[-1].mean
        known = points if room is not None and self._window.end - points[0].at >= _LEAST_KNOWN else ()
        few = _few(known)
        return SeriesLine(
            machine=self._machine,
            fact=fact,
            name=visible_line(name[:_LONGEST_NAME]),
            unit=spec.unit,
            is_rate=spec.is_counter and not spec.whole,
            now=points[-1].mean,
            low=min(point.low for point in points),
            mean=mean,
            high=max(point.high for point in points),
            begin=points[0].at,
            seen_at=points[-1].at,
            trend=buckets(points, begin=self._window.begin, end=self._window.end, count=self._points),
            room=room,
            growth_per_day=growth_per_day(few),
            full_at=full_at(few, now=self._window.end, level=room) if room is not None else None,
            availability_percent=100 * mean if spec.unit is Unit.UP else None,
            sources=sources,
        )

    def _latest(self, fact: str, name: str, ending: str) -> float | None:
        """Return the newest of the number that goes with this one."""
        points, _ = self._joined(fact, beside(name, ending))
        return points[-1].mean if points else None


def spec_of(name: str, specs: Sequence[Series]) -> Series:
    """Return how a number is told, by the last word of its name."""
    ending = name.rpartition(" ")[2]
    return next((each for each in specs if each.ending == ending), PLAIN)


def beside(name: str, ending: str) -> str:
    """Return the name of the number that goes with another: `/ available_bytes` for `/ used_bytes`."""
    front, blank, _ = name.rpartition(" ")
    return f"{front}{blank}{ending}"


def _scaled(points: Sequence[Point], whole: float) -> tuple[Point, ...]:
    """Return numbers as percent of what would be everything, and never more: looks are not quite evenly apart."""
    return tuple(
        Point(
            at=each.at,
            low=min(100.0, each.low * 100 / whole),
            mean=min(100.0, each.mean * 100 / whole),
            high=min(100.0, each.high * 100 / whole),
            seconds=each.seconds,
        )
        for each in points
    )


def _few(points: Sequence[Point]) -> Sequence[Point]:
    """Return some of the points, the newest among them: growth is judged by all pairs of them."""
    step = -(-len(points) // _GROWTH_POINTS)
    return points[::-1][::step][::-1] if step > 1 else points
