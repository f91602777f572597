"""Find ZFS pools with damaged files, or with devices that make errors although the pool is healthy."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.pool_findings import called, device_evidence, pool_case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since

_NAME = "pool_errors"
_QUIET = timedelta(days=7)
_DAMAGED = (
    "These files cannot be read whole, and ZFS has no good copy of them. `zpool status -v` names them: bring them back"
    " from the backup."
)
_MENDED = (
    "ZFS mended what it could from the other copies. Errors that get more come from a disk, a cable or a controller"
    " that fails. When the reason is found, `zpool clear` sets the counters back."
)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each pool with errors; errors that are old and get no more are worth knowing only."""
    pools = snapshot.of(POOLS)
    if pools is None:
        return ()
    return tuple(finding for one in pools.pools.values() if (finding := _judge(snapshot, one)) is not None)


def _judge(snapshot: Snapshot, one: Pool) -> Finding | None:
    errors = sum(device.error_count for device in one.devices.values())
    if one.data_errors:
        says = f"has {plural(one.data_errors, 'damaged file')}"
        return _finding(snapshot, one, errors, Severity.WARNING, says, _DAMAGED)
    if errors == 0:
        return None
    says = f"has devices that made {plural(errors, 'error')}"
    severity = Severity.WATCH if _is_old(snapshot, one, errors) else Severity.WARNING
    return _finding(snapshot, one, errors, severity, says, _MENDED)


def _is_old(snapshot: Snapshot, one: Pool, errors: int) -> bool:
    """Tell whether there were as many errors a week ago; then nothing fails now."""
    points = snapshot.past.of(POOLS.name, f"{one.name} device_errors")
    recent = since(points, snapshot.at - _QUIET)
    is_known = bool(points) and snapshot.at - points[0].at >= _QUIET
    return is_known and bool(recent) and min(point.low for point in recent) >= errors


def _finding(snapshot: Snapshot, one: Pool, errors: int, severity: Severity, says: str, after: str) -> Finding:
    this = pool_case(_NAME, snapshot, one.name)
    return this.finding(
        f"{called(snapshot, one)} {says}",
        severity,
        (
            this.seen("data_errors", one.data_errors),
            this.seen("device_errors", errors),
            *device_evidence(this, one),
            *this.outside("scan", [one.scan]),
        ),
        if_nothing=after,
    )


PLUGIN = Check(
    name=_NAME,
    summary="ZFS pools with damaged files, or with devices that made errors; errors of a week ago are a watch only.",
    needs=(POOLS.name,),
    history=(POOLS.name,),
    run=run,
)
