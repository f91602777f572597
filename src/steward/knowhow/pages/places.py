"""Where each page lies: paths made of letters, digits, dots and dashes, whatever a machine calls things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from steward.knowhow.pages.lab import Lab
from steward.model.graph import Thing
from steward.model.ids import derived
from steward.model.machine import Machine

FOLDER = "docs"
GONE = f"{FOLDER}/gone"
FOLDERS = (FOLDER, f"{FOLDER}/machines", f"{FOLDER}/services", GONE)
"""Folders of the pages."""
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Places:
    """File names of machines and services."""

    machines: Mapping[str, str]
    """By id of the machine, without the ending."""
    services: Mapping[str, str]
    """By id in the graph, without the ending."""

    def machine(self, machine: Machine) -> str:
        """Return the path of a machine's page from any folder below `docs`."""
        return f"../machines/{self.machines[machine.id]}.md"

    def service(self, thing: Thing) -> str:
        """Return the path of a service's page from any folder below `docs`."""
        return f"../services/{self.services[thing.id]}.md"


def places_of(lab: Lab) -> Places:
    """Give every machine and service a file name of its own; a service that shares its name says where it is."""
    counts = Counter(slug(thing.name) for thing in lab.services)
    wanted = {
        thing.id: slug(thing.name) if counts[slug(thing.name)] == 1 else slug(f"{thing.name}-on-{thing.machine}")
        for thing in lab.services
    }
    return Places(
        machines=_unique({machine.id: slug(machine.name) for machine in lab.machines}),
        services=_unique(wanted),
    )


def service_id(lab: Lab, thing: Thing) -> str:
    """Return the id a service keeps when its machine gets another name."""
    machine = lab.by_name.get(thing.machine)
    within = thing.id.replace(f":{thing.machine}/", ":", 1) if thing.machine else thing.id
    return derived("svc", machine.id if machine else "", within)


def slug(name: str) -> str:
    """Turn any name into one for a file."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().replace(".", "-")).strip("-")
    return plain[:_LONGEST].strip("-") or "unnamed"


def _unique(wanted: Mapping[str, str]) -> dict[str, str]:
    """Add some letters of the id to names that are taken more than once."""
    counts = Counter(wanted.values())
    return {key: name if counts[name] == 1 else f"{name}-{derived('x', key)[2:8]}" for key, name in wanted.items()}
