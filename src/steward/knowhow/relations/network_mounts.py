"""What machines mount from each other: the mount stands on the machine that exports, and on what it exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from steward.knowhow.backup_findings import filesystem_of
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.network_mounts import NetworkMount
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.hosts import finder
from steward.knowhow.network_shares import share_of
from steward.knowhow.thing_ids import machine_id, outside_id, storage_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.machine import Machine
from steward.model.relation import Lab, Relation


def tell(lab: Lab) -> Graph:
    """Return each mount, and the machine it comes from."""
    find = finder(lab)
    told = [each for snapshot in lab.snapshots() for each in _told(lab, snapshot, find)]
    return Graph(
        things=tuple(each for each in told if isinstance(each, Thing)),
        edges=tuple(each for each in told if isinstance(each, Edge)),
    )


def _told(lab: Lab, snapshot: Snapshot, find: Callable[[str], Machine | None]) -> Iterator[Thing | Edge]:
    machine, at = snapshot.machine.name, snapshot.read_at(NETWORK_MOUNTS.name)
    mounts = snapshot.of(NETWORK_MOUNTS)
    for mount in mounts.mounts.values() if mounts else ():
        thing = _mount(snapshot, mount)
        yield thing
        yield Edge(of=thing.id, on=machine_id(machine), tie=Tie.RUNS_ON, source=NETWORK_MOUNTS.name, at=at)
        host, folder = share_of(mount)
        owner = find(host)
        if owner is None:
            yield Thing(id=outside_id(host), kind=ThingKind.OUTSIDE, name=host, source=NETWORK_MOUNTS.name, at=at)
        on = machine_id(owner.name) if owner else outside_id(host)
        yield Edge(of=thing.id, on=on, tie=Tie.NEEDS, source=NETWORK_MOUNTS.name, at=at)
        if owner and (there := _exported(lab, owner, folder)):
            yield Edge(of=thing.id, on=there, tie=Tie.STORED_ON, source=NETWORK_MOUNTS.name, at=at)


def _mount(snapshot: Snapshot, mount: NetworkMount) -> Thing:
    return Thing(
        id=storage_id(snapshot.machine.name, "filesystem", mount.mount_point),
        kind=ThingKind.STORAGE,
        name=f"filesystem {mount.mount_point}",
        machine=snapshot.machine.name,
        says=f"{mount.type} from {mount.source}, {mount.state}",
        state="up" if mount.state == "answers" else "down",
        source=NETWORK_MOUNTS.name,
        at=snapshot.read_at(NETWORK_MOUNTS.name),
        resources=(f"filesystem {mount.mount_point}",),
    )


def _exported(lab: Lab, owner: Machine, folder: str) -> str | None:
    """Return the filesystem of the other machine that a folder lies on, or None.

    Only the name of a share is told by CIFS, and NFS 4 may count folders from its own root: what would lie on the
    root filesystem is not believed.
    """
    snapshot = lab.seen.get(owner.id)
    filesystems = snapshot.of(FILESYSTEMS) if snapshot else None
    one = filesystem_of(filesystems, folder) if filesystems and folder.startswith("/") else None
    return storage_id(owner.name, "filesystem", one.mount_point) if one and one.mount_point != "/" else None


PLUGIN = Relation(
    name="network_mounts",
    summary="Mounts of NFS, CIFS and sshfs, and the machine and filesystem they come from.",
    needs=(NETWORK_MOUNTS.name, FILESYSTEMS.name, SYSTEM.name),
    tell=tell,
)
