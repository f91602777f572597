"""What the checks of open ports share: whose a port is, and the evidence for it."""

from __future__ import annotations

import ipaddress

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.outside_ports import PLUGIN as OUTSIDE_PORTS
from steward.knowhow.facts.outside_ports import OutsidePort
from steward.knowhow.facts.ports import EVERYWHERE, Listener, Ports
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.observation import Observation
from steward.model.resource import ResourceKind


def port_case(check: str, snapshot: Snapshot, one: Listener) -> Case:
    """Open a case about a port, by protocol and number."""
    return case(check, snapshot, ResourceKind.PORT, one.name, "ss")


def open_everywhere(snapshot: Snapshot, ports: Ports) -> dict[str, Listener]:
    """Return what is open at all addresses, with what containers publish: by the kernel's rules nobody listens."""
    containers = snapshot.of(CONTAINERS)
    running = () if containers is None else containers.containers.values()
    published = [
        Listener(protocol=port.protocol, port=port.port, address=port.address, device="", unit="", program="")
        for one in running
        if one.state == "running"
        for port in one.ports
        if port.address in EVERYWHERE
    ]
    return {one.name: one for one in published} | ports.everywhere()


def owner_of(snapshot: Snapshot, one: Listener) -> str:
    """Return whose a port is: the container that publishes it, else unit, else program; empty when nobody tells."""
    containers = snapshot.of(CONTAINERS)
    for name, container in () if containers is None else containers.containers.items():
        if any((port.protocol, port.port) == (one.protocol, one.port) for port in container.ports):
            return visible_line(f"container {name}")
    return visible_line(one.unit or one.program)


def tried_from_outside(snapshot: Snapshot, one: Listener) -> OutsidePort | None:
    """Return how a port answered when it was tried from elsewhere, or None when it was not."""
    outside = snapshot.of(OUTSIDE_PORTS)
    return None if outside is None else outside.ports.get(one.name)


def is_public(address: str) -> bool:
    """Tell whether an address is one of the internet."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def port_evidence(this: Case, snapshot: Snapshot, one: Listener) -> tuple[Observation, ...]:
    """Return protocol, port, address and owner."""
    owner, tried = owner_of(snapshot, one), tried_from_outside(snapshot, one)
    return (
        this.seen("port", one.port),
        this.seen("protocol", one.protocol),
        this.seen("address", one.address),
        *([this.seen("owner", owner)] if owner else []),
        *([this.seen("from_elsewhere", tried.reach)] if tried else []),
    )
