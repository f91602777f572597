"""What a machine can carry, put together from the facts of its last look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.hardware import PLUGIN as HARDWARE
from steward.knowhow.facts.hardware import GraphicsCard, Hardware
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.roles import roles_of
from steward.model.capability import Capabilities, Gpu
from steward.model.fact import Snapshot

_VENDORS = {"10de": "NVIDIA", "1002": "AMD", "8086": "Intel", "1ae0": "Google", "1da3": "Habana", "1e60": "Hailo"}
_PICTURES_ONLY = frozenset({"1a03", "102b", "1234", "15ad", "1af4", "1b36", "1414", "1013", "80ee", "1a14"})
"""Makers of what only shows a console: remote management and virtual machines."""
_FOR_GUESTS = frozenset({"vfio-pci", "pciback", "pci-stub", "xen-pciback"})
"""Drivers that hold a card only to give it away."""
_ELSEWHERE = (
    "nfs",
    "cifs",
    "smb",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.mergerfs",
    "9p",
    "virtiofs",
    "ceph",
)
"""Filesystems whose bytes lie on another machine, or are counted where they are mounted by themselves."""

NEEDS = ("arrays", "containers", "disks", "filesystems", "hardware", "memory", "os", "pools", "ports", "units")
"""Facts that capabilities are told from."""


def capabilities_of(snapshot: Snapshot) -> Capabilities:
    """Return what a machine can carry; what could not be read is None or empty."""
    memory, system, hardware = snapshot.of(MEMORY), snapshot.of(SYSTEM), snapshot.of(HARDWARE)
    filesystems = snapshot.of(FILESYSTEMS)
    sizes = list(_local(filesystems.filesystems.values())) if filesystems is not None else None
    return Capabilities(
        memory_bytes=memory.total_bytes if memory else None,
        processors=system.processors if system else None,
        processor=hardware.processor if hardware else "",
        architecture=system.architecture if system else "",
        storage_bytes=None if sizes is None else sum(total for total, _ in sizes),
        free_storage_bytes=None if sizes is None else sum(free for _, free in sizes),
        gpus=gpus_of(hardware) if hardware else (),
        roles=roles_of(snapshot),
    )


def is_local(filesystem: Filesystem) -> bool:
    """Tell whether its bytes lie on a disk of the machine itself."""
    return not filesystem.type.startswith(_ELSEWHERE) and filesystem.type != "tmpfs"


def gpus_of(hardware: Hardware) -> tuple[Gpu, ...]:
    """Return the processors for graphics and learning, without what only shows a console."""
    return tuple(_gpus(hardware.graphics))


def _local(filesystems: Iterable[Filesystem]) -> Iterator[tuple[int, int]]:
    """Yield size and free bytes, each disk once: datasets of a pool share what is free, subvolumes everything."""
    pools: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    for one in filesystems:
        if not is_local(one):
            continue
        if one.type == "zfs":
            used, free = pools.get(_pool_of(one), (0, 0))
            pools[_pool_of(one)] = (used + one.used_bytes, max(free, one.available_bytes))
        elif one.source not in seen:
            seen.add(one.source)
            yield one.size_bytes, one.available_bytes
    yield from ((used + free, free) for used, free in pools.values())


def _pool_of(filesystem: Filesystem) -> str:
    return filesystem.source.partition("/")[0]


def _gpus(cards: dict[str, GraphicsCard]) -> Iterator[Gpu]:
    for address, card in sorted(cards.items()):
        if card.vendor_id in _PICTURES_ONLY:
            continue
        yield Gpu(
            address=address,
            vendor=_VENDORS.get(card.vendor_id, card.vendor_id),
            id=f"{card.vendor_id}:{card.device_id}",
            driver=card.driver,
            is_usable=bool(card.nodes) and card.driver not in _FOR_GUESTS,
        )
