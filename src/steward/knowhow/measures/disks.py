"""Room on filesystems, what is mounted, and disks."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.disk_health import PLUGIN as DISK_HEALTH
from steward.knowhow.facts.disk_health import DisksHealth
from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.disks import Disk, Disks
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem, Filesystems
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.network_mounts import NetworkMounts
from steward.model.measure import Measure

_GB = 10**9


def free_percent(seen: Filesystems, argument: str, _: datetime) -> float | None:
    """Return the share of a filesystem that users may still write."""
    one = _holding(seen, argument)
    return round(100 - one.used_percent, 1) if one else None


def free_gb(seen: Filesystems, argument: str, _: datetime) -> float | None:
    """Return what users may still write."""
    one = _holding(seen, argument)
    return round(one.available_bytes / _GB, 1) if one else None


def inodes_free_percent(seen: Filesystems, argument: str, _: datetime) -> float | None:
    """Return the share of a filesystem's inodes that are left."""
    one = _holding(seen, argument)
    return None if one is None or one.inodes_used_percent is None else round(100 - one.inodes_used_percent, 1)


def mounted(seen: Filesystems, argument: str, _: datetime) -> bool:
    """Tell whether a filesystem is mounted there."""
    return _at(seen, argument) is not None


def network_mount(seen: NetworkMounts, argument: str, _: datetime) -> str | None:
    """Return whether a mount from another machine answers."""
    one = seen.mounts.get(argument)
    return one.state if one else None


def block_device(seen: Disks, argument: str, _: datetime) -> bool:
    """Tell whether a disk is there."""
    return _disk(seen, argument) is not None


def block_device_gb(seen: Disks, argument: str, _: datetime) -> float | None:
    """Return the size of a disk."""
    one = _disk(seen, argument)
    return round(one.size_bytes / _GB, 1) if one else None


def disk_count(seen: Disks, _argument: str, _: datetime) -> int:
    """Return how many disks there are."""
    return len(seen.disks)


def disk_health(seen: DisksHealth, argument: str, _: datetime) -> str | None:
    """Return the verdict of a disk on itself."""
    name = argument.removeprefix("/dev/")
    one = next((one for key, one in seen.disks.items() if name in (key, one.name, one.serial)), None)
    if one is None:
        return None
    return "unknown" if one.has_passed is None else "passed" if one.has_passed else "failing"


def _at(seen: Filesystems, mount_point: str) -> Filesystem | None:
    named = (one for one in seen.filesystems.values() if mount_point in (one.mount_point, *one.also_mounted_at))
    return next(named, None)


def _holding(seen: Filesystems, path: str) -> Filesystem | None:
    """Return the filesystem a path lies on, as `df PATH` does: where nothing is mounted, the one below."""
    parts = [part for part in path.split("/") if part]
    folders = ("/" + "/".join(parts[:count]) for count in range(len(parts), -1, -1))
    return next((one for folder in folders if (one := _at(seen, folder))), None)


def _disk(seen: Disks, argument: str) -> Disk | None:
    name = argument.removeprefix("/dev/")
    return next((one for one in seen.disks.values() if name and name in (one.name, one.serial, one.wwn)), None)


PLUGINS = (
    Measure(
        name="DISK_FREE_PERCENT",
        summary="Share of a filesystem that users may still write, in percent; of `/` without argument.",
        fact=FILESYSTEMS,
        take=free_percent,
        argument="path on it",
        example="[DISK_FREE_PERCENT /] >= 10",
    ),
    Measure(
        name="DISK_FREE_GB",
        summary="What users may still write to a filesystem, in gigabytes (10^9); of `/` without argument.",
        fact=FILESYSTEMS,
        take=free_gb,
        argument="path on it",
        example="[DISK_FREE_GB /var] > 5",
    ),
    Measure(
        name="INODES_FREE_PERCENT",
        summary="Share of a filesystem's inodes that are left, in percent; of `/` without argument.",
        fact=FILESYSTEMS,
        take=inodes_free_percent,
        argument="path on it",
        example="[INODES_FREE_PERCENT /] > 5",
    ),
    Measure(
        name="MOUNTED",
        summary="Whether a filesystem of the machine's own is mounted there.",
        fact=FILESYSTEMS,
        take=mounted,
        argument="mount point",
        is_argument_needed=True,
        example="[MOUNTED /srv/media]",
    ),
    Measure(
        name="NETWORK_MOUNT",
        summary="Whether a mount from another machine answers: `answers`, `hangs`, `fails`.",
        fact=NETWORK_MOUNTS,
        take=network_mount,
        argument="mount point",
        is_argument_needed=True,
        missing="absent",
        example='[NETWORK_MOUNT /mnt/nas] == "answers"',
    ),
    Measure(
        name="BLOCK_DEVICE",
        summary="Whether a whole disk is there.",
        fact=DISKS,
        take=block_device,
        argument="kernel's name, serial number or world wide name",
        is_argument_needed=True,
        example="[BLOCK_DEVICE sdb]",
    ),
    Measure(
        name="BLOCK_DEVICE_GB",
        summary="Size of a whole disk, in gigabytes (10^9).",
        fact=DISKS,
        take=block_device_gb,
        argument="kernel's name, serial number or world wide name",
        is_argument_needed=True,
        missing=0,
        example="[BLOCK_DEVICE_GB sdb] >= 8000",
    ),
    Measure(
        name="DISK_COUNT",
        summary="How many whole disks there are.",
        fact=DISKS,
        take=disk_count,
        example="[DISK_COUNT] == 4",
    ),
    Measure(
        name="DISK_HEALTH",
        summary="What a disk says of itself (SMART): `passed`, `failing`, `unknown`.",
        fact=DISK_HEALTH,
        take=disk_health,
        argument="kernel's name or serial number",
        is_argument_needed=True,
        missing="absent",
        example='[DISK_HEALTH sda] == "passed"',
    ),
)
