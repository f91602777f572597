"""What registered repositories say should run: who owns a service, what is declared and not seen, what needs what."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from steward.knowhow.declared_services import (
    Running,
    declared_name,
    is_named,
    machine_of,
    matches,
    owner_of,
    running_services,
)
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.hosts import finder
from steward.knowhow.port_owners import port_owners
from steward.knowhow.thing_ids import machine_id, name_id, service_id
from steward.model.declared import DeclaredDependency, DeclaredService
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.machine import Machine
from steward.model.registered import DeclaredIn
from steward.model.relation import Lab, Relation

_NEEDS = frozenset({"depends-on", "environment", "link", "network", "flux", "unit", "connect", "consul", "helmfile"})
_PROXY, _NODE, _FLUX = "proxy", "node", "flux"
_PROXIES = frozenset({"caddy", "nginx", "traefik", "haproxy", "nginx-proxy-manager", "swag", "cloudflared"})
"""Images and names of programs that lead requests on."""
_MOST_UPSTREAM = 100


@dataclass(frozen=True, kw_only=True)
class Told:
    """A declared service, and the things of the graph that it is."""

    service: DeclaredService
    """The declaration."""
    things: tuple[Thing, ...]
    """Each with owner and source; what also runs is joined with what was seen of it."""


def tell(lab: Lab) -> Graph:
    """Return what is declared, and the edges that files declare."""
    if not lab.declared:
        return Graph()
    names = {one.name for part in lab.declared for one in part.declaration.services}
    find, running = finder(lab), running_services(lab, names)
    things: list[Thing] = []
    edges: list[Edge] = []
    for part in lab.declared:
        has_flux = any(each.kind == _FLUX for each in part.declaration.dependencies) or any(
            "fluxcd" in each.file or "flux" in each.file.split("/") for each in part.declaration.services
        )
        told = [
            Told(
                service=one,
                things=tuple(_things(one, part, matches(one, part.repository, where, running), where, has_flux)),
            )
            for one in part.declaration.services
            if is_named(one)
            for where in (machine_of(one, part.repository, find),)
        ]
        things += [thing for each in told for thing in each.things]
        named = _Named(lab, told, find)
        for dependency in part.declaration.dependencies:
            for each in named.edges(dependency, part):
                if isinstance(each, Thing):
                    things.append(each)
                else:
                    edges.append(each)
        edges += _machines(told)
    return Graph(things=tuple(things), edges=tuple(edges))


def _things(
    one: DeclaredService,
    part: DeclaredIn,
    found: tuple[Running, ...],
    machine: str,
    has_flux: bool,  # noqa: FBT001 - called at one place
) -> Iterator[Thing]:
    """Yield a thing for each match, or one that is only declared."""
    name = declared_name(one, part.repository)
    at_no_machine = f"service:@{part.repository.name}/{one.file}/{one.name}"
    plain = Thing(
        id=service_id(machine, name) if machine else at_no_machine,
        kind=ThingKind.SERVICE,
        name=name,
        machine=machine,
        owner=owner_of(one, has_flux=has_flux),
        says=f"declared as {one.kind}",
        image=one.image or "",
        state="declared",
        source=_source(part, one.file, one.line),
    )
    yield from (_running(plain, each) for each in found)
    if not found:
        yield plain


def _running(plain: Thing, each: Running) -> Thing:
    """Return the thing of what runs; a unit that nobody else would call a service is told here in full."""
    thing = replace(plain, id=each.id, machine=each.machine)
    if each.unit is None:
        return thing
    return replace(
        thing,
        name=each.unit.name.removesuffix(".service"),
        says=each.unit.description,
        state="up" if each.unit.active_state in {"active", "reloading"} else "down",
        at=each.at,
        resources=tuple(f"unit {name}" for name in (each.unit.name, *each.unit.aliases)),
    )


def _machines(told: list[Told]) -> Iterator[Edge]:
    """Yield that what is declared for a machine runs there."""
    for thing in (thing for each in told for thing in each.things if thing.machine):
        yield Edge(of=thing.id, on=machine_id(thing.machine), tie=Tie.RUNS_ON, source=thing.source)


def _source(part: DeclaredIn, file: str, line: int) -> str:
    return f"{part.repository.name}/{file}:{line}"


class _Named:
    """Finds what the names in dependencies mean: within the file, the project, then the repository."""

    def __init__(self, lab: Lab, told: list[Told], find: Callable[[str], Machine | None]) -> None:
        self._lab = lab
        self._find = find
        self._within: dict[tuple[str, str], set[str]] = {}
        self._anywhere: dict[str, set[str]] = {}
        for each in told:
            ids = {thing.id for thing in each.things}
            for place in {each.service.file, each.service.project}:
                self._within.setdefault((place, each.service.name), set()).update(ids)
            self._anywhere.setdefault(each.service.name, set()).update(ids)
        self._projects: Mapping[str, str] = {each.service.file: each.service.project for each in told}
        self._proxies = [
            (posixpath.dirname(each.service.file), each.things) for each in told if _is_proxy(each.service)
        ]
        self._owners = {one.machine.name: port_owners(one) for one in lab.snapshots()}

    def edges(self, dependency: DeclaredDependency, part: DeclaredIn) -> Iterator[Thing | Edge]:
        """Yield what a dependency means, as far as its names are known."""
        source = _source(part, dependency.file, dependency.line)
        if dependency.kind == _PROXY:
            yield from self._proxied(dependency, source)
        elif dependency.kind == _NODE:
            guest, node = self._find(dependency.service), self._find(dependency.on)
            if guest and node:
                yield Edge(of=machine_id(guest.name), on=machine_id(node.name), tie=Tie.RUNS_ON, source=source)
        elif dependency.kind in _NEEDS:
            needed = self._services(dependency.on, dependency.file) or self._machine(dependency.on)
            for of in sorted(self._services(dependency.service, dependency.file)):
                yield from (Edge(of=of, on=on, tie=Tie.NEEDS, source=source) for on in sorted(needed) if on != of)

    def _services(self, name: str, file: str) -> set[str]:
        """Return what a name means in a file; across the repository only where it means one thing."""
        for place in (file, self._projects.get(file, file)):
            if found := self._within.get((place, name)):
                return found
        found = self._anywhere.get(name, set())
        return found if len(found) == 1 else set()

    def _machine(self, host: str) -> set[str]:
        machine = self._find(host)
        return {machine_id(machine.name)} if machine else set()

    def _proxied(self, dependency: DeclaredDependency, source: str) -> Iterator[Thing | Edge]:
        """Yield a name and the service that it leads to."""
        host, _, port = dependency.on.rpartition(":") if ":" in dependency.on else (dependency.on, "", "")
        services = self._services(host, dependency.file) or self._at_port(host, port)
        for proxy in self._proxy_of(dependency.file):
            for service in sorted(services - {proxy})[:_MOST_UPSTREAM]:
                yield Edge(of=service, on=proxy, tie=Tie.REACHED_THROUGH, source=source)
        if services and "." in dependency.service:
            name = dependency.service
            yield Thing(id=name_id(name), kind=ThingKind.NAME, name=name, state="declared", source=source)
            for service in sorted(services)[:_MOST_UPSTREAM]:
                yield Edge(of=service, on=name_id(name), tie=Tie.NAMED_BY, source=source)

    def _proxy_of(self, file: str) -> set[str]:
        """Return the proxy that a file configures: the only one declared in its folder or one above."""
        found = [things for folder, things in self._proxies if not folder or file.startswith(f"{folder}/")]
        return {thing.id for thing in found[0]} if len(found) == 1 else set()

    def _at_port(self, host: str, port: str) -> set[str]:
        machine = self._find(host)
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
        owner = self._owners.get(machine.name, {}).get(("tcp", number)) if machine else None
        return {service_id(machine.name, owner)} if machine and owner else set()


def _is_proxy(one: DeclaredService) -> bool:
    image = (one.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0]
    return image in _PROXIES or one.name in _PROXIES


PLUGIN = Relation(
    name="declarations",
    summary="Registered repositories: who owns a service, what is only declared, needs, names, and proxies before it.",
    needs=(CONTAINERS.name, SETTINGS.name, QUADLETS.name, UNITS.name, PORTS.name, SYSTEM.name),
    tell=tell,
)
