"""What the checks of disks share: how a disk is named, what it told before it fell asleep, and how a counter grew."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.knowhow.findings import Case, case
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.history import since
from steward.model.resource import ResourceKind


@record
class Growth:
    """How much a counter grew within a stretch of time."""

    count: int
    """By how much it is larger than at the beginning; never negative."""
    begin: datetime
    """Where the stretch begins: as far back as anything is known (UTC)."""


def asked_disks(snapshot: Snapshot) -> dict[str, DiskHealth]:
    """Return the disks by serial number, those that sleep included; none where nobody was asked."""
    health = snapshot.of(HEALTH)
    return {} if health is None else dict(health.disks)


def disk_case(check: str, snapshot: Snapshot, key: str) -> Case:
    """Open a case about a disk, by its serial number: it stays the same disk at another port."""
    return case(check, snapshot, ResourceKind.DISK, key, "smartctl", fact=HEALTH.name)


def called(snapshot: Snapshot, key: str, one: DiskHealth) -> str:
    """Return how people find a disk: model, kernel's name, machine and serial number."""
    serial = "" if key == one.name else f", serial number {key}"
    return visible_line(f"{one.model or 'disk'} ({one.name}{serial}) on {snapshot.machine.name}".strip())


def counted(snapshot: Snapshot, key: str, one: DiskHealth, counter: str) -> int | None:
    """Return a counter; of a disk that sleeps what it told last, so that no trouble is over because it sleeps."""
    value = getattr(one, counter, None)
    if isinstance(value, int) and not one.is_asleep:
        return value
    points = snapshot.past.of(HEALTH.name, f"{key} {counter}")
    return int(points[-1].mean) if points and one.is_asleep else None


def grown(snapshot: Snapshot, key: str, counter: str, now: int, *, days: int) -> Growth | None:
    """Return how a counter grew within so many days, or None where nothing was measured before."""
    points = since(snapshot.past.of(HEALTH.name, f"{key} {counter}"), snapshot.at - timedelta(days=days))
    if not points:
        return None
    return Growth(count=max(0, now - round(points[0].low)), begin=points[0].at)
