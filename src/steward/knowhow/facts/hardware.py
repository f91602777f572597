"""Hardware: processor, board, memory modules and graphics, by what survives a move to another slot or machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.knowhow.shell_parts import AS_ROOT, HAS, IN_CONTAINER
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 200
_LONGEST = 120
_SIZE = re.compile(r"(\d{1,9}) (kB|MB|GB|TB)")
_UNITS = {"kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_UNTOLD = {"", "unknown", "not specified", "none", "no dimm", "to be filled by o.e.m.", "default string", "0x00000000"}
"""What makers write where they had to write something."""
_MODELS = ("model name", "cpu model", "Hardware", "Model")
"""Where processors tell their name: x86, MIPS, older ARM, Raspberry Pi."""


@record
class GraphicsCard:
    """A device of PCI that shows pictures or reckons for programs."""

    vendor_id: str
    """Number of its maker: `10de`."""
    device_id: str
    """Number of the device: `2504`."""
    pci_class: str
    """What it says it is: `0300` shows pictures, `0302` only reckons, `1200` speeds up."""
    driver: str
    """Driver of the kernel that holds it; empty when none does."""
    nodes: tuple[str, ...]
    """Device files through which programs here use it: `renderD128`."""


@record
class MemoryModule:
    """A module of memory. Its texts were written by its maker."""

    slot: str
    """Where it sits: `DIMM_A1`."""
    size_bytes: int
    """Its size."""
    kind: str
    """`DDR4`, `DDR5`; empty when it does not tell."""
    speed: str
    """Speed as it tells it: `3200 MT/s`; empty when it does not."""
    maker: str
    """Who made it; empty when it does not tell."""
    part: str
    """Part number; empty when it does not tell."""
    serial: str
    """Serial number; empty when it does not tell."""


@record
class Hardware:
    """What a machine is made of, disks and network apart. Texts were written by makers."""

    processor: str
    """Model of the processor; empty when it does not tell."""
    sockets: int | None
    """Processors that are plugged in, or None when the kernel does not tell."""
    maker: str
    """Who made the machine; empty when it does not tell."""
    product: str
    """Model of the machine, or of the board computer; empty when it does not tell."""
    board: str
    """Its main board; empty when it does not tell."""
    firmware: str
    """Version and date of its firmware; empty when it does not tell."""
    chassis: int | None
    """Kind of case by its SMBIOS number: 3 is a desktop, 9 and 10 notebooks; None when it does not tell."""
    is_container: bool
    """Whether it shares the hardware of the machine that runs it."""
    graphics: dict[str, GraphicsCard]
    """By place on the PCI bus; of a container, only what it was given."""
    modules: dict[str, MemoryModule] | None
    """By serial number, or slot where there is none; None when dmidecode is missing or may not be run."""


def parse(outputs: Mapping[str, CommandOutput]) -> Hardware:
    """Read `KEY VALUE` lines, one block for each card, and what dmidecode says of each module."""
    told: dict[str, str] = {}
    cards: dict[str, dict[str, str]] = {}
    memory: list[str] | None = None
    card: dict[str, str] = {}
    for line in lines(text_of(outputs, "hardware")):
        key, _, value = line.partition(" ")
        if key == "dmidecode":
            memory = []
        elif key == "memory" and memory is not None:
            memory.append(value)
        elif key == "pci":
            card = cards.setdefault(value[:40], {}) if len(cards) < _MOST else {}
        elif key in {"class", "vendor", "device", "driver", "nodes"}:
            card[key] = value.strip()[:_LONGEST]
        elif key != "processor":
            told[key] = _said(value)
    return _hardware(told, dict(_processor(text_of(outputs, "hardware"))), cards, memory)


def _hardware(
    told: Mapping[str, str],
    processor: Mapping[str, str],
    cards: Mapping[str, dict[str, str]],
    memory: list[str] | None,
) -> Hardware:
    is_container = told.get("container") == "yes"
    graphics = {address: _card(card) for address, card in cards.items()}
    return Hardware(
        processor=next((processor[name] for name in _MODELS if processor.get(name)), ""),
        sockets=whole(processor.get("sockets", "")),
        maker=told.get("sys_vendor", ""),
        product=told.get("product_name", "") or told.get("model", ""),
        board=" ".join(part for part in (told.get("board_vendor", ""), told.get("board_name", "")) if part),
        firmware=" ".join(part for part in (told.get("bios_version", ""), told.get("bios_date", "")) if part),
        chassis=whole(told.get("chassis_type", "")),
        is_container=is_container,
        graphics={address: card for address, card in graphics.items() if card.nodes or not is_container},
        modules=None if memory is None else dict(_modules(memory)),
    )


def _processor(text: str) -> Iterator[tuple[str, str]]:
    """Yield what /proc/cpuinfo says once, and how many sockets there are."""
    sockets: set[str] = set()
    seen: set[str] = set()
    for line in lines(text):
        if not line.startswith("processor "):
            continue
        name, _, value = line.removeprefix("processor ").partition(":")
        key = name.strip()
        if key == "physical id":
            sockets.add(value.strip())
        elif key not in seen:
            seen.add(key)
            yield key, " ".join(value.split())[:_LONGEST]
    if sockets:
        yield "sockets", str(len(sockets))


def _card(told: Mapping[str, str]) -> GraphicsCard:
    return GraphicsCard(
        vendor_id=told.get("vendor", "").removeprefix("0x"),
        device_id=told.get("device", "").removeprefix("0x"),
        pci_class=told.get("class", "").removeprefix("0x")[:4],
        driver=told.get("driver", ""),
        nodes=tuple(told.get("nodes", "").split()),
    )


def _modules(said: list[str]) -> Iterator[tuple[str, MemoryModule]]:
    """Yield the modules of `dmidecode --type 17`; empty slots are left out."""
    blocks: list[dict[str, str]] = []
    for line in said[:20_000]:
        name, found, value = line.strip().partition(": ")
        if line.strip() == "Memory Device":
            blocks.append({})
        elif found and blocks:
            blocks[-1].setdefault(name, _said(value))
    taken: set[str] = set()
    for block in blocks[:_MOST]:
        match = _SIZE.fullmatch(block.get("Size", ""))
        if match is None:
            continue
        slot = " ".join(part for part in (block.get("Locator", ""), block.get("Bank Locator", "")) if part)
        serial = block.get("Serial Number", "")
        key = serial if serial and serial not in taken else f"{serial} {slot}".strip() or f"module {len(taken)}"
        taken.add(key)
        yield key, _module(block, slot=slot, size_bytes=int(match[1]) * _UNITS[match[2]])


def _module(block: Mapping[str, str], *, slot: str, size_bytes: int) -> MemoryModule:
    return MemoryModule(
        slot=slot,
        size_bytes=size_bytes,
        kind=block.get("Type", ""),
        speed=block.get("Configured Memory Speed", "") or block.get("Speed", ""),
        maker=block.get("Manufacturer", ""),
        part=block.get("Part Number", ""),
        serial=block.get("Serial Number", ""),
    )


def _said(value: str) -> str:
    """Return what a maker wrote, or nothing where it is only a filler."""
    text = " ".join(value.split())[:_LONGEST]
    return "" if text.lower() in _UNTOLD else text


def traits(hardware: Hardware) -> dict[str, str] | None:
    """Tell which cards and modules are there and what they sit in; of a container it is the hardware of its host."""
    if hardware.is_container:
        return None
    told = {"processor": hardware.processor, "board": hardware.board or hardware.product}
    told |= {"firmware": hardware.firmware}
    for address, card in hardware.graphics.items():
        told[f"graphics {address}"] = f"{card.vendor_id}:{card.device_id}"
    for key, module in (hardware.modules or {}).items():
        told[f"memory module {key}"] = f"{size(module.size_bytes)} {module.kind} in {module.slot}"
    return {name: value for name, value in told.items() if value}


_HARDWARE = (
    IN_CONTAINER
    + HAS
    + AS_ROOT
    + r"""export LC_ALL=C
grep -sE '^(model name|Model|cpu model|Hardware|physical id)[[:space:]]*:' /proc/cpuinfo | sort -u |
    sed 's/^/processor /'
if in_container; then echo 'container yes'; fi
for folder in /sys/bus/pci/devices/*; do
    class=
    [ -r "$folder/class" ] && IFS= read -r class <"$folder/class"
    case $class in 0x03* | 0x12*) ;; *) continue ;; esac
    echo "pci ${folder##*/}"
    echo "class $class"
    for file in vendor device; do
        value=
        IFS= read -r value <"$folder/$file"
        echo "$file $value"
    done
    driver=$(readlink "$folder/driver")
    echo "driver ${driver##*/}"
    nodes=
    for node in "$folder"/drm/renderD*; do
        [ -e "/dev/dri/${node##*/}" ] && nodes="$nodes ${node##*/}"
    done
    [ "${driver##*/}" = nvidia ] && [ -e /dev/nvidia0 ] && nodes="$nodes nvidia"
    echo "nodes $nodes"
done
if in_container; then exit 0; fi
for name in sys_vendor product_name board_vendor board_name bios_version bios_date chassis_type; do
    value=
    [ -r "/sys/class/dmi/id/$name" ] && IFS= read -r value <"/sys/class/dmi/id/$name"
    [ -n "$value" ] && printf '%s %.200s\n' "$name" "$value"
done
[ -r /proc/device-tree/model ] && echo "model $(tr -d '\0' </proc/device-tree/model)"
if [ -x /usr/sbin/dmidecode ]; then
    if said=$(as_root /usr/sbin/dmidecode --type 17 2>/dev/null); then
        echo dmidecode
        printf '%s\n' "$said" | sed 's/^/memory /'
    fi
fi
exit 0
"""
)

PLUGIN = Fact[Hardware](
    name="hardware",
    summary="Processor, board, firmware, graphics and memory modules, by what survives a move.",
    readings=(Reading(name="hardware", argv=("sh", "-c", _HARDWARE), output_limit=1_048_576),),
    parse=parse,
    pause=timedelta(hours=1),
    traits=traits,
    sudoers=("/usr/sbin/dmidecode --type 17",),
)
