"""Services made of containers: the machine they run on, their engine, and whose network they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward.knowhow.container_services import Member, container_services, service_by_container
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Port
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.thing_ids import machine_id, network_id, service_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_ENGINE_UNITS = {"docker": "docker.service"}
"""Units without which the containers of an engine do not run; those of Podman run on their own."""
_OWN_MODES = frozenset({"", "default", "bridge", "host", "none", "private", "slirp4netns", "pasta"})
"""How a container reaches a network that it shares with no named others."""
_OF_ANOTHER = "container:"
_MOST_PORTS = 12


def tell(lab: Lab) -> Graph:
    """Return each service with what it runs on."""
    return Graph(
        things=tuple(thing for snapshot in lab.snapshots() for thing in _things(snapshot)),
        edges=tuple(edge for snapshot in lab.snapshots() for edge in _edges(snapshot)),
    )


def _things(snapshot: Snapshot) -> Iterator[Thing]:
    machine, networks = snapshot.machine.name, set[str]()
    for name, members in container_services(snapshot).items():
        networks |= {network for member in members if (network := _network(member, name))}
        yield Thing(
            id=service_id(machine, name),
            kind=ThingKind.SERVICE,
            name=name,
            machine=machine,
            says=_says(members),
            image=members[0].container.image,
            state=_state(members),
            source=CONTAINERS.name,
            at=snapshot.read_at(CONTAINERS.name),
            resources=tuple(f"container {member.key}" for member in members),
        )
    for network in sorted(networks):
        yield Thing(
            id=network_id(machine, network),
            kind=ThingKind.NETWORK,
            name=f"network {network}",
            machine=machine,
            says="network of containers",
            source=SETTINGS.name,
            at=snapshot.read_at(SETTINGS.name),
            resources=(f"network {network}",),
        )


def _says(members: tuple[Member, ...]) -> str:
    """Return its ports, and how many run where there are several."""
    ports = list(dict.fromkeys(_port(port) for member in members for port in member.container.ports))
    running = sum(member.container.state == "running" for member in members)
    several = f"{running} of {len(members)} run" if len(members) > 1 else ""
    told = f"ports {', '.join(ports[:_MOST_PORTS])}" if ports else ""
    return "; ".join(part for part in (several, told) if part)


def _port(port: Port) -> str:
    return f"{port.port}/{port.protocol}"


def _state(members: tuple[Member, ...]) -> str:
    """Return `up` when one runs; what ended well and is not to come back is neither up nor down."""
    containers = [member.container for member in members]
    if any(one.state == "running" for one in containers):
        return "up"
    is_done = all(one.state == "exited" and not one.exit_code for one in containers)
    return "" if is_done and all(one.restart_policy in {"", "no"} for one in containers) else "down"


def _edges(snapshot: Snapshot) -> Iterator[Edge]:
    machine, at = snapshot.machine.name, snapshot.read_at(CONTAINERS.name)
    units = snapshot.of(UNITS)
    services = container_services(snapshot)
    by_container = service_by_container(snapshot)
    for name, members in services.items():
        me = service_id(machine, name)
        yield Edge(of=me, on=machine_id(machine), tie=Tie.RUNS_ON, source=CONTAINERS.name, at=at)
        engine = _ENGINE_UNITS.get(members[0].container.engine, "")
        if units is not None and engine in units.units:
            on = service_id(machine, engine.removesuffix(".service"))
            yield Edge(of=me, on=on, tie=Tie.NEEDS, source=CONTAINERS.name, at=at)
        for member in members:
            yield from _reached(snapshot, member, me, name, by_container)


def _reached(snapshot: Snapshot, member: Member, me: str, name: str, by_container: Mapping[str, str]) -> Iterator[Edge]:
    """Yield the service whose network it shares, or the network it shares with others."""
    machine, at = snapshot.machine.name, snapshot.read_at(SETTINGS.name)
    mode = member.settings.network_mode if member.settings else ""
    other = by_container.get(mode.removeprefix(_OF_ANOTHER)) if mode.startswith(_OF_ANOTHER) else None
    if other:
        yield Edge(of=me, on=service_id(machine, other), tie=Tie.NEEDS, source=SETTINGS.name, at=at)
    if network := _network(member, name):
        tie = Tie.REACHED_THROUGH
        yield Edge(of=me, on=network_id(machine, network), tie=tie, source=SETTINGS.name, at=at)


def _network(member: Member, service: str) -> str:
    """Return the network a container shares with other projects; the one of its own project says nothing."""
    mode = member.settings.network_mode if member.settings else ""
    project = service.partition("/")[0]
    is_own = mode in _OWN_MODES or mode == f"{project}_default" or ":" in mode
    return "" if is_own else mode


PLUGIN = Relation(
    name="containers",
    summary="Services made of containers, of Compose, quadlets or by hand: machine, engine, shared networks.",
    needs=(CONTAINERS.name, SETTINGS.name, QUADLETS.name, UNITS.name),
    tell=tell,
)
