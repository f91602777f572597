"""Pools, arrays, volume groups and disks, and of which disks they are made."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.arrays import Array
from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pool
from steward.knowhow.facts.volumes import PLUGIN as VOLUMES
from steward.knowhow.storage_layers import disk_keyed
from steward.knowhow.thing_ids import storage_id
from steward.lib.text import size
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_REDUNDANT = ("mirror", "raidz", "draid")
_REDUNDANT_LEVELS = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
_DOWN = frozenset({"SUSPENDED", "FAULTED", "UNAVAIL", "broken", "inactive"})


def tell(lab: Lab) -> Graph:
    """Return what holds data below the filesystems."""
    return Graph(
        things=tuple(thing for snapshot in lab.snapshots() for thing in _things(snapshot)),
        edges=tuple(edge for snapshot in lab.snapshots() for edge in _edges(snapshot)),
    )


def _things(snapshot: Snapshot) -> Iterator[Thing]:
    pools, arrays = snapshot.of(POOLS), snapshot.of(ARRAYS)
    volumes, disks = snapshot.of(VOLUMES), snapshot.of(DISKS)
    for pool in pools.pools.values() if pools else ():
        room = f", {size(pool.size_bytes)}" if pool.size_bytes else ""
        yield _thing(snapshot, "pool", pool.name, f"ZFS pool, {pool.health}{room}", pool.health, POOLS.name)
    for array in arrays.arrays.values() if arrays else ():
        says = f"{array.level} of {len(array.members)} disks, {size(array.size_bytes)}, {array.state}"
        yield _thing(snapshot, "array", array.name, says, array.state, ARRAYS.name)
    for group in volumes.groups.values() if volumes else ():
        says = f"LVM, {size(group.size_bytes)}, {size(group.free_bytes)} of it free"
        yield _thing(snapshot, "volume group", group.name, says, "", VOLUMES.name, resource=f"pool {group.name}")
    for key, disk in disks.disks.items() if disks else ():
        says = f"{disk.model or 'disk'}, {size(disk.size_bytes)}, {disk.name}"
        yield _thing(snapshot, "disk", key, says, disk.state, DISKS.name)


def _thing(  # noqa: PLR0913 - what differs between four kinds
    snapshot: Snapshot, kind: str, name: str, says: str, state: str, source: str, *, resource: str = ""
) -> Thing:
    return Thing(
        id=storage_id(snapshot.machine.name, kind, name),
        kind=ThingKind.STORAGE,
        name=f"{kind} {name}",
        machine=snapshot.machine.name,
        says=says,
        state="down" if state in _DOWN or state == "offline" else "up",
        source=source,
        at=snapshot.read_at(source),
        resources=(resource or f"{kind} {name}",),
    )


def _edges(snapshot: Snapshot) -> Iterator[Edge]:
    pools, arrays = snapshot.of(POOLS), snapshot.of(ARRAYS)
    for pool in pools.pools.values() if pools else ():
        yield from _made_of(snapshot, pool)
    for array in arrays.arrays.values() if arrays else ():
        yield from _members(snapshot, array)


def _made_of(snapshot: Snapshot, pool: Pool) -> Iterator[Edge]:
    """Yield the disks of a pool; where every one has a sister, one alone may go."""
    is_spare = any(name.startswith(_REDUNDANT) for name in pool.devices)
    for name in pool.devices:
        if key := disk_keyed(snapshot.of(DISKS), name):
            yield _edge(snapshot, storage_id(snapshot.machine.name, "pool", pool.name), key, POOLS.name, is_spare)


def _members(snapshot: Snapshot, array: Array) -> Iterator[Edge]:
    is_spare = array.level in _REDUNDANT_LEVELS and not array.missing_members
    for name in array.members:
        if key := disk_keyed(snapshot.of(DISKS), name):
            yield _edge(snapshot, storage_id(snapshot.machine.name, "array", array.name), key, ARRAYS.name, is_spare)


def _edge(snapshot: Snapshot, of: str, key: str, source: str, is_spare: bool) -> Edge:  # noqa: FBT001 - one place
    on = storage_id(snapshot.machine.name, "disk", key)
    return Edge(of=of, on=on, tie=Tie.STORED_ON, source=source, at=snapshot.read_at(source), is_spare=is_spare)


PLUGIN = Relation(
    name="storage",
    summary="Pools of ZFS, arrays, volume groups and disks; a disk of a mirror is marked as one that may go alone.",
    needs=(POOLS.name, ARRAYS.name, VOLUMES.name, DISKS.name),
    tell=tell,
)
