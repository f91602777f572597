"""Backup jobs: what they copy, and the machine they copy it to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from steward.knowhow.backup_findings import is_below
from steward.knowhow.data_places import data_places, place_name
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.hosts import finder
from steward.knowhow.thing_ids import backup_id, machine_id, storage_id, volume_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.machine import Machine
from steward.model.relation import Lab, Relation

_HOST = re.compile(
    r"^(?:[a-z0-9+]+:)?(?://)?(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\])(?=[:/])"
)
_CLOUD = re.compile(r"^(?:s3|b2|gs|azure|swift|rclone):", re.IGNORECASE)


def tell(lab: Lab) -> Graph:
    """Return each job, what of this machine it copies, and where to."""
    find = finder(lab)
    found = [(snapshot, name, job) for snapshot in lab.snapshots() for name, job in _jobs(snapshot).items()]
    return Graph(
        things=tuple(_thing(*each) for each in found),
        edges=tuple(edge for each in found for edge in _edges(*each, find)),
    )


def _jobs(snapshot: Snapshot) -> dict[str, BackupJob]:
    backups = snapshot.of(BACKUPS)
    return backups.jobs if backups else {}


def _thing(snapshot: Snapshot, name: str, job: BackupJob) -> Thing:
    to = f"to {', '.join(job.repositories[:3])}" if job.repositories else ""
    last = f"last good {job.succeeded_at:%Y-%m-%d}" if job.succeeded_at else "no good run is known"
    return Thing(
        id=backup_id(snapshot.machine.name, name),
        kind=ThingKind.BACKUP,
        name=name,
        machine=snapshot.machine.name,
        says=", ".join(part for part in (job.program, to, last) if part),
        state="down" if job.has_failed else "up" if job.succeeded_at else "",
        source=BACKUPS.name,
        at=snapshot.read_at(BACKUPS.name),
        resources=(f"backup {name}", f"unit {name}"),
    )


def _edges(snapshot: Snapshot, name: str, job: BackupJob, find: Callable[[str], Machine | None]) -> Iterator[Edge]:
    machine, at = snapshot.machine.name, snapshot.read_at(BACKUPS.name)
    me = backup_id(machine, name)
    yield Edge(of=me, on=machine_id(machine), tie=Tie.RUNS_ON, source=BACKUPS.name, at=at)
    for place in (path for paths in data_places(snapshot).values() for path in paths):
        if _is_copied(place, job):
            covered = volume_id(machine, place_name(place))
            yield Edge(of=covered, on=me, tie=Tie.BACKED_UP_BY, source=BACKUPS.name, at=at)
    filesystems = snapshot.of(FILESYSTEMS)
    for mount_point in filesystems.filesystems if filesystems else ():
        if mount_point in job.sources:
            covered = storage_id(machine, "filesystem", mount_point)
            yield Edge(of=covered, on=me, tie=Tie.BACKED_UP_BY, source=BACKUPS.name, at=at)
    hosts = {owner.name for repository in job.repositories if (owner := find(repository_host(repository)))}
    for host in sorted(hosts - {machine}):
        yield Edge(of=me, on=machine_id(host), tie=Tie.NEEDS, source=BACKUPS.name, at=at)


def _is_copied(place: str, job: BackupJob) -> bool:
    """Tell whether all of a folder is copied; the root alone does not say so, for most jobs leave much of it out."""
    return any(is_below(place, source) for source in job.sources if source != "/")


def repository_host(repository: str) -> str:
    """Return the host of `sftp:me@nas:/backup`, `ssh://nas:22/./repo`, `rest:http://nas:8000/`; empty for none."""
    if repository.startswith("/") or _CLOUD.match(repository):
        return ""
    rest = repository.removeprefix("rest:")
    match = _HOST.match(rest)
    return match["host"] if match else ""


PLUGIN = Relation(
    name="backups",
    summary="Backup jobs, the volumes and filesystems they copy, and the machine they copy them to.",
    needs=(BACKUPS.name, CONTAINERS.name, SETTINGS.name, QUADLETS.name, FILESYSTEMS.name, SYSTEM.name),
    tell=tell,
)
