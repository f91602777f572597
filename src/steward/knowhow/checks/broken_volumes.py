"""Find volumes of LVM that miss a disk or are worth nothing any more."""

from __future__ import annotations

from steward.knowhow.facts.volumes import PLUGIN as VOLUMES
from steward.knowhow.facts.volumes import Group, Volume
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "broken_volumes"
_FULL_SNAPSHOT = 90.0
_REASONS = {
    "partial": (Severity.DOWN, "misses a disk it lies on"),
    "failed": (Severity.DOWN, "has failed"),
    "refresh needed": (Severity.WARNING, "had a disk that went away for a moment, and has to be refreshed"),
    "mismatches exist": (Severity.WARNING, "has copies that differ"),
    "out_of_data": (Severity.DOWN, "is full: nothing can be written to it"),
    "metadata_read_only": (Severity.DOWN, "has a damaged or full table: nothing can be written to it"),
}
"""What `lvs` calls it: severity and words."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each group and each volume in trouble."""
    volumes = snapshot.of(VOLUMES)
    if volumes is None:
        return ()
    found = [_of_group(snapshot, one) for one in volumes.groups.values() if one.missing_disks]
    for key, one in volumes.volumes.items():
        judged = _judge(one)
        if judged is not None:
            found.append(_of_volume(snapshot, key, one, *judged))
    return tuple(found)


def _judge(one: Volume) -> tuple[Severity, str] | None:
    if one.kind == "snapshot" and one.is_invalid:
        return Severity.WARNING, "was a snapshot that ran full; it is worth nothing any more"
    if one.kind == "snapshot" and (one.data_percent or 0.0) >= _FULL_SNAPSHOT:
        return Severity.WARNING, f"is a snapshot that is {one.data_percent:.0f} % full; at 100 % it is lost"
    return _REASONS.get(one.health)


def _of_volume(snapshot: Snapshot, key: str, one: Volume, severity: Severity, says: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.VOLUME, key, "lvs", fact=VOLUMES.name)
    evidence = [this.seen("health", one.health or "none"), this.seen("kind", one.kind)]
    evidence += [] if one.data_percent is None else [this.seen("data_percent", one.data_percent)]
    return this.finding(
        f"volume {visible_line(key)} on {snapshot.machine.name} {says}",
        severity,
        tuple(evidence),
        if_nothing="What needs it fails, or fails when one more thing goes wrong; a backup that reads a lost snapshot"
        " ends with errors.",
    )


def _of_group(snapshot: Snapshot, one: Group) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.POOL, one.name, "vgs", fact=VOLUMES.name)
    return this.finding(
        f"volume group {visible_line(one.name)} on {snapshot.machine.name} misses {plural(one.missing_disks, 'disk')}",
        Severity.DOWN,
        (this.seen("missing_disks", one.missing_disks), this.seen("size_bytes", one.size_bytes)),
        if_nothing="Volumes on it cannot be used, or not after the next restart, and none can be made or changed.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Volumes of LVM that miss a disk, differ, or are snapshots nearly or entirely full.",
    needs=(VOLUMES.name,),
    run=run,
)
