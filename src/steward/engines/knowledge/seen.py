"""What is known of the lab, as the pages need it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from steward.core.desk import Desk
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
from steward.model.graph import Graph
from steward.store import findings

DOCUMENTED = tuple(
    fact.name
    for fact in (
        system.PLUGIN,
        arrays.PLUGIN,
        backups.PLUGIN,
        container_settings.PLUGIN,
        containers.PLUGIN,
        disks.PLUGIN,
        filesystems.PLUGIN,
        kernel.PLUGIN,
        links.PLUGIN,
        memory.PLUGIN,
        pools.PLUGIN,
        ports.PLUGIN,
        units.PLUGIN,
    )
)
"""Facts the pages need."""
_TELLS = {
    containers.PLUGIN.name: (containers.PLUGIN.name, container_settings.PLUGIN.name),
    units.PLUGIN.name: (units.PLUGIN.name,),
}
"""By the fact that told a service: what must be read before it can be called gone."""


async def lab_of(desk: Desk) -> Lab:
    """Put together what the pages are written from."""
    known, graph = await desk.lab(), await desk.graph()
    ids = {machine.id for machine in known.machines}
    found = await desk.storage.read(findings.still_open)
    return Lab(
        machines=known.machines,
        seen=known.seen,
        findings=tuple(finding for finding in found if finding.machine in ids),
        graph=await asyncio.to_thread(_without_secrets, graph, desk.events.masked),
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
