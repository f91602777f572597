"""Ids of things in the graph: the same thing told by two relations has one id."""

from __future__ import annotations


def machine_id(machine: str) -> str:
    """Return the id of a machine."""
    return f"machine:{machine}"


def service_id(machine: str, service: str) -> str:
    """Return the id of a service on a machine."""
    return f"service:{machine}/{service}"


def storage_id(machine: str, kind: str, name: str) -> str:
    """Return the id of a `filesystem`, `pool`, `array`, `disk` or `volume group`."""
    return f"storage:{machine}/{kind} {name}"


def volume_id(machine: str, place: str) -> str:
    """Return the id of where a service keeps data: a path of the machine or the name of a volume."""
    return f"volume:{machine}/{place}"


def backup_id(machine: str, job: str) -> str:
    """Return the id of a backup job."""
    return f"backup:{machine}/{job}"


def supply_id(machine: str, supply: str) -> str:
    """Return the id of an uninterruptible power supply."""
    return f"supply:{machine}/{supply}"


def network_id(machine: str, network: str) -> str:
    """Return the id of a network of containers."""
    return f"network:{machine}/{network}"


def name_id(name: str) -> str:
    """Return the id of a name of the DNS."""
    return f"name:{name.lower()}"


def outside_id(host: str) -> str:
    """Return the id of something that is not in Steward's care."""
    return f"outside:{host.lower()}"
