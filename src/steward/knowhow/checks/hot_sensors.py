"""Find chips that are as hot as they themselves say they must not be."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.sensors import PLUGIN as SENSORS
from steward.knowhow.facts.sensors import Temperature
from steward.knowhow.findings import case
from steward.knowhow.past import held_for
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "hot_sensors"
_NEAR = 5.0
_PROCESSOR_LIMIT = 95.0
"""For processors that do not tell theirs."""
_LONG = timedelta(minutes=15)
_IF_NOTHING = {
    Severity.DOWN: "It shuts itself off, or loses data first. Look at fans, dust and the room now.",
    Severity.WARNING: "At its limit it slows down or shuts itself off; heat shortens its life.",
    Severity.WATCH: "It is hotter than its maker wants it for long; heat shortens its life.",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each hot sensor."""
    sensors = snapshot.of(SENSORS)
    if sensors is None:
        return ()
    judged = ((name, one, _judge(snapshot, name, one)) for name, one in sensors.temperatures.items())
    return tuple(_finding(snapshot, name, one, severity) for name, one, severity in judged if severity is not None)


def _judge(snapshot: Snapshot, name: str, one: Temperature) -> Severity | None:
    if one.is_processor:
        return _judge_processor(snapshot, name, one)
    if one.critical is not None and one.celsius >= one.critical - _NEAR:
        return Severity.DOWN if one.celsius >= one.critical else Severity.WARNING
    is_warm = one.maximum is not None and one.celsius >= one.maximum and one.maximum >= 50
    return Severity.WATCH if is_warm else None


def _judge_processor(snapshot: Snapshot, name: str, one: Temperature) -> Severity | None:
    """A processor gets that hot for a moment whenever there is much to do; only for long it is trouble."""
    limit = (one.critical or _PROCESSOR_LIMIT) - _NEAR
    if one.celsius < limit:
        return None
    points = snapshot.past.of(SENSORS.name, f"{name} celsius")
    lasts = held_for(points, now=snapshot.read_at(SENSORS.name), at_least=limit)
    return Severity.WARNING if lasts >= _LONG else None


def _finding(snapshot: Snapshot, name: str, one: Temperature, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SENSOR, name, "/sys/class/hwmon", fact=SENSORS.name)
    evidence = [this.seen("celsius", one.celsius)]
    evidence += [] if one.critical is None else [this.seen("critical_celsius", one.critical)]
    evidence += [] if one.maximum is None else [this.seen("maximum_celsius", one.maximum)]
    limit = one.critical or one.maximum or _PROCESSOR_LIMIT
    return this.finding(
        f"{visible_line(name)} on {snapshot.machine.name} is {one.celsius:.0f} °C hot, its limit is {limit:.0f} °C",
        severity,
        tuple(evidence),
        if_nothing=_IF_NOTHING[severity],
    )


PLUGIN = Check(
    name=_NAME,
    summary="Chips at their own critical temperature (down) or 5 °C below it (warning); processors only for long.",
    needs=(SENSORS.name,),
    history=(SENSORS.name,),
    run=run,
)
