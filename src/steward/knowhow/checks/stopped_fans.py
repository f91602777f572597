"""Find fans that always turned and have stopped."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.sensors import PLUGIN as SENSORS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import Point, since
from steward.model.resource import ResourceKind

_NAME = "stopped_fans"
_WITHIN = timedelta(days=7)
_FEWEST_LOOKS = 24
_TURNS = 100.0


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a fan that stops by itself at times, or is not connected, is as it should be."""
    sensors = snapshot.of(SENSORS)
    if sensors is None:
        return ()
    now = snapshot.read_at(SENSORS.name)
    stopped: list[Finding] = []
    for name, turns in sensors.fans.items():
        points = since(snapshot.past.of(SENSORS.name, f"{name} fan"), now - _WITHIN)
        if turns == 0 and _always_turned(points):
            usual = round(sum(point.mean for point in points) / len(points))
            stopped.append(_finding(snapshot, name, usual))
    return tuple(stopped)


def _always_turned(points: tuple[Point, ...]) -> bool:
    """Tell whether a fan turned at every look of the week, but for the last that may show it stopped already."""
    earlier = [point for point in points if point.low > 0]
    is_only_the_end = all(point.low > 0 for point in points[: len(earlier)])
    return len(earlier) >= _FEWEST_LOOKS and is_only_the_end and min(point.low for point in earlier) >= _TURNS


def _finding(snapshot: Snapshot, name: str, usual: int) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SENSOR, name, "/sys/class/hwmon", fact=SENSORS.name)
    return this.finding(
        f"the fan {visible_line(name)} on {snapshot.machine.name} has stopped",
        Severity.WARNING,
        (this.seen("turns_per_minute", 0), this.seen("usual_turns_per_minute", usual)),
        if_nothing="What it cools gets hotter, and slows down or shuts itself off under load.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Fans that turned at every look of the last week and have stopped.",
    needs=(SENSORS.name,),
    history=(SENSORS.name,),
    run=run,
)
