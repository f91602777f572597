"""Find ZFS pools that run out of room, also where only virtual disks lie on them, which `df` does not see."""

from __future__ import annotations

from steward.knowhow.disk_space import fullness
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.pool_findings import called, pool_case
from steward.lib.text import size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "full_pools"
_LEVELS = ((97.0, Severity.DOWN), (90.0, Severity.WARNING), (80.0, Severity.WATCH))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each full pool, unless the check of filesystems finds one of its datasets full."""
    pools = snapshot.of(POOLS)
    if pools is None:
        return ()
    told = _pools_found_full(snapshot)
    found: list[Finding] = []
    for one in pools.pools.values():
        used = one.used_percent
        severity = next((level for least, level in _LEVELS if used is not None and used >= least), None)
        if used is not None and severity is not None and one.name not in told:
            found.append(_finding(snapshot, one, used, severity))
    return tuple(found)


def _pools_found_full(snapshot: Snapshot) -> set[str]:
    filesystems = snapshot.of(FILESYSTEMS)
    every = () if filesystems is None else filesystems.filesystems.values()
    return {
        one.source.partition("/")[0]
        for one in every
        if one.type == "zfs" and not one.is_read_only and fullness(one.used_percent, one.available_bytes) is not None
    }


def _finding(snapshot: Snapshot, one: Pool, used: float, severity: Severity) -> Finding:
    this = pool_case(_NAME, snapshot, one.name)
    free = one.free_bytes or 0
    evidence = [this.seen("used_percent", used), this.seen("free_bytes", free)]
    if one.fragmentation_percent is not None:
        evidence.append(this.seen("fragmentation_percent", one.fragmentation_percent))
    if one.checkpoint_at is not None:
        evidence.append(this.seen("checkpoint_at", one.checkpoint_at.isoformat()))
    return this.finding(
        f"{called(snapshot, one)} is {used:.0f} % full, {size(free)} left",
        severity,
        tuple(evidence),
        if_nothing="Nothing can be written any more; virtual machines on it stop, and even deleting can fail."
        if severity is Severity.DOWN
        else "ZFS gets slow when it is nearly full, and then nothing can be written. Old snapshots are often why.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="ZFS pools from 80 % (watch), 90 % (warning) and 97 % (down), virtual disks included.",
    needs=(POOLS.name,),
    run=run,
)
