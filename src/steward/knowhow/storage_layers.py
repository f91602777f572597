"""What lies below a filesystem: names of devices as the kernel, ZFS and LVM write them, and the disk they mean."""

from __future__ import annotations

import re

from steward.knowhow.facts.disks import Disk, Disks
from steward.knowhow.facts.volumes import Volumes

_PART = re.compile(r"-part[0-9]+$")
_SHORTEST_SERIAL = 5
_SHORTEST_WORLD_WIDE_NAME = 12


def device_names(source: str) -> tuple[str, ...]:
    """Return the kernel's name of a device: `sda1` of `/dev/sda1`; nothing for what is no device."""
    return (source.removeprefix("/dev/"),) if source.startswith("/dev/") else ()


def disk_keyed(disks: Disks | None, device: str) -> str | None:
    """Return the key of the disk that a device is, or is a part of: `sda1`, `ata-WDC_WD40_WD-1234-part1`."""
    name = _PART.sub("", device.removeprefix("/dev/").rpartition("/")[2])
    found = [key for key, disk in (disks.disks if disks else {}).items() if _is_on(name, disk)]
    return found[0] if len(found) == 1 else None


def _is_on(name: str, disk: Disk) -> bool:
    if not disk.name:
        return False
    between = "p" if disk.name[-1].isdigit() else "p?"
    if re.fullmatch(f"{re.escape(disk.name)}({between}[0-9]+)?", name):
        return True
    if len(disk.serial) >= _SHORTEST_SERIAL and name.endswith(f"_{disk.serial}"):
        return True
    number = disk.wwn.lower().removeprefix("0x").rpartition(".")[2]
    return len(number) >= _SHORTEST_WORLD_WIDE_NAME and name.lower().endswith(number)


def logical_volume(volumes: Volumes | None, source: str) -> str | None:
    """Return the key `group/name` of the logical volume that a device is: `/dev/mapper/vg-root`, `/dev/vg/root`."""
    for key in volumes.volumes if volumes else ():
        group, _, name = key.partition("/")
        mapped = f"{group.replace('-', '--')}-{name.replace('-', '--')}"
        if source in {f"/dev/mapper/{mapped}", f"/dev/{group}/{name}"}:
            return key
    return None
