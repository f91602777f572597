"""Devices under filesystems: how big each is, so that room a filesystem does not use yet can be seen."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 200


@record
class BackingDevice:
    """The one device under one filesystem."""

    device: str
    """Path of the device: `/dev/sda1`, `/dev/mapper/data`."""
    type: str
    """Type of the filesystem: `ext4`, `xfs`."""
    bytes: int
    """Size of the device now."""
    is_partition: bool
    """Whether it is a part of a disk, so that a bigger disk alone does not make it bigger."""


@record
class BackingDevices:
    """Filesystems that grow with their device while they are in use."""

    places: dict[str, BackingDevice]
    """By mount point."""
    grow_programs: dict[str, str]
    """Absolute path of the program that grows each type, where it is installed."""


def parse(outputs: Mapping[str, CommandOutput]) -> BackingDevices:
    """Read `place TYPE SECTORS KIND DEVICE MOUNT_POINT` and `program TYPE PATH`."""
    places: dict[str, BackingDevice] = {}
    programs: dict[str, str] = {}
    for line in lines(text_of(outputs, "devices"))[:_MOST]:
        words = line.split(" ")
        if words[0] == "program" and len(words) == 3:
            programs[words[1][:20]] = words[2][:100]
        elif words[0] == "place" and len(words) == 6 and (sectors := whole(words[2])) is not None:
            places[words[5][:300]] = BackingDevice(
                device=words[4][:300], type=words[1][:20], bytes=sectors * 512, is_partition=words[3] == "partition"
            )
    return BackingDevices(places=places, grow_programs=programs)


def traits(devices: BackingDevices) -> dict[str, str]:
    """Return how big the device under each filesystem is."""
    return {f"device under {place}": f"{one.device} {size(one.bytes)}" for place, one in devices.places.items()}


# A guest sees numbers of devices that it may not open: only a device that is there is told.
_DEVICES = """\
export LC_ALL=C
while read -r _ _ number root place rest; do
    case $rest in *' - ext4 '*) type=ext4 ;; *' - xfs '*) type=xfs ;; *) continue ;; esac
    [ "$root" = / ] || continue
    device=${rest#* - $type }
    device=${device%% *}
    [ -b "$device" ] && [ -r "/sys/dev/block/$number/size" ] || continue
    kind=disk
    [ -e "/sys/dev/block/$number/partition" ] && kind=partition
    echo "place $type $(cat "/sys/dev/block/$number/size") $kind $device $place"
done </proc/self/mountinfo
for folder in /usr/sbin /sbin; do
    [ -x "$folder/resize2fs" ] && echo "program ext4 $folder/resize2fs" && break
done
for folder in /usr/sbin /sbin; do
    [ -x "$folder/xfs_growfs" ] && echo "program xfs $folder/xfs_growfs" && break
done
exit 0
"""

PLUGIN = Fact[BackingDevices](
    name="backing_devices",
    summary="The device under each ext4 and xfs filesystem, and its size.",
    readings=(Reading(name="devices", argv=("sh", "-c", _DEVICES)),),
    parse=parse,
    traits=traits,
)
