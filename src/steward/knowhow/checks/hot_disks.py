"""Find disks that are too hot for long."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.disk_findings import asked_disks, called, disk_case
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import merged, since

_NAME = "hot_disks"
_SPAN = timedelta(hours=3)
_LIMIT_ROTATING, _LIMIT_SOLID = 60, 80
"""What makers allow at most, where the disk itself does not tell."""
_LEAST_LIMIT = 45
"""A disk that names a lower limit than this tells nonsense."""
_WATCHED_BELOW = 5
_TOO_HOT = 2


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each hot disk; one that sleeps gets no warmer."""
    found: list[Finding] = []
    for key, one in asked_disks(snapshot).items():
        if one.temperature_celsius is None or one.is_asleep:
            continue
        severity = _judge(snapshot, key, one, one.temperature_celsius)
        if severity is not None:
            found.append(_finding(snapshot, key, one, one.temperature_celsius, severity))
    return tuple(found)


def _judge(snapshot: Snapshot, key: str, one: DiskHealth, now: int) -> Severity | None:
    """Judge by the average of three hours, so that neither one backup nor one cool moment decides."""
    points = since(snapshot.past.of(HEALTH.name, f"{key} temperature_celsius"), snapshot.at - _SPAN)
    before = merged(points)
    usual = now if before is None else (before.mean * len(points) + now) / (len(points) + 1)
    limit = limit_celsius(one)
    if usual >= limit or one.critical_warning & _TOO_HOT:
        return Severity.WARNING
    return Severity.WATCH if usual >= limit - _WATCHED_BELOW else None


def limit_celsius(one: DiskHealth) -> int:
    """Return from where a disk is too hot: its own limit, or what makers of its kind allow."""
    usual = _LIMIT_ROTATING if one.is_rotating else _LIMIT_SOLID
    own = one.temperature_limit_celsius or usual
    if own < _LEAST_LIMIT:
        return usual
    return min(own, usual) if one.is_rotating else own


def _finding(snapshot: Snapshot, key: str, one: DiskHealth, now: int, severity: Severity) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    limit = limit_celsius(one)
    return this.finding(
        f"{called(snapshot, key, one)} is {now} °C hot; {limit} °C is the most it should be",
        severity,
        (this.seen("temperature_celsius", now), this.seen("limit_celsius", limit)),
        if_nothing="Heat makes disks slow and old before their time. Look at the fans and the dust, and at what stands"
        " too close.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks as hot as their maker allows over three hours (warning), or 5 °C below that (watch).",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
