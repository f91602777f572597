"""What the last look at a machine saw, in figures: enough to tell a person that it was really looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.knowhow.facts import certificates, container_settings, containers, disks, os, timers
from steward.lib.record import record
from steward.lib.text import plural, size, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.fact import Fact, Snapshot
from steward.model.ids import MachineId
from steward.model.risk import Risk

_MOST_NAMED = 6
_LONGEST = 100


class Kind(StrEnum):
    """What there is to see."""

    SYSTEM = "system"
    """The operating system."""
    CONTAINERS = "containers"
    """Containers of Docker and Podman."""
    COMPOSE = "compose"
    """Folders that hold the Compose files of containers."""
    DISKS = "disks"
    """Disks."""
    TIMERS = "timers"
    """Timers of systemd."""
    CERTIFICATES = "certificates"
    """Certificates, as served and as files."""


@record
class GlanceInput:
    """Tell in figures what the last look at a machine saw. It is not contacted."""

    machine: str
    """Name of the machine."""


@record
class Sight:
    """What was seen of one kind."""

    kind: Kind
    """What it is."""
    count: int | None
    """How many there are; None where they were not read (yet)."""
    named: tuple[str, ...]
    """Some of them, by name; the words are of the machine."""
    source: str
    """Fact it was read from."""
    seen_at: datetime | None
    """When it was read."""
    problem: str
    """Why it could not be read, or empty."""


@record
class Glance:
    """What the last look at one machine saw."""

    sentence: str
    """The answer in one sentence."""
    id: MachineId
    """The machine's id."""
    machine: str
    """The machine's name."""
    seen_at: datetime | None
    """When it was last looked at since Steward began; None before the first look."""
    sights: tuple[Sight, ...]
    """What was seen, a line for each kind."""


def _system(found: os.OperatingSystem) -> Iterable[str]:
    return [f"{found.name}, {found.kernel}"]


def _containers(found: containers.Containers) -> Iterable[str]:
    return found.containers


def _compose(found: container_settings.AllContainerSettings) -> Iterable[str]:
    folders = {one.compose.folder for one in found.containers.values() if one.compose and one.compose.folder}
    return sorted(folders)


def _disks(found: disks.Disks) -> Iterable[str]:
    return [f"{one.model or one.name}, {size(one.size_bytes)}" for one in found.disks.values()]


def _timers(found: timers.Timers) -> Iterable[str]:
    return found.timers


def _certificates(found: certificates.Certificates) -> Iterable[str]:
    return [*found.served, *found.files]


_KINDS: Mapping[Kind, tuple[Fact[Any], Callable[[Any], Iterable[str]]]] = {
    Kind.SYSTEM: (os.PLUGIN, _system),
    Kind.CONTAINERS: (containers.PLUGIN, _containers),
    Kind.COMPOSE: (container_settings.PLUGIN, _compose),
    Kind.DISKS: (disks.PLUGIN, _disks),
    Kind.TIMERS: (timers.PLUGIN, _timers),
    Kind.CERTIFICATES: (certificates.PLUGIN, _certificates),
}


_NOUNS = {
    Kind.CONTAINERS: "container",
    Kind.COMPOSE: "Compose folder",
    Kind.DISKS: "disk",
    Kind.TIMERS: "timer",
    Kind.CERTIFICATES: "certificate",
}


def sights(snapshot: Snapshot | None) -> tuple[Sight, ...]:
    """Count what a look gave, a line for each kind; what was not read yet has no count."""
    return tuple(_sight(kind, snapshot, fact, name) for kind, (fact, name) in _KINDS.items())


def _sight(kind: Kind, snapshot: Snapshot | None, fact: Fact[Any], name: Callable[[Any], Iterable[str]]) -> Sight:
    value = snapshot.of(fact) if snapshot else None
    names = [visible_line(each)[:_LONGEST] for each in name(value)] if value is not None else []
    return Sight(
        kind=kind,
        count=None if value is None else len(names),
        named=tuple(names[:_MOST_NAMED]),
        source=fact.name,
        seen_at=snapshot.read_at(fact.name) if snapshot and value is not None else None,
        problem=visible_line(snapshot.unread.get(fact.name, "")) if snapshot else "",
    )


def _told(sight: Sight) -> str:
    return sight.named[0] if sight.kind is Kind.SYSTEM else plural(sight.count or 0, _NOUNS[sight.kind])


async def glance(desk: Desk, given: GlanceInput) -> Glance:
    """Tell what the last look saw."""
    machine = desk.workspace.require(given.machine)
    snapshot = desk.seen(machine.id)
    seen = sights(snapshot)
    told = ", ".join(_told(each) for each in seen if each.count)
    sentence = f"{machine.name}: {told}." if told else f"{machine.name} was not looked at yet."
    return Glance(
        sentence=sentence,
        id=machine.id,
        machine=machine.name,
        seen_at=snapshot.at if snapshot else None,
        sights=seen,
    )


COMMANDS = (
    CommandSpec(
        name="machines.glance",
        right=Right.READ,
        input=GlanceInput,
        output=Glance,
        handler=glance,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="machines glance nas", does="Count what the last look at nas saw: containers, disks, timers"),
            Example(line="machines glance nas --json", does="The same as one JSON object"),
        ),
    ),
)
