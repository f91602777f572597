"""Find processors that are slowed down: by heat again and again, or by a weak power supply."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.sensors import PLUGIN as SENSORS
from steward.knowhow.facts.sensors import Sensors
from steward.knowhow.findings import Case, case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since
from steward.model.resource import ResourceKind

_NAME = "throttled_processors"
_WITHIN = timedelta(hours=1)
_OFTEN = 100


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    sensors = snapshot.of(SENSORS)
    if sensors is None:
        return ()
    this = case(_NAME, snapshot, ResourceKind.SENSOR, "processors", "/sys/devices", fact=SENSORS.name)
    finding = _voltage(this, sensors) or _heat(this, snapshot, sensors)
    return () if finding is None else (finding,)


def _voltage(this: Case, sensors: Sensors) -> Finding | None:
    """Judge what a Raspberry Pi tells of its supply."""
    if not sensors.is_undervolted and not sensors.was_undervolted:
        return None
    where, now = this.snapshot.machine.name, bool(sensors.is_undervolted)
    says = "gets too little voltage" if now else "got too little voltage at times since it was started"
    return this.finding(
        f"{where} {says}",
        Severity.WARNING if now else Severity.WATCH,
        (this.seen("is_undervolted", now), this.seen("was_undervolted", bool(sensors.was_undervolted))),
        if_nothing="It slows down, and its disks may drop out or lose what is written. Use a stronger supply or cable.",
    )


def _heat(this: Case, snapshot: Snapshot, sensors: Sensors) -> Finding | None:
    points = since(snapshot.past.of(SENSORS.name, "throttle_count"), snapshot.read_at(SENSORS.name) - _WITHIN)
    if sensors.throttle_count is None or not points:
        return None
    times = sensors.throttle_count - int(points[0].low)
    if times < _OFTEN:
        return None
    return this.finding(
        f"processors of {snapshot.machine.name} were slowed down by heat {times} times within an hour",
        Severity.WATCH,
        (this.seen("throttled_within_an_hour", times), this.seen("throttled_since_boot", sensors.throttle_count)),
        if_nothing="It is slower than it could be whenever there is much to do. Look at fans, dust and thermal paste.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Processors slowed down by heat 100 times within an hour, or a Raspberry Pi with too little voltage.",
    needs=(SENSORS.name,),
    history=(SENSORS.name,),
    run=run,
)
