"""What is known of all machines at once, as typed values: the newest looks, from memory or from the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_type_hints

from steward.core.look import AnyFact
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.codec import CodecError, decode
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.registered import DeclaredIn
from steward.model.relation import Lab
from steward.store import facts as facts_table
from steward.store.database import Connection
from steward.store.facts import StoredFacts

_log = logging.getLogger("steward.known")


class Known:
    """Keeps what was read from the store in memory until a newer look replaces it."""

    def __init__(
        self,
        *,
        storage: Storage,
        workspace: WorkspaceFiles,
        seen: Callable[[MachineId], Snapshot | None],
        declared: Callable[[], tuple[DeclaredIn, ...]] = tuple,
    ) -> None:
        """`seen` gives the last look of this process: it needs no reading, and knows how old each fact is."""
        self._declared = declared
        self._storage = storage
        self._workspace = workspace
        self._seen = seen
        self._kept: dict[MachineId, Snapshot] = {}
        self._kinds: tuple[AnyFact, ...] = ()
        self._types: dict[str, type[Any]] = {}

    async def lab(self, facts: tuple[AnyFact, ...]) -> Lab:
        """Return what is known of the machines of the inventory, of these facts only."""
        if facts != self._kinds:
            self._kinds, self._types, self._kept = facts, {fact.name: value_type(fact) for fact in facts}, {}
        machines = self._workspace.inventory().machines
        moments = await self._storage.read(facts_table.moments)
        stale = [machine for machine in machines if self._is_stale(machine, moments)]
        rows = await self._storage.read(_rows, tuple(machine.id for machine in stale)) if stale else {}
        for machine in stale:
            self._kept[machine.id] = await asyncio.to_thread(self._typed, machine, rows[machine.id])
        found = {machine.id: self._newest(machine) for machine in machines}
        seen = {key: one for key, one in found.items() if one is not None}
        return Lab(machines=machines, seen=seen, declared=await asyncio.to_thread(self._declared))

    def _is_stale(self, machine: Machine, moments: Mapping[MachineId, datetime]) -> bool:
        """Tell whether the store knows of a newer look than memory does."""
        at, newest = moments.get(machine.id), self._newest(machine)
        if at is None:
            self._kept.pop(machine.id, None)
            return False
        return newest is None or newest.at < at

    def _newest(self, machine: Machine) -> Snapshot | None:
        """Return the newest look in memory, of the machine as the inventory has it now."""
        looks = (self._seen(machine.id), self._kept.get(machine.id))
        found = [look for look in looks if look is not None and look.machine == machine]
        return max(found, key=lambda look: look.at, default=None)

    def _typed(self, machine: Machine, row: StoredFacts) -> Snapshot:
        """Turn a stored look into typed values; what another version wrote otherwise is as good as not read."""
        values: dict[str, object] = {}
        unread = dict(row.unread)
        for name, kind in self._types.items():
            if name not in row.values:
                continue
            try:
                values[name] = decode(kind, row.values[name])
            except CodecError:
                _log.info("the stored fact %s of %s has another form; it is read again soon", name, machine.name)
                unread[name] = "it was stored by another version of Steward; it is read again soon"
        return Snapshot(machine=machine, at=row.at, values=values, unread=unread)


def value_type(fact: AnyFact) -> type[Any]:
    """Return the record a fact gives: what its parser, or the conclusion of its view, says it returns.

    Raises:
        KeyError: it does not say.
    """
    return get_type_hints(fact.view.conclude if fact.view else fact.parse)["return"]


def _rows(connection: Connection, machines: tuple[MachineId, ...]) -> dict[MachineId, StoredFacts]:
    found = (facts_table.latest(connection, machine) for machine in machines)
    return {row.machine: row for row in found if row is not None}
