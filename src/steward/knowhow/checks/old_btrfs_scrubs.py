"""Find filesystems of btrfs that nobody has read through for long."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.btrfs_findings import btrfs_case, called, every
from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.btrfs import Btrfs
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "old_btrfs_scrubs"
_OLD = timedelta(days=45)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem of several devices without a scrub for long.

    On one device a scrub finds damage and can mend nothing but metadata; most people never run one there.
    """
    return tuple(_finding(snapshot, one) for one in every(snapshot) if len(one.devices) > 1 and _is_old(snapshot, one))


def _is_old(snapshot: Snapshot, one: Btrfs) -> bool:
    if one.scrub_state == "never":
        points = snapshot.past.of(BTRFS.name, f"{one.mount_point} unallocated_bytes")
        return bool(points) and snapshot.at - points[0].at >= _OLD
    return one.scrub_state != "running" and one.scrub_at is not None and snapshot.at - one.scrub_at >= _OLD


def _finding(snapshot: Snapshot, one: Btrfs) -> Finding:
    this = btrfs_case(_NAME, snapshot, one)
    days = None if one.scrub_at is None else (snapshot.at - one.scrub_at).days
    says = "was never scrubbed" if days is None else f"was scrubbed last {days} days ago"
    seen = [] if days is None else [this.seen("days_since_scrub", days)]
    return this.finding(
        f"{called(snapshot, one)} {says}",
        Severity.WATCH,
        (this.seen("scrub_state", one.scrub_state), *seen),
        if_nothing="Blocks that nobody reads go bad unnoticed, until a device fails and they are needed.",
        fix="scrub_btrfs",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems of btrfs on several devices whose last scrub is 45 days ago or more.",
    needs=(BTRFS.name,),
    history=(BTRFS.name,),
    run=run,
)
