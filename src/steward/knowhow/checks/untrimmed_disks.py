"""Find SSDs that nobody tells which blocks are free."""

from __future__ import annotations

from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.disks import Disks
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "untrimmed_disks"
_TIMER = "fstrim.timer"
_TYPES = frozenset({"ext4", "xfs", "f2fs", "btrfs"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding: the timer that trims every disk is off, and there is something to trim."""
    disks, filesystems, units = snapshot.of(DISKS), snapshot.of(FILESYSTEMS), snapshot.of(UNITS)
    if disks is None or filesystems is None or units is None:
        return ()
    timer = units.units.get(_TIMER)
    untrimmed = [one for one in filesystems.filesystems.values() if _is_untrimmed(one)]
    solid = _solid(disks)
    if timer is None or timer.file_state != "disabled" or timer.active_state == "active" or not untrimmed or not solid:
        return ()
    this = case(_NAME, snapshot, ResourceKind.TIMER, _TIMER, "systemctl")
    return (
        this.finding(
            f"SSDs of {snapshot.machine.name} are never trimmed: {_TIMER} is off",
            Severity.WATCH,
            (
                this.seen("file_state", timer.file_state),
                this.seen("active_state", timer.active_state),
                *(this.seen("disk", visible_line(name)) for name in solid[:8]),
                *(this.seen("filesystem", one.mount_point) for one in untrimmed[:8]),
            ),
            if_nothing="The disk takes deleted files for data it must keep: it gets slower and wears out sooner.",
            fix="enable_trim",
        ),
    )


def _is_untrimmed(one: Filesystem) -> bool:
    options = one.options.split(",")
    is_trimmed = any(option == "discard" or option.startswith("discard=") for option in options)
    return one.type in _TYPES and one.source.startswith("/dev/") and not one.is_read_only and not is_trimmed


def _solid(disks: Disks) -> list[str]:
    """Name the disks that gain by it; turning ones that can discard are of a kind of their own."""
    return [
        f"{one.model or one.name} ({one.name})"
        for one in disks.disks.values()
        if one.can_discard
        and not one.is_removable
        and one.transport != "usb"
        and (one.is_virtual or not one.is_rotating)
    ]


PLUGIN = Check(
    name=_NAME,
    summary="SSDs with filesystems of their own where neither `discard` nor the timer of fstrim is on.",
    needs=(DISKS.name, FILESYSTEMS.name, UNITS.name),
    run=run,
)
