"""Units of systemd, containers, and ports somebody listens on."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Containers
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ports import Ports
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Units
from steward.model.measure import Measure


def unit(seen: Units, argument: str, _: datetime) -> str | None:
    """Return the state of a unit; a name without a kind is that of a service."""
    one = seen.find(argument) or seen.find(f"{argument}.service")
    return one.active_state if one else None


def failed_units(seen: Units, _argument: str, _: datetime) -> int:
    """Return how many units have failed."""
    return sum(one.active_state == "failed" for one in seen.units.values())


def container(seen: Containers, argument: str, _: datetime) -> str | None:
    """Return the state of a container."""
    one = seen.containers.get(argument)
    return one.state if one else None


def container_health(seen: Containers, argument: str, _: datetime) -> str | None:
    """Return what a container's own check says."""
    one = seen.containers.get(argument)
    return None if one is None else one.health or "none"


def port(seen: Ports, argument: str, _: datetime) -> bool:
    """Tell whether somebody listens on a port: `443`, `udp 53`."""
    protocol, _space, number = argument.rpartition(" ")
    wanted = f"{protocol.strip().lower() or 'tcp'} {number}"
    return any(one.name == wanted for one in seen.listeners.values())


PLUGINS = (
    Measure(
        name="UNIT",
        summary="State of a unit of systemd: `active`, `inactive`, `failed`, `activating`, `deactivating`.",
        fact=UNITS,
        take=unit,
        argument="unit",
        is_argument_needed=True,
        missing="absent",
        example='[UNIT nginx.service] == "active"',
    ),
    Measure(
        name="FAILED_UNITS",
        summary="How many units of systemd have failed.",
        fact=UNITS,
        take=failed_units,
        example="[FAILED_UNITS] == 0",
    ),
    Measure(
        name="CONTAINER",
        summary="State of a container: `running`, `restarting`, `exited`, `paused`, `created`, `dead`.",
        fact=CONTAINERS,
        take=container,
        argument="container",
        is_argument_needed=True,
        missing="absent",
        example='[CONTAINER web] == "running"',
    ),
    Measure(
        name="CONTAINER_HEALTH",
        summary="What a container's own check says: `healthy`, `unhealthy`, `starting`; `none` without one.",
        fact=CONTAINERS,
        take=container_health,
        argument="container",
        is_argument_needed=True,
        missing="absent",
        example='[CONTAINER_HEALTH web] == "healthy"',
    ),
    Measure(
        name="PORT",
        summary="Whether somebody on the machine listens on a port of TCP, or with `udp` before it of UDP.",
        fact=PORTS,
        take=port,
        argument="port",
        is_argument_needed=True,
        example="[PORT 443]",
    ),
)
