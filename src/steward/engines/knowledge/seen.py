"""What the store knows of the lab, as the pages need it: facts as records again, whatever was restarted meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from steward.core.desk import Desk
from steward.core.known import value_type
from steward.core.look import AnyFact
from steward.knowhow.facts import (
    arrays,
    backups,
    container_settings,
    containers,
    disks,
    filesystems,
    kernel,
    links,
    memory,
    pools,
    ports,
    units,
)
from steward.knowhow.facts import os as system
from steward.knowhow.pages.lab import Lab
from steward.lib.codec import CodecError, decode
from steward.model.fact import Snapshot
from steward.model.graph import Graph
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.store import facts, findings

_READ: tuple[AnyFact, ...] = (
    system.PLUGIN,
    arrays.PLUGIN,
    backups.PLUGIN,
    containers.PLUGIN,
    disks.PLUGIN,
    filesystems.PLUGIN,
    kernel.PLUGIN,
    links.PLUGIN,
    memory.PLUGIN,
    pools.PLUGIN,
    ports.PLUGIN,
)
"""Facts the pages are written from."""
_TELLS = {
    containers.PLUGIN.name: (containers.PLUGIN.name, container_settings.PLUGIN.name),
    units.PLUGIN.name: (units.PLUGIN.name,),
}
"""By the fact that told a service: what must be read before it can be called gone."""
_log = logging.getLogger("steward.docs")


async def lab_of(desk: Desk) -> Lab:
    """Put together what the pages are written from."""
    machines = desk.workspace.inventory().machines
    known = {machine.id for machine in machines}
    stored = await desk.storage.read(facts.all_latest)
    found = await desk.storage.read(findings.still_open)
    return Lab(
        machines=machines,
        seen=await asyncio.to_thread(_looks, machines, stored),
        findings=tuple(finding for finding in found if finding.machine in known),
        graph=await asyncio.to_thread(_without_secrets, await desk.graph(), desk.events.masked),
        now=desk.clock.now(),
    )


def _without_secrets(graph: Graph, masked: Callable[[str], str]) -> Graph:
    """Mask names before files are named after them: a value may have become a secret after it was seen."""
    every = "\n".join(thing.name for thing in graph.things)
    if masked(every) == every:
        return graph
    return replace(graph, things=tuple(replace(thing, name=masked(thing.name)) for thing in graph.things))


def held(lab: Lab) -> frozenset[tuple[str, str]]:
    """Return `(machine, fact)` where the last look could not tell services: what was not looked at is not gone."""
    return frozenset(
        (machine.id, told)
        for machine in lab.machines
        for told, needed in _TELLS.items()
        if (seen := lab.seen.get(machine.id)) is None or set(needed) & set(seen.unread)
    )


def _looks(machines: Iterable[Machine], rows: Iterable[facts.StoredFacts]) -> dict[MachineId, Snapshot]:
    """Return the last look at each machine of the inventory."""
    kinds, stored = {fact.name: value_type(fact) for fact in _READ}, {row.machine: row for row in rows}
    return {one.id: _snapshot(one, stored[one.id], kinds) for one in machines if one.id in stored}


def _snapshot(machine: Machine, row: facts.StoredFacts, kinds: Mapping[str, type[Any]]) -> Snapshot:
    """Turn what was stored into records; what another version of Steward wrote otherwise is as good as not known."""
    values: dict[str, object] = {}
    for name, kind in kinds.items():
        try:
            values |= {name: decode(kind, row.values[name])} if name in row.values else {}
        except CodecError as error:
            _log.info("the stored fact %s of %s is of another version: %s", name, machine.name, error)
    return Snapshot(machine=machine, at=row.at, values=values, unread=row.unread)
