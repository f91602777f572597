"""What the store knows of the lab, as the pages need it: facts as records again, whatever was restarted meanwhile."""

from __future__ import annotations

import logging

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
    stored = {row.machine: row for row in await desk.storage.read(facts.all_latest)}
    found = await desk.storage.read(findings.still_open)
    known = {machine.id: machine for machine in machines}
    return Lab(
        machines=machines,
        seen={key: _snapshot(machine, stored[key]) for key, machine in known.items() if key in stored},
        findings=tuple(finding for finding in found if finding.machine in known),
        graph=await desk.graph(),
        now=desk.clock.now(),
    )


def held(lab: Lab) -> frozenset[tuple[str, str]]:
    """Return `(machine, fact)` where the last look could not tell services: what was not looked at is not gone."""
    return frozenset(
        (machine.id, told)
        for machine in lab.machines
        for told, needed in _TELLS.items()
        if (seen := lab.seen.get(machine.id)) is None or set(needed) & set(seen.unread)
    )


def _snapshot(machine: Machine, row: facts.StoredFacts) -> Snapshot:
    values = {fact.name: value for fact in _READ if (value := _value(fact, row)) is not None}
    return Snapshot(machine=machine, at=row.at, values=values, unread=row.unread)


def _value(fact: AnyFact, row: facts.StoredFacts) -> object | None:
    """Return one fact as a record; None where it is not known, or another version of Steward wrote it."""
    if fact.name not in row.values:
        return None
    try:
        return decode(value_type(fact), row.values[fact.name])
    except CodecError as error:
        _log.info("the stored fact %s of %s is of another version: %s", fact.name, row.machine, error)
        return None
