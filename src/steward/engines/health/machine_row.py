"""One machine in one row: how it is, how it did in the last day, what it needs soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from steward.core.glances import ServiceTally, Trend
from steward.engines.health.wrong import worst_of
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.knowhow.facts.sensors import PLUGIN as SENSORS
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.brake import Brake, BrakeState
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.store.findings import FindingLine


@record
class MachineRow:
    """One machine in one row; None where it does not tell, or was not looked at since Steward started."""

    id: MachineId
    """Id."""
    name: str
    """Name."""
    status: str
    """`ok`, `watch`, `warning`, `down`, `unknown` or `paused`."""
    autonomy: str
    """How far Steward may go there."""
    seen_at: datetime | None
    """When it was last looked at (UTC)."""
    is_unseen: bool
    """Whether it cannot be seen now, so that everything here is as old as that."""
    findings: int
    """Open findings."""
    note: str
    """What a person should know first."""
    services: ServiceTally
    """How many services it has."""
    trend: Trend
    """The last 24 hours."""
    celsius: float | None
    """The highest temperature it tells."""
    backup_at: datetime | None
    """When a backup job of it ended well last (UTC)."""
    is_backup_failing: bool
    """Whether a backup job came out badly the last time."""
    updates: int | None
    """Packages that could be newer."""
    security_updates: int | None
    """Those of them that are for security."""
    is_restart_wanted: bool
    """Whether it should be restarted to use what was installed."""
    certificate: str
    """Where the certificate is served that ends first."""
    certificate_ends_at: datetime | None
    """When that one ends (UTC)."""


def row_of(  # noqa: PLR0913 - one parameter for each place a row is read from
    machine: Machine,
    found: Sequence[FindingLine],
    brake: BrakeState,
    *,
    seen: Snapshot | None,
    seen_at: datetime | None,
    is_unseen: bool,
    services: ServiceTally,
    trend: Trend,
) -> MachineRow:
    """Put the row of a machine together; `found` are its findings, worst first."""
    updates = seen.of(UPDATES) if seen else None
    packages = seen.of(PACKAGES) if seen else None
    place, ends_at = _first_to_end(seen)
    backup_at, is_backup_failing = _backups(seen)
    return MachineRow(
        id=machine.id,
        name=machine.name,
        status=_status(machine, found, brake, is_unseen=is_unseen),
        autonomy=machine.autonomy.value,
        seen_at=seen_at,
        is_unseen=is_unseen,
        findings=len(found),
        note=machine.quarantined or (found[0].title if found else "" if seen_at else "not looked at yet"),
        services=services,
        trend=trend,
        celsius=_hottest(seen),
        backup_at=backup_at,
        is_backup_failing=is_backup_failing,
        updates=updates.count if updates else None,
        security_updates=updates.security_count if updates and updates.tells_security else None,
        is_restart_wanted=packages.is_restart_wanted if packages else False,
        certificate=place,
        certificate_ends_at=ends_at,
    )


def _status(machine: Machine, found: Sequence[FindingLine], brake: BrakeState, *, is_unseen: bool) -> str:
    worst = worst_of(found)
    if machine.quarantined:
        return Severity.DOWN.value
    if worst is Severity.DOWN:
        return worst.value
    if is_unseen:
        return Severity.UNKNOWN.value
    if worst is not None:
        return worst.value
    return "paused" if brake.brake is Brake.STOP else "ok"


def _hottest(seen: Snapshot | None) -> float | None:
    sensors = seen.of(SENSORS) if seen else None
    return max((one.celsius for one in sensors.temperatures.values()), default=None) if sensors else None


def _backups(seen: Snapshot | None) -> tuple[datetime | None, bool]:
    backups = seen.of(BACKUPS) if seen else None
    if backups is None:
        return None, False
    ended = [job.succeeded_at for job in backups.jobs.values() if job.succeeded_at is not None]
    return max(ended, default=None), any(job.has_failed for job in backups.jobs.values())


def _first_to_end(seen: Snapshot | None) -> tuple[str, datetime | None]:
    certificates = seen.of(CERTIFICATES) if seen else None
    if certificates is None or not certificates.served:
        return "", None
    ends_at, place = min((one.ends_at, place) for place, one in certificates.served.items())
    return visible_line(place[:100]), ends_at
