"""Where containers keep their data: volumes and folders, and the filesystem each lies on."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.backup_findings import filesystem_of
from steward.knowhow.data_places import data_places, place_name
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.network_shares import mount_of
from steward.knowhow.thing_ids import service_id, storage_id, volume_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation


def tell(lab: Lab) -> Graph:
    """Return each volume of a service and what it lies on."""
    told = [each for snapshot in lab.snapshots() for each in _told(snapshot)]
    return Graph(
        things=tuple(each for each in told if isinstance(each, Thing)),
        edges=tuple(each for each in told if isinstance(each, Edge)),
    )


def _told(snapshot: Snapshot) -> Iterator[Thing | Edge]:
    machine, at = snapshot.machine.name, snapshot.read_at(SETTINGS.name)
    for service, places in data_places(snapshot).items():
        for path in places:
            volume = _volume(snapshot, path)
            yield volume
            yield Edge(of=service_id(machine, service), on=volume.id, tie=Tie.STORED_ON, source=SETTINGS.name, at=at)
            yield from _lies_on(snapshot, volume.id, path)


def _volume(snapshot: Snapshot, path: str) -> Thing:
    name = place_name(path)
    return Thing(
        id=volume_id(snapshot.machine.name, name),
        kind=ThingKind.VOLUME,
        name=name,
        machine=snapshot.machine.name,
        says=path if name != path else "",
        source=SETTINGS.name,
        at=snapshot.read_at(SETTINGS.name),
    )


def _lies_on(snapshot: Snapshot, volume: str, path: str) -> Iterator[Edge]:
    """Yield the filesystem that holds a path: that of the longest mount point."""
    filesystems, mounts = snapshot.of(FILESYSTEMS), snapshot.of(NETWORK_MOUNTS)
    here = filesystem_of(filesystems, path) if filesystems else None
    elsewhere = mount_of(mounts, path)
    place = here.mount_point if here else ""
    if elsewhere and len(elsewhere.mount_point) >= len(place):
        place = elsewhere.mount_point
    if place:
        on = storage_id(snapshot.machine.name, "filesystem", place)
        at = snapshot.read_at(SETTINGS.name)
        yield Edge(of=volume, on=on, tie=Tie.STORED_ON, source=SETTINGS.name, at=at)


PLUGIN = Relation(
    name="container_data",
    summary="Volumes and folders that containers keep data in, and the filesystem each lies on.",
    needs=(CONTAINERS.name, SETTINGS.name, QUADLETS.name, FILESYSTEMS.name, NETWORK_MOUNTS.name),
    tell=tell,
)
