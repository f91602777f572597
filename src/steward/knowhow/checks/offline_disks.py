"""Find disks that the kernel has given up."""

from __future__ import annotations

from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.disks import Disk
from steward.knowhow.findings import case
from steward.lib.text import size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "offline_disks"
_GONE = frozenset({"offline", "transport-offline", "blocked", "dead", "cancel", "del", "deleting"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each disk that answers no more."""
    disks = snapshot.of(DISKS)
    if disks is None:
        return ()
    return tuple(_finding(snapshot, key, one) for key, one in disks.disks.items() if one.state in _GONE)


def _finding(snapshot: Snapshot, key: str, one: Disk) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.DISK, key, "/sys/block")
    what = visible_line(f"{one.model or 'disk'} ({one.name}, {size(one.size_bytes)})")
    return this.finding(
        f"{what} on {snapshot.machine.name} does not answer any more",
        Severity.DOWN,
        (this.seen("state", one.state), this.seen("port", one.port), this.seen("transport", one.transport)),
        if_nothing="What is on it cannot be read or written; an array goes on without it, with nothing to spare. Look"
        " at its cable and power; a restart may bring it back for a while.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks that the kernel has taken offline because they do not answer.",
    needs=(DISKS.name,),
    run=run,
)
