"""Find filesystems of btrfs that miss a device."""

from __future__ import annotations

from steward.knowhow.btrfs_findings import btrfs_case, called, every
from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.btrfs import Btrfs
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "degraded_btrfs"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem that is not whole."""
    return tuple(_finding(snapshot, one) for one in every(snapshot) if one.missing_devices)


def _finding(snapshot: Snapshot, one: Btrfs) -> Finding:
    this = btrfs_case(_NAME, snapshot, one)
    return this.finding(
        f"{called(snapshot, one)} misses {plural(one.missing_devices, 'device')}",
        Severity.WARNING,
        (
            this.seen("missing_devices", one.missing_devices),
            *(this.seen("device", name) for name in one.devices[:16]),
        ),
        if_nothing="It works with what is left, and the next lost device can take all data with it. It may not be"
        " mounted at the next restart. Replace the device with `btrfs replace`.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems of btrfs that are mounted without one of their devices.",
    needs=(BTRFS.name,),
    run=run,
)
