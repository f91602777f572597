"""Disks as hardware: which they are, by what survives a move to another port or machine, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 200
_TRANSPORTS = (("/usb", "usb"), ("/nvme", "nvme"), ("/ata", "ata"), ("/virtio", "virtio"), ("/mmc", "mmc"))
"""What the place of a disk among the devices of the kernel tells about how it is attached."""
_VIRTUAL_MODELS = ("QEMU", "VBOX", "VMware", "Virtual", "Msft")


@record
class Disk:
    """One disk. Its texts were written by its maker."""

    name: str
    """Name the kernel gave it at this boot: `sda`."""
    model: str
    """Model, vendor first where the disk tells one; empty when it does not."""
    serial: str
    """Serial number; empty when it tells none."""
    wwn: str
    """World wide name, or what else the kernel knows it by; empty when there is none."""
    firmware: str
    """Version of its firmware; empty when it tells none."""
    size_bytes: int
    """Its size."""
    is_rotating: bool
    """Whether it turns; a virtual disk often says so without being one."""
    is_removable: bool
    """Whether its medium can be taken out."""
    is_virtual: bool
    """Whether it is a piece of somebody else's disk, given to a virtual machine."""
    can_discard: bool
    """Whether it can be told which blocks are free."""
    transport: str
    """`ata`, `sas`, `nvme`, `usb`, `virtio`, `mmc`, `scsi`."""
    port: str
    """Where it is plugged in, as udev names it; empty when nobody tells."""
    state: str
    """What the kernel thinks of it: `running`, `live`, `offline`; empty when it tells nothing."""


@record
class Disks:
    """All disks of a machine."""

    disks: dict[str, Disk]
    """By serial number; by world wide name or the kernel's name where there is none."""


def parse(outputs: Mapping[str, CommandOutput]) -> Disks:
    """Read one block for each disk, then what udev keeps of them."""
    disks: dict[str, Disk] = {}
    blocks, known = _blocks(text_of(outputs, "disks"))
    for name, values in list(blocks.items())[:_MOST]:
        told = values | known.get(values.get("dev", ""), {})
        one = _disk(name, told)
        if one.size_bytes > 0:
            key = one.serial or one.wwn or name
            disks[key if key not in disks else f"{key} {name}"] = one
    return Disks(disks=disks)


def _blocks(text: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Split into what the kernel tells of each disk and what udev tells of each device number."""
    blocks: dict[str, dict[str, str]] = {}
    known: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in lines(text):
        word, _, value = line.partition(" ")
        if line.startswith("/run/udev/data/b"):
            device, _, pair = line.removeprefix("/run/udev/data/b").partition(":E:")
            key, _, found = pair.partition("=")
            known.setdefault(device, {})[key] = found.strip()[:200]
        elif word == "disk":
            current = blocks.setdefault(value.strip(), {})
        else:
            current[word] = value.strip()[:200]
    return blocks, known


def _disk(name: str, told: Mapping[str, str]) -> Disk:
    vendor, model = told.get("device/vendor", ""), told.get("device/model", "") or told.get("device/name", "")
    full = model if vendor in {"", "ATA", "NVMe"} or vendor.startswith("0x") else f"{vendor} {model}".strip()
    if vendor == "ATA" and len(told.get("ID_MODEL", "")) > len(model):
        full = told["ID_MODEL"].replace("_", " ")
    short = told.get("ID_SERIAL_SHORT", "")
    serial = told.get("ID_SCSI_SERIAL") or short or told.get("device/serial", "") or told.get("serial", "")
    transport = _transport(name, told)
    return Disk(
        name=name[:40],
        model=full,
        serial=serial,
        wwn=told.get("ID_WWN") or told.get("wwid", "") or told.get("device/wwid", ""),
        firmware=told.get("ID_REVISION") or told.get("device/firmware_rev", "") or told.get("device/rev", ""),
        size_bytes=(whole(told.get("size", "")) or 0) * 512,
        is_rotating=told.get("queue/rotational") == "1",
        is_removable=told.get("removable") == "1",
        is_virtual=transport == "virtio" or name.startswith("xvd") or full.startswith(_VIRTUAL_MODELS),
        can_discard=(whole(told.get("queue/discard_max_bytes", "")) or 0) > 0,
        transport=transport,
        port=told.get("ID_PATH", ""),
        state=told.get("device/state", ""),
    )


def _transport(name: str, told: Mapping[str, str]) -> str:
    if told.get("ID_BUS") == "scsi" and "/end_device-" in told.get("link", ""):
        return "sas"
    place = told.get("link", "")
    found = next((transport for part, transport in _TRANSPORTS if part in place), "")
    return found or ("nvme" if name.startswith("nvme") else "scsi")


def traits(disks: Disks) -> dict[str, str]:
    """Return which disks are there and where they are plugged in; the kernel's names change at every boot."""
    told: dict[str, str] = {}
    for key, one in disks.disks.items():
        told[f"disk {key}"] = f"{one.model or one.name} {size(one.size_bytes)}"
        told |= {f"disk {key}: port": one.port} if one.port else {}
        told |= {f"disk {key}: firmware": one.firmware} if one.firmware else {}
    return told


# A guest that shares its kernel sees the disks of its host under /sys, and cannot open them: it has no such devices.
_DISKS = """\
export LC_ALL=C
cd /sys/block 2>/dev/null || exit 0
for name in *; do
    case $name in
        loop* | ram* | zram* | zd* | dm-* | md* | sr* | fd* | nbd* | drbd* | bcache* | rbd* | pmem* | mtd*) continue ;;
        *boot[0-9] | *rpmb | *c[0-9]n[0-9]*) continue ;;
    esac
    [ -b "/dev/$name" ] || continue
    echo "disk $name"
    echo "link $(readlink "$name")"
    for file in dev size removable wwid serial queue/rotational queue/discard_max_bytes device/vendor device/model \\
        device/name device/serial device/rev device/firmware_rev device/wwid device/state; do
        [ -r "$name/$file" ] || continue
        value=
        { IFS= read -r value <"$name/$file"; } 2>/dev/null
        printf '%s %.200s\\n' "$file" "$value"
    done
done
grep -sE '^E:(ID_SERIAL_SHORT|ID_SCSI_SERIAL|ID_WWN|ID_BUS|ID_PATH|ID_MODEL|ID_REVISION)=' /dev/null /run/udev/data/b*
exit 0
"""

PLUGIN = Fact[Disks](
    name="disks",
    summary="Disks by model, serial number and world wide name, with size, transport and port.",
    readings=(Reading(name="disks", argv=("sh", "-c", _DISKS), output_limit=1_048_576),),
    parse=parse,
    traits=traits,
)
