"""Look at every machine, judge what is seen, and keep what was found."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from steward.core.events import Events
from steward.core.look import Look
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.codec import encode
from steward.model.check import Check
from steward.model.errors import NeedsPerson, StewardError
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId, MachineId, derived
from steward.model.machine import Machine
from steward.model.observation import Observation
from steward.model.principal import STEWARD
from steward.model.resource import ResourceKind, resource_on
from steward.ports.clock import Clock
from steward.store import facts as facts_table
from steward.store import findings as findings_table
from steward.store.database import Connection

REACH_CHECK = "machine_unreachable"
KEY_CHECK = "host_key"
_AT_ONCE = 64
_PATIENCE_SECONDS = 10.0
"""How long a round waits for its slowest machine: time for a hundred healthy ones, and no machine delays it longer."""
_log = logging.getLogger("steward.scan")


class Scanner:
    """Looks at machines side by side; a slow one delays nobody."""

    def __init__(
        self,
        *,
        look: Look,
        checks: Sequence[Check],
        storage: Storage,
        workspace: WorkspaceFiles,
        events: Events,
        clock: Clock,
    ) -> None:
        self._look = look
        self._checks = tuple(checks)
        self._storage = storage
        self._workspace = workspace
        self._events = events
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._looking: dict[MachineId, asyncio.Task[None]] = {}
        self._kept: dict[MachineId, float] = {}
        self.seen: dict[MachineId, Snapshot] = {}
        """The last look at each machine."""

    async def all(self) -> None:
        """Look at every machine of the inventory, and wait for the slowest."""
        await self.machines(self._workspace.inventory().machines)

    async def round(self) -> None:
        """Look at every machine that nobody is looking at; one that takes long goes on into the next round."""
        for machine in self._workspace.inventory().machines:
            if machine.id not in self._looking:
                self._looking[machine.id] = asyncio.create_task(self.one(machine))
        if self._looking:
            await asyncio.wait(self._looking.values(), timeout=_PATIENCE_SECONDS)
        ended = [machine for machine, task in self._looking.items() if task.done()]
        results = await asyncio.gather(*(self._looking.pop(machine) for machine in ended), return_exceptions=True)
        for problem in results:
            if problem is not None:
                raise problem

    async def close(self) -> None:
        """Stop looking."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def machines(self, machines: Iterable[Machine]) -> None:
        """Look at these machines, side by side."""
        await asyncio.gather(*(self.one(machine) for machine in machines))

    async def one(self, machine: Machine) -> None:
        """Look at one machine and keep what was found; a machine that cannot be looked at is itself a finding.

        A look that was overtaken by one that began later is not kept: it would bring back what is over.
        """
        async with self._slots:
            began = self._clock.monotonic()
            try:
                snapshot = await self._look.at(machine)
            except NeedsPerson as error:
                await asyncio.to_thread(self._quarantine, machine, error)
                await self._keep_unseen(machine, KEY_CHECK, error)
                return
            except StewardError as error:
                if self._is_newest(machine, began):
                    await self._keep_unseen(machine, REACH_CHECK, error)
                return
        if not self._is_newest(machine, began):
            return
        self.seen[machine.id] = snapshot
        ran = [check for check in self._checks if set(check.needs) <= set(snapshot.values)]
        found = [finding for check in ran for finding in check.run(snapshot)]
        checked = [*(check.name for check in ran), REACH_CHECK, KEY_CHECK]
        await self._storage.write(self._keep, machine.id, checked, found, snapshot)

    def _is_newest(self, machine: Machine, began: float) -> bool:
        if self._kept.get(machine.id, began) > began:
            return False
        self._kept[machine.id] = began
        return True

    async def _keep_unseen(self, machine: Machine, check: str, error: StewardError) -> None:
        finding = _unseen(machine, check, error, self._clock)
        await self._storage.write(self._keep, machine.id, [REACH_CHECK, KEY_CHECK], [finding], None)

    def _keep(
        self,
        connection: Connection,
        machine: MachineId,
        checked: list[str],
        found: list[Finding],
        snapshot: Snapshot | None,
    ) -> None:
        now = self._clock.now()
        delta = findings_table.observe(connection, machine=machine, checked=checked, findings=found, at=now)
        if snapshot is not None:
            values = {name: encode(value) for name, value in snapshot.values.items()}
            facts_table.save(connection, machine=machine, at=snapshot.at, values=values, unread=dict(snapshot.unread))
        for finding in delta.opened:
            self._events.add(connection, "finding.opened", finding.id, actor=STEWARD.id, data={"title": finding.title})
        for finding in delta.closed:
            self._events.add(connection, "finding.closed", finding.id, actor=STEWARD.id, data={"title": finding.title})

    def _quarantine(self, machine: Machine, error: NeedsPerson) -> None:
        """Stop sending anything to a machine whose confirmed host key is no longer the one it shows."""
        if not machine.host_key or machine.quarantined:
            return
        try:
            self._workspace.change_machine(machine.id, author=STEWARD, quarantined=error.why or error.what)
        except StewardError as problem:  # the pinned key still keeps everything from being sent
            _log.warning("the quarantine of %s cannot be written down yet: %s", machine.name, problem)


def _unseen(machine: Machine, check: str, error: StewardError, clock: Clock) -> Finding:
    resource = resource_on(machine.id, ResourceKind.MACHINE, machine.name)
    needs_person = check == KEY_CHECK
    evidence = Observation(
        resource=resource.id, name="problem", value=str(error), source=f"connecting to {machine.name}", at=clock.now()
    )
    confirmed = bool(machine.host_key)
    title = f"{machine.name} does not answer"
    if needs_person:
        title = f"{machine.name} shows another host key" if confirmed else f"{machine.name} is not confirmed yet"
    return Finding(
        id=FindingId(derived("find", check, resource.id)),
        check=check,
        title=title,
        severity=Severity.WATCH if needs_person and not confirmed else Severity.DOWN,
        resource=resource,
        machine=machine.id,
        evidence=(evidence,),
        if_nothing="Steward cannot see this machine and will not send anything to it"
        if needs_person
        else "nothing on this machine is watched, and nothing of it can be repaired from here",
    )
