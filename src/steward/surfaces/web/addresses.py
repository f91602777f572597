"""Where the page of a machine, a service or another thing of the graph is."""

from __future__ import annotations

from urllib.parse import quote

NOWHERE = "-"
"""Stands for the machine of a service that is only declared, and nobody says where."""


def machine_address(name: str) -> str:
    """Return the address of a machine's page."""
    return f"/m/{quote(name, safe='')}"


def service_address(machine: str, name: str) -> str:
    """Return the address of a service's page: `/s/nas/photos`."""
    return f"/s/{quote(machine or NOWHERE, safe='')}/{quote(name, safe='/')}"


def thing_address(kind: str, machine: str, name: str) -> str:
    """Return the address of the page of a thing, or nothing where it has none."""
    if kind == "service":
        return service_address(machine, name)
    return machine_address(name) if kind == "machine" else ""
