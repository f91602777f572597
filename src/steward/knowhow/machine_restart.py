"""Where a restart of the whole machine may be offered."""

from __future__ import annotations

from steward.knowhow.facts.kernel import PLUGIN as KERNEL
from steward.model.fact import Snapshot
from steward.model.machine import Transport


def why_no_restart(snapshot: Snapshot) -> str:
    """Return why Steward does not restart this machine, or an empty text when it may."""
    kernel = snapshot.of(KERNEL)
    if snapshot.machine.transport is Transport.LOCAL:
        return "Steward itself runs on it"
    if snapshot.machine.via or (kernel is not None and kernel.is_container):
        return "it is a guest or container, and whether it was restarted cannot be told from within"
    return ""


def restart_fix(snapshot: Snapshot) -> str | None:
    """Return the name of the fix that restarts the machine, or None where it cannot be."""
    return None if why_no_restart(snapshot) else "restart_machine"
