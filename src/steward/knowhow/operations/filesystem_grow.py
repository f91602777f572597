"""Grow a filesystem to the size of the device under it, while it is in use."""

from __future__ import annotations

import re

from steward.knowhow.facts.backing_devices import PLUGIN as DEVICES
from steward.knowhow.facts.backing_devices import BackingDevice, BackingDevices
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.mount_operations import PLACE_IN_SUDOERS
from steward.knowhow.storage_operations import expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import size, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_DEVICE = r"/dev/[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?"
_PROGRAMS = {"ext4": ("/usr/sbin/resize2fs", "/sbin/resize2fs"), "xfs": ("/usr/sbin/xfs_growfs", "/sbin/xfs_growfs")}


@record
class GrowFilesystem:
    """Grow a filesystem to the size its device has by then. Nothing in it changes; it is never made smaller again."""

    machine: str
    """Machine, by name or id."""
    place: str
    """Mount point: `/srv/data`."""


def build(command: GrowFilesystem, snapshot: Snapshot) -> Blueprint:
    """Work it out; the device may still be small, for it may become bigger before this step is done."""
    place, (device, program, now) = command.place, _chosen(command, snapshot)
    last = device.device if device.type == "ext4" else place
    more = device.bytes - now.size_bytes
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, place),
        action=Action(argv=(program, last), timeout_seconds=600),
        says=f"Grow the filesystem {place} to the size of {device.device}",
        effects=(
            f"{place} has {size(now.size_bytes)} now; it gets all of {visible_line(device.device)}, of which"
            f" {size(max(more, 0))} are not its own yet (some of that is its own bookkeeping)",
            "files stay as they are, and programs go on",
        ),
        preconditions=(
            expects(
                snapshot,
                DEVICES,
                ("places", place, "device"),
                f"{place} is still on {device.device}",
                is_now=device.device,
            ),
        ),
        verify=(
            Probe(
                machine=snapshot.machine.id,
                says=f"{place} has more than {size(now.size_bytes)}",
                fact=FILESYSTEMS.name,
                path=("filesystems", place, "size_bytes"),
                comparison=Comparison.MORE,
                expected=now.size_bytes,
                within_seconds=30,
            ),
        ),
        undo=Undo(says="A filesystem in use is not made smaller; nothing in it is lost", is_possible=False),
        risk=Risk.DESTRUCTIVE,
    )


def _chosen(command: GrowFilesystem, snapshot: Snapshot) -> tuple[BackingDevice, str, Filesystem]:
    """Return the device, the program and how the filesystem stands, or refuse."""
    devices, filesystems, where = snapshot.of(DEVICES), snapshot.of(FILESYSTEMS), snapshot.machine.name
    if devices is None:
        raise unread(snapshot, DEVICES, "the devices under filesystems")
    if filesystems is None:
        raise unread(snapshot, FILESYSTEMS, "filesystems")
    device, now = devices.places.get(command.place), filesystems.filesystems.get(command.place)
    if device is None or now is None:
        raise not_there(snapshot, "ext4 or xfs with a device of its own at", command.place, devices.places)
    if why := _why_not(command.place, device, devices, now):
        raise InvalidInput(f"{visible_line(command.place)} cannot be grown this way", where=where, why=why)
    return device, devices.grow_programs[device.type], now


def _why_not(place: str, device: BackingDevice, devices: BackingDevices, now: Filesystem) -> str:
    program = devices.grow_programs.get(device.type, "")
    if program not in _PROGRAMS.get(device.type, ()):
        return f"the program that grows {device.type} is not installed in its usual place"
    if re.fullmatch(PLACE_IN_SUDOERS, place) is None and place != "/":
        return "its path is unusual"
    if re.fullmatch(_DEVICE, device.device) is None:
        return "the name of its device is unusual"
    return "it is read-only" if now.is_read_only else ""


PLUGIN = Operation[GrowFilesystem](
    name="filesystem.grow",
    input=GrowFilesystem,
    risk=Risk.DESTRUCTIVE,
    needs=(DEVICES.name, FILESYSTEMS.name),
    build=build,
    sudoers=(
        *(f"{program} ^{_DEVICE}$" for program in _PROGRAMS["ext4"]),
        *(f"{program} ^(/|{PLACE_IN_SUDOERS})$" for program in _PROGRAMS["xfs"]),
    ),
    examples=(
        Example(line="filesystem grow nas /srv/data", does="Use all of a disk that was made bigger."),
        Example(line="filesystem grow m1 /", does="Use all of the virtual disk of m1."),
    ),
)
