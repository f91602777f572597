"""Where containers keep their data: volumes and folders, and the filesystem each lies on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.backup_findings import filesystem_of
from steward.knowhow.container_services import container_services
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.network_shares import mount_of
from steward.knowhow.thing_ids import service_id, storage_id, volume_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_NO_DATA = ("/dev", "/proc", "/sys", "/run", "/var/run", "/etc/localtime", "/etc/timezone", "/lib/modules", "/etc/ssl")
"""Places of the machine that containers look at and keep nothing in."""
_NAMED = re.compile(r"/volumes/(?P<name>[^/]+)/_data(/|$)")
_NOBODYS = re.compile(r"[0-9a-f]{64}")


def tell(lab: Lab) -> Graph:
    """Return each volume of a service and what it lies on."""
    told = [each for snapshot in lab.snapshots() for each in _told(snapshot)]
    return Graph(
        things=tuple(each for each in told if isinstance(each, Thing)),
        edges=tuple(each for each in told if isinstance(each, Edge)),
    )


def _told(snapshot: Snapshot) -> Iterator[Thing | Edge]:
    at = snapshot.read_at(SETTINGS.name)
    for service, members in container_services(snapshot).items():
        me = service_id(snapshot.machine.name, service)
        sources = {mount.source for member in members if member.settings for mount in member.settings.mounts}
        for source in sorted(sources):
            if source.startswith("/") and not _is_system(source):
                volume = data_volume(snapshot, source)
                yield volume
                yield Edge(of=me, on=volume.id, tie=Tie.STORED_ON, source=SETTINGS.name, at=at)
                yield from _lies_on(snapshot, volume.id, source)


def data_volume(snapshot: Snapshot, source: str) -> Thing:
    """Return the thing of a folder or volume of a machine, by its path."""
    match = _NAMED.search(source)
    name = match["name"] if match and not _NOBODYS.fullmatch(match["name"]) else source
    return Thing(
        id=volume_id(snapshot.machine.name, name),
        kind=ThingKind.VOLUME,
        name=name,
        machine=snapshot.machine.name,
        says=source if name != source else "",
        source=SETTINGS.name,
        at=snapshot.read_at(SETTINGS.name),
    )


def _is_system(source: str) -> bool:
    return source == "/" or any(source == each or source.startswith(each + "/") for each in _NO_DATA)


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
    needs=(CONTAINERS.name, SETTINGS.name, FILESYSTEMS.name, NETWORK_MOUNTS.name),
    tell=tell,
)
