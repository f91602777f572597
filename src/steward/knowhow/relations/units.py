"""Services that are units of systemd: those that people set up, and those that answer at a port."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.container_services import container_services, quadlet_units
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.thing_ids import machine_id, service_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_BY_HAND = ("/etc/systemd/system/", "/usr/local/lib/systemd/system/")
"""Where people put units; those of the distribution lie elsewhere."""
_QUADLETS = "/run/systemd/generator/"
_ENGINES = frozenset({"docker.service"})
_FURNITURE = frozenset({
    "avahi-daemon", "chrony", "chronyd", "dbus", "dhcpcd", "init", "networking", "NetworkManager", "ntp", "ntpd",
    "openntpd", "rpc-statd", "rpcbind", "nfs-mountd", "ssh", "sshd", "udisks2", "wpa_supplicant", "dropbear",
})  # fmt: skip
"""Units that answer at a port and that every machine has: they belong to it."""
_SYSTEM = ("systemd-", "user@", "getty@", "session-", "dhclient", "ifup@", "wg-quick@", "podman-")
_SERVICE = ".service"
_MOST_PORTS = 12


def tell(lab: Lab) -> Graph:
    """Return each such service, with its machine and the units that systemd stops together with it."""
    things = tuple(thing for snapshot in lab.snapshots() for thing in _things(snapshot))
    edges = [
        Edge(of=one.id, on=machine_id(one.machine), tie=Tie.RUNS_ON, source=UNITS.name, at=one.at) for one in things
    ]
    edges += [edge for snapshot in lab.snapshots() for edge in _pulled(snapshot)]
    return Graph(things=things, edges=tuple(edges))


def _pulled(snapshot: Snapshot) -> Iterator[Edge]:
    """Yield that a unit needs another which takes it down; between units that are no services it is dropped."""
    machine, at, units = snapshot.machine.name, snapshot.read_at(UNITS.name), snapshot.of(UNITS)
    for unit in units.units.values() if units else ():
        for other in unit.pulls_down if unit.name.endswith(_SERVICE) else ():
            if other.endswith(_SERVICE):
                of = service_id(machine, other.removesuffix(_SERVICE))
                on = service_id(machine, unit.name.removesuffix(_SERVICE))
                yield Edge(of=of, on=on, tie=Tie.NEEDS, source=UNITS.name, at=at)


def _things(snapshot: Snapshot) -> Iterator[Thing]:
    units = snapshot.of(UNITS)
    ports, containers = _ports(snapshot), container_services(snapshot)
    quadlets = quadlet_units(snapshot)
    for unit in units.units.values() if units else ():
        name = unit.name.removesuffix(".service")
        if not _is_service(unit, answers=unit.name in ports, has_containers=bool(containers)):
            continue
        if name in containers and name in quadlets:
            continue  # the container tells it
        yield Thing(
            id=service_id(snapshot.machine.name, name),
            kind=ThingKind.SERVICE,
            name=name,
            machine=snapshot.machine.name,
            says=_says(unit, ports.get(unit.name, [])),
            state=_state(unit),
            source=UNITS.name,
            at=snapshot.read_at(UNITS.name),
            resources=tuple(f"unit {each}" for each in (unit.name, *unit.aliases)),
        )


def _is_service(unit: Unit, *, answers: bool, has_containers: bool) -> bool:
    """Tell whether a unit is what people call a service, and not a job, a template or part of the system."""
    name = unit.name.removesuffix(".service")
    if name == unit.name or name.endswith("@") or name in _FURNITURE or name.startswith(_SYSTEM):
        return False
    if unit.active_state == "inactive" and unit.file_state not in {"enabled", "enabled-runtime", "generated"}:
        return False
    if unit.name in _ENGINES:
        return has_containers
    is_ours = unit.fragment_path.startswith((*_BY_HAND, _QUADLETS)) and unit.type != "oneshot"
    return answers or (is_ours and not unit.triggered_by)


def _ports(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return the ports each unit answers at; those of containers are held by their engine."""
    ports = snapshot.of(PORTS)
    found: dict[str, list[str]] = {}
    for one in ports.listeners.values() if ports else ():
        told = f"{one.port}/{one.protocol}"
        if one.unit and one.unit not in _ENGINES and told not in found.setdefault(one.unit, []):
            found[one.unit].append(told)
    return found


def _says(unit: Unit, ports: list[str]) -> str:
    told = f"ports {', '.join(ports[:_MOST_PORTS])}" if ports else ""
    return "; ".join(part for part in (unit.description, told) if part)


def _state(unit: Unit) -> str:
    return "up" if unit.active_state in {"active", "reloading"} else "down"


PLUGIN = Relation(
    name="units",
    summary="Services that are units: below /etc/systemd/system, or answering at a port; and which pull others down.",
    needs=(UNITS.name, PORTS.name, QUADLETS.name, CONTAINERS.name, SETTINGS.name),
    tell=tell,
)
