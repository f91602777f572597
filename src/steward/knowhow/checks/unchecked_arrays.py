"""Find arrays that nobody has compared since the machine started long ago."""

from __future__ import annotations

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.arrays import Array
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unchecked_arrays"
_OLD_DAYS = 45


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each array; the kernel remembers what ran last only since it was started."""
    arrays, system = snapshot.of(ARRAYS), snapshot.of(OS)
    days = 0 if system is None or system.uptime_seconds is None else system.uptime_seconds // 86_400
    if arrays is None or days < _OLD_DAYS:
        return ()
    return tuple(_finding(snapshot, one, days) for one in arrays.arrays.values() if _is_unchecked(one))


def _is_unchecked(one: Array) -> bool:
    is_whole = one.is_redundant and one.missing_members == 0 and one.state in {"clean", "active"}
    return is_whole and one.sync_action == "idle" and one.last_action == "none"


def _finding(snapshot: Snapshot, one: Array, days: int) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ARRAY, one.name, "/sys/block")
    return this.finding(
        f"array {visible_line(one.name)} on {snapshot.machine.name} was not checked for {days} days",
        Severity.WATCH,
        (this.seen("last_action", one.last_action), this.seen("days_since_start", days)),
        if_nothing="Sectors that nobody reads go bad unnoticed, until a disk fails and they are needed to rebuild it.",
        fix="check_array",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Arrays of md that nobody checked since the machine started 45 days ago or more.",
    needs=(ARRAYS.name, OS.name),
    run=run,
)
