"""Find mounts from other machines that do not answer."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.network_mounts import NetworkMount
from steward.knowhow.findings import case
from steward.knowhow.mount_operations import why_refused
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stuck_network_mounts"
_SAYS = {"hangs": "does not answer", "fails": "gives only errors"}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each mount that hangs or fails."""
    network = snapshot.of(NETWORK_MOUNTS)
    if network is None:
        return ()
    return tuple(_finding(snapshot, one) for one in network.mounts.values() if one.state in _SAYS)


def _finding(snapshot: Snapshot, one: NetworkMount) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "stat", fact=NETWORK_MOUNTS.name)
    return this.finding(
        f"{visible_line(one.mount_point)} on {snapshot.machine.name}, from {visible_line(one.source)},"
        f" {_SAYS[one.state]}",
        Severity.DOWN,
        (
            this.seen("state", one.state),
            this.seen("type", one.type),
            this.seen("source", one.source),
            *this.outside("error", [one.error]),
        ),
        if_nothing="Programs that touch it wait, some for ever and so that nothing can end them. When its server is"
        " back and it still hangs, it has to be mounted anew.",
        fix="renew_network_mount" if _is_renewable(snapshot, one) else None,
    )


def _is_renewable(snapshot: Snapshot, one: NetworkMount) -> bool:
    """Tell whether fstab could bring it back."""
    mounts = snapshot.of(MOUNTS)
    declared = None if mounts is None else mounts.declared.get(one.mount_point)
    return mounts is not None and declared is not None and not why_refused(mounts, one.mount_point)


PLUGIN = Check(
    name=_NAME,
    summary="Mounts of NFS, SMB or SSHFS that hang or give only errors.",
    needs=(NETWORK_MOUNTS.name,),
    run=run,
)
