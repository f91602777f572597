"""Which hosts machines may send requests to: each other by private address, and what the owner wrote down."""

from __future__ import annotations

import ipaddress

from steward.model.outside import OutsideRules
from steward.model.workspace import Inventory


def http_targets(inventory: Inventory, rules: OutsideRules) -> dict[str, str]:
    """Return hosts with the address each is reached at; for what the owner wrote down, the name servers tell."""
    machines = [machine for machine in inventory.machines if _is_private(machine.address)]
    names = {machine.name.lower(): machine.address for machine in machines}
    return dict.fromkeys(rules.http_targets, "") | {machine.address: "" for machine in machines} | names


def _is_private(address: str) -> bool:
    """Tell whether this is the IPv4 address of something in the lab; a loopback address means another box to each."""
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return parsed.is_private and not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)
