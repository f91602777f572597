"""What the store knows of the lab, as the pages need it: facts as records again, whatever was restarted meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from steward.core.desk import Desk
from steward.knowhow.facts import (
    arrays,
    backups,
    containers,
    disks,
    filesystems,
    kernel,
    links,
    memory,
    network_mounts,
    pools,
    ports,
    supplies,
)
from steward.knowhow.facts import os as system
from steward.knowhow.pages.lab import Lab
from steward.lib.codec import CodecError, decode
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.store import facts, findings

_KINDS: Mapping[str, type[Any]] = {
    system.PLUGIN.name: system.OperatingSystem,
    arrays.PLUGIN.name: arrays.Arrays,
    backups.PLUGIN.name: backups.Backups,
    containers.PLUGIN.name: containers.Containers,
    disks.PLUGIN.name: disks.Disks,
    filesystems.PLUGIN.name: filesystems.Filesystems,
    kernel.PLUGIN.name: kernel.Kernel,
    links.PLUGIN.name: links.Links,
    memory.PLUGIN.name: memory.Memory,
    network_mounts.PLUGIN.name: network_mounts.NetworkMounts,
    pools.PLUGIN.name: pools.Pools,
    ports.PLUGIN.name: ports.Ports,
    supplies.PLUGIN.name: supplies.Supplies,
}
"""Facts the pages read."""
_TELL_SERVICES = frozenset({containers.PLUGIN.name, "units"})
"""Without one of these nobody can tell whether a service is gone or was only not seen."""
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


def held(lab: Lab) -> frozenset[MachineId]:
    """Return machines whose services could not be told at the last look: what is not seen there is not gone."""
    return frozenset(
        machine.id
        for machine in lab.machines
        if (seen := lab.seen.get(machine.id)) is None or _TELL_SERVICES & set(seen.unread)
    )


def _snapshot(machine: Machine, row: facts.StoredFacts) -> Snapshot:
    values = {name: value for name in _KINDS if name in row.values and (value := _value(name, row)) is not None}
    return Snapshot(machine=machine, at=row.at, values=values, unread=row.unread)


def _value(name: str, row: facts.StoredFacts) -> object | None:
    """Return one fact as a record; None where an older version of Steward wrote it and no look came since."""
    try:
        return decode(_KINDS[name], row.values[name])
    except CodecError as error:
        _log.info("the stored fact %s of %s is of another version: %s", name, row.machine, error)
        return None
