"""Find machines whose swap is declared and not in use."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "missing_swap"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding: where fstab wants swap and there is none at all, whatever its name."""
    mounts = snapshot.of(MOUNTS)
    if mounts is None or not mounts.swap_declared or mounts.swap_active:
        return ()
    this = case(_NAME, snapshot, ResourceKind.MEMORY, "swap", "/proc/swaps")
    return (
        this.finding(
            f"{snapshot.machine.name} uses no swap, although fstab declares {visible_line(mounts.swap_declared[0])}",
            Severity.WATCH,
            (this.seen("swap_in_use", value=False), this.seen("declared", ", ".join(mounts.swap_declared[:5]))),
            if_nothing="When memory runs out, programs are killed sooner than planned. On a Kubernetes node swap is"
            " often off on purpose; then its line in fstab should go.",
            fix="enable_swap",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines that use no swap although fstab declares some.",
    needs=(MOUNTS.name,),
    run=run,
)
