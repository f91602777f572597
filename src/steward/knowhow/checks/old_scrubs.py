"""Find ZFS pools that nobody has read through for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.pool_findings import called, pool_case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "old_scrubs"
_OLD = timedelta(days=45)
"""Distributions scrub once a month; one that was missed is noticed, one that is late is not."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each pool whose last scrub, or whose making, is long ago."""
    pools = snapshot.of(POOLS)
    if pools is None:
        return ()
    judged = ((one, _last(one)) for one in pools.pools.values() if one.health == "ONLINE")
    return tuple(
        _finding(snapshot, one, last) for one, last in judged if last is not None and snapshot.at - last >= _OLD
    )


def _last(one: Pool) -> datetime | None:
    """Return when a pool was read through last, or else made; None while it is read, and where nobody knows."""
    if one.scan_state in {"running", "paused"}:
        return None
    return one.scan_at or one.created_at


def _finding(snapshot: Snapshot, one: Pool, last: datetime) -> Finding:
    this = pool_case(_NAME, snapshot, one.name)
    days = (snapshot.at - last).days
    says = "was never scrubbed" if one.scan_at is None else f"was scrubbed last {days} days ago"
    return this.finding(
        f"{called(snapshot, one)} {says}",
        Severity.WATCH,
        (
            this.seen("days_since_scrub" if one.scan_at else "days_since_created", days),
            *this.outside("scan", [one.scan]),
        ),
        if_nothing="Blocks that nobody reads go bad unnoticed, until a disk fails and they are needed to rebuild it.",
        fix="scrub_pool",
    )


PLUGIN = Check(
    name=_NAME,
    summary="ZFS pools whose last scrub is 45 days ago or more, or that never had one since they were made then.",
    needs=(POOLS.name,),
    run=run,
)
