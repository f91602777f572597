"""Find mounts whose options did not take: fstab was edited and nobody mounted again, or the kernel left one out."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.facts.mounts import Declared, Mounts
from steward.knowhow.findings import case
from steward.knowhow.mount_operations import why_refused
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "ignored_mount_options"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each mount without an option fstab asks for."""
    mounts = snapshot.of(MOUNTS)
    if mounts is None:
        return ()
    return tuple(_finding(snapshot, mounts, one) for one in mounts.declared.values() if one.missing_options)


def _finding(snapshot: Snapshot, mounts: Mounts, one: Declared) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, one.mount_point, "/proc/self/mountinfo")
    is_simple = not {"bind", "rbind"} & set(one.wanted_options) and not why_refused(mounts, one.mount_point)
    return this.finding(
        f"{visible_line(one.mount_point)} on {snapshot.machine.name} is mounted without {one.missing_options}, which"
        " fstab asks for",
        Severity.WATCH,
        (
            this.seen("missing_options", one.missing_options),
            this.seen("options", ",".join(one.options)),
            this.seen("wanted_options", ",".join(one.wanted_options)),
        ),
        if_nothing="It goes on as it is, with what the option should prevent, and is different after the next restart.",
        fix="remount_filesystem" if is_simple else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Mounts without an option that fstab asks for, such as `noexec`, `nosuid`, `ro` or `noatime`.",
    needs=(MOUNTS.name,),
    run=run,
)
