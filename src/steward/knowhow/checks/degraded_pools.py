"""Find ZFS pools that have lost a device, or that stand still."""

from __future__ import annotations

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.pool_findings import called, device_evidence, pool_case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "degraded_pools"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each pool that is not healthy."""
    pools = snapshot.of(POOLS)
    if pools is None:
        return ()
    return tuple(_finding(snapshot, one) for one in pools.pools.values() if one.health not in {"ONLINE", ""})


def _finding(snapshot: Snapshot, one: Pool) -> Finding:
    this = pool_case(_NAME, snapshot, one.name)
    is_rebuilt = one.scan_kind == "resilver" and one.scan_state == "running"
    works = one.health == "DEGRADED"
    says = f"is {one.health.lower()}" + (" and is being rebuilt" if is_rebuilt else "")
    after = (
        "Everything works, with less to spare than was planned, or with nothing. One more lost device can take the"
        " whole pool with it. Replace the device that is gone."
        if works
        else "Nothing on it can be read or written; programs that try wait until it is back."
    )
    return this.finding(
        f"{called(snapshot, one)} {says}",
        Severity.WARNING if works else Severity.DOWN,
        (
            this.seen("health", one.health),
            *device_evidence(this, one),
            *this.outside("status", [one.says]),
            *this.outside("scan", [one.scan]),
        ),
        if_nothing=after,
    )


PLUGIN = Check(
    name=_NAME,
    summary="ZFS pools that are degraded (warning), or faulted, suspended or unavailable (down).",
    needs=(POOLS.name,),
    run=run,
)
