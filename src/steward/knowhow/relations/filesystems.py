"""Filesystems: the machine they are on, and the pool, array, volume group or disk they lie on."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.volumes import PLUGIN as VOLUMES
from steward.knowhow.storage_layers import device_names, disk_keyed, logical_volume
from steward.knowhow.thing_ids import machine_id, storage_id
from steward.lib.text import size
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_ROOT = "/"


def tell(lab: Lab) -> Graph:
    """Return each filesystem with what it lies on; a machine stands on its root."""
    return Graph(
        things=tuple(thing for snapshot in lab.snapshots() for thing in _things(snapshot)),
        edges=tuple(edge for snapshot in lab.snapshots() for edge in _edges(snapshot)),
    )


def _local(snapshot: Snapshot) -> list[Filesystem]:
    """Return the filesystems that do not come from another machine; those are told with where they come from."""
    found, mounts = snapshot.of(FILESYSTEMS), snapshot.of(NETWORK_MOUNTS)
    elsewhere = mounts.mounts if mounts else {}
    return [one for one in found.filesystems.values() if one.mount_point not in elsewhere] if found else []


def _things(snapshot: Snapshot) -> Iterator[Thing]:
    for one in _local(snapshot):
        yield Thing(
            id=storage_id(snapshot.machine.name, "filesystem", one.mount_point),
            kind=ThingKind.STORAGE,
            name=f"filesystem {one.mount_point}",
            machine=snapshot.machine.name,
            says=f"{one.type} on {one.source}, {one.used_percent:.0f} % of {size(one.size_bytes)} used",
            state="up",
            source=FILESYSTEMS.name,
            at=snapshot.read_at(FILESYSTEMS.name),
            resources=_resources(snapshot, one),
        )


def _resources(snapshot: Snapshot, one: Filesystem) -> tuple[str, ...]:
    """Return what findings call it: its mount points, its dataset or its logical volume."""
    names = [f"filesystem {place}" for place in (one.mount_point, *one.also_mounted_at)]
    if one.type == "zfs":
        names.append(f"volume {one.source}")
    if key := logical_volume(snapshot.of(VOLUMES), one.source):
        names.append(f"volume {key}")
    return tuple(names)


def _edges(snapshot: Snapshot) -> Iterator[Edge]:
    machine, at = snapshot.machine.name, snapshot.read_at(FILESYSTEMS.name)
    for one in _local(snapshot):
        me = storage_id(machine, "filesystem", one.mount_point)
        yield Edge(of=me, on=machine_id(machine), tie=Tie.RUNS_ON, source=FILESYSTEMS.name, at=at)
        if one.mount_point == _ROOT:
            yield Edge(of=machine_id(machine), on=me, tie=Tie.STORED_ON, source=FILESYSTEMS.name, at=at)
        for on in _below(snapshot, one):
            yield Edge(of=me, on=on, tie=Tie.STORED_ON, source=FILESYSTEMS.name, at=at)


def _below(snapshot: Snapshot, one: Filesystem) -> Iterator[str]:
    """Yield the ids of what a filesystem lies on."""
    machine, pools, arrays = snapshot.machine.name, snapshot.of(POOLS), snapshot.of(ARRAYS)
    btrfs, disks = snapshot.of(BTRFS), snapshot.of(DISKS)
    pool = one.source.partition("/")[0]
    if one.type == "zfs" and pools and pool in pools.pools:
        yield storage_id(machine, "pool", pool)
    if one.type == "fuse.mergerfs":
        yield from (storage_id(machine, "filesystem", part) for part in one.source.split(":") if part.startswith("/"))
    if key := logical_volume(snapshot.of(VOLUMES), one.source):
        yield storage_id(machine, "volume group", key.partition("/")[0])
    more = btrfs.filesystems.get(one.mount_point) if btrfs else None
    for device in dict.fromkeys([*device_names(one.source), *(more.devices if more else ())]):
        if arrays and device in arrays.arrays:
            yield storage_id(machine, "array", device)
        elif key := disk_keyed(disks, device):
            yield storage_id(machine, "disk", key)


PLUGIN = Relation(
    name="filesystems",
    summary="Filesystems, their machine, and the pool, array, volume group or disk below them.",
    needs=(FILESYSTEMS.name, POOLS.name, ARRAYS.name, VOLUMES.name, BTRFS.name, DISKS.name, NETWORK_MOUNTS.name),
    tell=tell,
)
