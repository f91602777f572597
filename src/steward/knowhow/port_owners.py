"""Which service answers at a port of a machine."""

from __future__ import annotations

from steward.knowhow.container_services import container_services, service_by_container
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.model.fact import Snapshot

_SCOPE = ("docker-", "libpod-")
"""How engines begin the name of the scope that a container runs in: its id follows."""


def port_owners(snapshot: Snapshot) -> dict[tuple[str, int], str]:
    """Return the service by protocol and port: of a container that publishes it, else of the unit that listens."""
    found: dict[tuple[str, int], str] = {}
    for service, members in container_services(snapshot).items():
        for port in (port for member in members for port in member.container.ports):
            found.setdefault((port.protocol, port.port), service)
    ports, by_container = snapshot.of(PORTS), service_by_container(snapshot)
    for one in ports.listeners.values() if ports else ():
        owner = by_container.get(_container(one.unit)) or one.unit.removesuffix(".service")
        if owner and not owner.endswith(".scope"):
            found.setdefault((one.protocol, one.port), owner)
    return found


def _container(unit: str) -> str:
    name = unit.removesuffix(".scope")
    return next((name.removeprefix(each) for each in _SCOPE if name.startswith(each)), "")
