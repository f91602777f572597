"""Find arrays that have lost a disk, or that do not run at all."""

from __future__ import annotations

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.arrays import Array
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "degraded_arrays"
_REBUILDING = frozenset({"recover", "resync", "reshape"})
_OFF = frozenset({"inactive", "broken", "clear"})
_TOLERATED = {"raid6": 2}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each array in trouble."""
    arrays = snapshot.of(ARRAYS)
    if arrays is None:
        return ()
    judged = ((one, _judge(one)) for one in arrays.arrays.values() if one.level != "container")
    return tuple(_finding(snapshot, one, *verdict) for one, verdict in judged if verdict is not None)


def _judge(one: Array) -> tuple[Severity, str, str] | None:
    if one.state in _OFF:
        says = f"is {one.state}: nothing on it can be reached"
        return Severity.DOWN, says, "What is on it is not there until its disks are back and it is started."
    faulty = sum("faulty" in member.state for member in one.members.values())
    missing = max(one.missing_members, faulty if one.is_redundant else 0)
    if missing == 0 or not one.is_redundant:
        return None
    lost = f"has lost {plural(missing, 'disk')} of {one.expected_members}"
    if one.sync_action in _REBUILDING:
        how_far = "" if one.sync_percent is None else f", {one.sync_percent:.0f} % done"
        after = "It is rebuilt by itself; until then it has little or nothing to spare, and it is slow."
        return Severity.WARNING, f"{lost} and is being rebuilt{how_far}", after
    spare = _TOLERATED.get(one.level, 1) - missing
    after = (
        "Everything works, and the next disk that fails takes all data with it. Replace the lost one."
        if spare <= 0
        else "Everything works, with less to spare than was planned. Replace the lost disk."
    )
    return Severity.WARNING, lost, after


def _finding(snapshot: Snapshot, one: Array, severity: Severity, says: str, after: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.ARRAY, one.name, "/sys/block")
    evidence = [
        this.seen("level", one.level),
        this.seen("state", one.state),
        this.seen("missing_members", one.missing_members),
        this.seen("expected_members", one.expected_members),
        this.seen("sync_action", one.sync_action),
    ]
    evidence += [] if one.sync_percent is None else [this.seen("sync_percent", one.sync_percent)]
    evidence += [this.seen("member", f"{member.name} {member.state}") for member in one.members.values()][:16]
    return this.finding(
        f"array {visible_line(one.name)} on {snapshot.machine.name} {says}", severity, tuple(evidence), if_nothing=after
    )


PLUGIN = Check(
    name=_NAME,
    summary="Arrays of md that have lost disks (warning), or that do not run at all (down).",
    needs=(ARRAYS.name,),
    run=run,
)
