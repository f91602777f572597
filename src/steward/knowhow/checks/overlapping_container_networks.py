"""Find networks of containers that hide addresses of the networks around their machine."""

from __future__ import annotations

import ipaddress

from steward.knowhow.facts.container_networks import PLUGIN as NETWORKS
from steward.knowhow.facts.container_networks import ContainerNetwork, ContainerNetworks, Route
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "overlapping_container_networks"
_WIDEST = 9
"""Prefix from which a route means a network; wider ones are how VPNs take everything."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each network that overlaps; only bridges have addresses of their own."""
    networks = snapshot.of(NETWORKS)
    if networks is None:
        return ()
    own = {one.interface for one in networks.networks.values()}
    pairs = ((name, one, _hidden(networks, one, own)) for name, one in networks.networks.items())
    return tuple(_finding(snapshot, name, one, route) for name, one, route in pairs if route is not None)


def _hidden(networks: ContainerNetworks, one: ContainerNetwork, own: set[str]) -> Route | None:
    """Return a route of the machine, no engine's own, whose addresses are also those of a network."""
    if one.driver != "bridge":
        return None
    stretches = [stretch for text in one.subnets if (stretch := _stretch(text)) is not None]
    others = [route for route in networks.routes if route.interface not in own]
    found = (
        route for route in others if (wide := _stretch(route.subnet)) and any(wide.overlaps(each) for each in stretches)
    )
    return next(found, None)


def _stretch(text: str) -> ipaddress.IPv4Network | None:
    try:
        stretch = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None
    return stretch if stretch.prefixlen >= _WIDEST else None


def _finding(snapshot: Snapshot, name: str, one: ContainerNetwork, route: Route) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.NETWORK, name, one.engine, fact=NETWORKS.name)
    subnets = ", ".join(one.subnets)
    return this.finding(
        f"network {visible_line(name)} of {one.engine} on {snapshot.machine.name} ({subnets}) overlaps {route.subnet},"
        f" reached through {visible_line(route.interface)}",
        Severity.WARNING if route.is_attached else Severity.WATCH,
        (
            this.seen("subnets", subnets),
            this.seen("route", route.subnet),
            this.seen("interface", route.interface),
        ),
        if_nothing=(
            "Machines whose addresses are in both cannot be reached from here or from its containers, or answer to"
            " nobody."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Networks of containers that overlap one the machine stands in (warning) or has a route to (watch).",
    needs=(NETWORKS.name,),
    run=run,
)
