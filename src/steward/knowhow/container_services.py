"""Which service each container belongs to: people speak of services, engines of containers."""

from __future__ import annotations

from dataclasses import dataclass

from steward.knowhow.container_setup import all_settings
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.model.fact import Snapshot

_BY_SYSTEMD = "systemd-"
"""What Podman puts before the name of a container that a quadlet does not name."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One container of a service."""

    key: str
    """Its name in the facts."""
    container: Container
    """How it stands."""
    settings: ContainerSettings | None
    """How it was set up, where that could be read."""


def container_services(snapshot: Snapshot) -> dict[str, tuple[Member, ...]]:
    """Return the containers of each service by its name; single runs of Compose belong to none.

    1. Of Compose: `project/service`, or the project alone where both have one name. Several containers are one service.
    2. Of a quadlet: the name of its unit.
    3. Any other: the name of the container.
    """
    containers, settings = snapshot.of(CONTAINERS), all_settings(snapshot)
    units = quadlet_units(snapshot)
    found: dict[str, list[Member]] = {}
    for key, container in sorted(containers.containers.items()) if containers else ():
        known = settings.get(key)
        if known is None or known.compose is None or not known.compose.is_one_off:
            member = Member(key=key, container=container, settings=known)
            found.setdefault(_name(member, units), []).append(member)
    return {name: tuple(members) for name, members in found.items()}


def service_by_container(snapshot: Snapshot) -> dict[str, str]:
    """Return the name of the service by the name of the container, and by its id."""
    named: dict[str, str] = {}
    for service, members in container_services(snapshot).items():
        for member in members:
            named[member.key] = named[member.container.id] = service
    return named


def quadlet_units(snapshot: Snapshot) -> frozenset[str]:
    """Return the names of units that quadlets of containers stand for, without `.service`."""
    quadlets = snapshot.of(QUADLETS)
    made = quadlets.quadlets.values() if quadlets else ()
    return frozenset(one.unit.removesuffix(".service") for one in made if one.file.endswith(".container"))


def _name(member: Member, units: frozenset[str]) -> str:
    compose = member.settings.compose if member.settings else None
    if compose is not None:
        same = compose.project == compose.service
        return compose.project if same else f"{compose.project}/{compose.service}"
    unit = member.key.removeprefix(_BY_SYSTEMD)
    return unit if member.container.engine == "podman" and unit in units else member.key
