"""Find filesystems of btrfs that will say that they are full although `df` shows room."""

from __future__ import annotations

from steward.knowhow.btrfs_findings import btrfs_case, called, every
from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.btrfs import Btrfs
from steward.lib.text import size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "full_btrfs_metadata"
_GIGABYTE = 1024**3
_DATA_PERCENT = 90.0
_LEVELS = ((95.0, Severity.DOWN), (85.0, Severity.WARNING))


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem whose metadata is full and cannot grow."""
    found: list[Finding] = []
    for one in every(snapshot):
        used = one.metadata_percent
        severity = next((how for least, how in _LEVELS if used is not None and used >= least), None)
        if used is not None and severity is not None and one.unallocated_bytes < _needed(one):
            found.append(_finding(snapshot, one, used, severity))
    return tuple(found)


def _needed(one: Btrfs) -> int:
    """Return what metadata needs to grow: a piece on two devices, smaller on small filesystems."""
    return min(2 * _GIGABYTE, one.size_bytes // 20)


def is_gained_by_balance(one: Btrfs) -> bool:
    """Tell whether data was promised much more than it uses, so that some can be given back."""
    return one.data_percent is not None and one.data_percent < _DATA_PERCENT


def _finding(snapshot: Snapshot, one: Btrfs, used: float, severity: Severity) -> Finding:
    this = btrfs_case(_NAME, snapshot, one)
    evidence = [this.seen("metadata_percent", used), this.seen("unallocated_bytes", one.unallocated_bytes)]
    evidence += [] if one.data_percent is None else [this.seen("data_percent", one.data_percent)]
    return this.finding(
        f"{called(snapshot, one)} has used {used:.0f} % of its metadata, and {size(one.unallocated_bytes)} are left to"
        " give it",
        severity,
        tuple(evidence),
        if_nothing="'No space left on device', or the filesystem becomes read-only, although `df` shows room. `btrfs"
        " balance start -dusage=50` gives back what data does not use.",
        fix="balance_btrfs" if is_gained_by_balance(one) else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems of btrfs with 85 % (warning) or 95 % (down) of their metadata used and nothing left to grow.",
    needs=(BTRFS.name,),
    run=run,
)
