"""Find checkpoints of ZFS pools that were forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.pool_findings import called, pool_case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "pool_checkpoints"
_OLD = timedelta(days=14)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each pool with an old checkpoint."""
    pools = snapshot.of(POOLS)
    if pools is None:
        return ()
    return tuple(
        _finding(snapshot, one, one.checkpoint_at)
        for one in pools.pools.values()
        if one.checkpoint_at is not None and snapshot.at - one.checkpoint_at >= _OLD
    )


def _finding(snapshot: Snapshot, one: Pool, taken: datetime) -> Finding:
    this = pool_case(_NAME, snapshot, one.name)
    return this.finding(
        f"{called(snapshot, one)} keeps a checkpoint of {(snapshot.at - taken).days} days ago",
        Severity.WATCH,
        (this.seen("checkpoint_at", taken.isoformat()), this.seen("used_percent", one.used_percent or 0.0)),
        if_nothing="All that is deleted goes on taking room, and no device can be removed, until `zpool checkpoint"
        " --discard` ends it.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="ZFS pools with a checkpoint of 14 days ago or more, which keeps everything that was deleted since.",
    needs=(POOLS.name,),
    run=run,
)
