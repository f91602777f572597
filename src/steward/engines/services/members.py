"""What a service is made of: its containers with image and digest, its backup jobs, the secrets it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from steward.knowhow.container_services import Member, container_services
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.graph import Thing
from steward.model.registered import DeclaredIn
from steward.model.resource import Owner

_LONGEST = 240
_MOST = 50


@record
class Part:
    """One container of a service."""

    name: str
    """Its name; from outside."""
    image: str
    """Image it runs; from outside."""
    digest: str
    """What exactly that image is, by its registry; empty where it is not known."""
    state: str
    """What its engine says of it."""
    health: str
    """What its own health check says; empty without one."""
    restarts: int
    """How often its engine restarted it."""
    restart_policy: str
    """When its engine starts it again."""
    ports: tuple[str, ...]
    """Where it listens on the machine: `127.0.0.1:8080/tcp`."""
    started_at: datetime | None
    """When it was started (UTC)."""


@record
class Backup:
    """A job that copies data of a service."""

    name: str
    """Its name; from outside."""
    program: str
    """What does the copying."""
    to: tuple[str, ...]
    """Where to; from outside."""
    has_failed: bool
    """Whether its last run failed."""
    succeeded_at: datetime | None
    """When it last ended well (UTC); None where no good run is known."""


def parts_of(snapshot: Snapshot, names: Iterable[str]) -> tuple[Part, ...]:
    """Return the containers of services of one machine."""
    services, images = container_services(snapshot), snapshot.of(IMAGES)
    digests = {key: one.digests for key, one in images.images.items()} if images else {}
    members = (member for name in names for member in services.get(name, ()))
    return tuple(_part(member, digests) for member in members)[:_MOST]


def _part(member: Member, digests: dict[str, tuple[str, ...]]) -> Part:
    one = member.container
    known = digests.get(one.image_id.removeprefix("sha256:"), ()) or digests.get(one.image_id, ())
    return Part(
        name=visible_line(member.key[:_LONGEST]),
        image=visible_line(one.image[:_LONGEST]),
        digest=visible_line(known[0].rpartition("@")[2][:_LONGEST]) if known else "",
        state=visible_line(one.state[:_LONGEST]),
        health=visible_line(one.health[:_LONGEST]),
        restarts=one.restart_count,
        restart_policy=visible_line(one.restart_policy[:_LONGEST]),
        ports=tuple(f"{port.address or '*'}:{port.port}/{port.protocol}" for port in one.ports),
        started_at=one.started_at,
    )


def backups_of(snapshot: Snapshot, names: Iterable[str]) -> tuple[Backup, ...]:
    """Return these backup jobs of a machine, as they stand."""
    backups = snapshot.of(BACKUPS)
    jobs = backups.jobs if backups else {}
    return tuple(
        Backup(
            name=visible_line(name[:_LONGEST]),
            program=job.program,
            to=tuple(visible_line(each[:_LONGEST]) for each in job.repositories),
            has_failed=job.has_failed,
            succeeded_at=job.succeeded_at,
        )
        for name, job in jobs.items()
        if name in set(names)
    )


def secrets_of(declared: Sequence[DeclaredIn], things: Iterable[Thing]) -> tuple[str, ...]:
    """Return the names of the secrets that the files of these services name for them; never a value."""
    return tuple(sorted({visible_line(name) for thing in things for name in _secrets(declared, thing)}))[:_MOST]


def _secrets(declared: Sequence[DeclaredIn], thing: Thing) -> Iterator[str]:
    if thing.owner is Owner.HAND and thing.state != "declared":
        return
    last = thing.name.rpartition("/")[2]
    for secret in (each for part in declared for each in part.declaration.secrets):
        if secret.service == last and f"/{secret.file}:" in thing.source:
            yield secret.name


def how_to_change(thing: Thing) -> str:
    """Say where a change of a service belongs, so that it lasts."""
    if thing.owner is Owner.FLUX:
        return f"Change {thing.source} and push; Flux carries it out."
    if thing.owner is Owner.GIT:
        return f"Change {thing.source}, commit, and start it anew from there."
    where = f" on {thing.machine}" if thing.machine else ""
    return f"It was set up by hand{where}; no file that Steward reads declares it."
