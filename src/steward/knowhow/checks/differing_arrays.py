"""Find arrays whose copies differ, or whose disks had errors."""

from __future__ import annotations

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.arrays import Array
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "differing_arrays"
_MIRRORS = frozenset({"raid1", "raid10"})
_ACTIONS = frozenset({"check", "repair"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each array whose last check found differences; while one runs the count is not done."""
    arrays = snapshot.of(ARRAYS)
    if arrays is None:
        return ()
    return tuple(
        _finding(snapshot, one)
        for one in arrays.arrays.values()
        if one.is_redundant and one.mismatch_count > 0 and one.sync_action == "idle" and one.last_action in _ACTIONS
    )


def _finding(snapshot: Snapshot, one: Array) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ARRAY, one.name, "/sys/block")
    is_mirror = one.level in _MIRRORS
    return this.finding(
        f"array {visible_line(one.name)} on {snapshot.machine.name} has copies that differ in"
        f" {one.mismatch_count} sectors",
        Severity.WATCH if is_mirror else Severity.WARNING,
        (this.seen("mismatch_count", one.mismatch_count), this.seen("level", one.level)),
        if_nothing="On a mirror this is often swap or a file that was removed while it was written, and harmless."
        if is_mirror
        else "Data and parity do not fit: when a disk is rebuilt from them, some of its files will be wrong.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Arrays of md whose last check found copies that differ: a warning with parity, worth knowing on mirrors.",
    needs=(ARRAYS.name,),
    run=run,
)
