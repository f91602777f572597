"""Which machine a host name or address means, as far as the inventory and the machines themselves tell."""

from __future__ import annotations

from collections.abc import Callable

from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.model.machine import Machine, Transport
from steward.model.relation import Lab

_SELF = frozenset({"localhost", "127.0.0.1", "::1"})


def finder(lab: Lab) -> Callable[[str], Machine | None]:
    """Return what finds a machine by name, address, own host name or the first part of one; None for several."""
    owners: dict[str, dict[str, Machine]] = {}
    for machine in lab.machines:
        snapshot = lab.seen.get(machine.id)
        system = snapshot.of(SYSTEM) if snapshot else None
        address = machine.address if machine.transport is not Transport.LOCAL else ""
        for name in _spellings(machine.name, address, system.host_name if system else ""):
            owners.setdefault(name, {})[machine.id] = machine

    def find(host: str) -> Machine | None:
        found = owners.get(host.strip("[]").lower().rstrip("."), {})
        return next(iter(found.values())) if len(found) == 1 else None

    return find


def _spellings(*names: str) -> set[str]:
    found: set[str] = set()
    for name in (name.lower().rstrip(".") for name in names):
        short = name.partition(".")[0]
        is_address = ":" in name or short.isdigit()
        found |= {name} if is_address else {name, short}
    return found - _SELF - {""}
