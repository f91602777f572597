"""Look at every machine, judge what is seen, and keep what was found."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from steward.core.events import Events
from steward.core.look import Look
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.engines.health.notices import NOTICE_CHECKS, notices
from steward.engines.health.remember import answered, remembered
from steward.engines.health.unseen import EDIT_CHECK, FAILED_CHECK, KEY_CHECK, REACH_CHECK, edited, failed, unseen
from steward.lib.codec import encode
from steward.model.check import Check
from steward.model.errors import NeedsPerson, StewardError
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.history import NO_PAST, Past
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.principal import STEWARD
from steward.ports.clock import Clock
from steward.store import differences, history
from steward.store import facts as facts_table
from steward.store import findings as findings_table
from steward.store.database import Connection

_AT_ONCE = 64
_COSTLY_AT_ONCE = 2
"""Machines whose costly facts are read side by side: guests share a host, and an update check takes seconds of it."""
_ASKED_AT_ONCE = 4
"""Machines that are asked about from outside side by side."""
_PATIENCE_SECONDS = 10.0
"""How long a round waits for its slowest machine: time for a hundred healthy ones, and no machine delays it longer."""
_log = logging.getLogger("steward.scan")


_UNREAD_PAUSE = timedelta(minutes=10)
"""How soon a fact is tried again that could not be read: somebody may have given the right for it."""
_PAST_SECONDS = 600.0
"""How long what was measured before is good enough for a judgment: a day's growth does not change in ten minutes."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What one look at a machine gave."""

    checked: tuple[str, ...]
    """Checks that ran to their end; what they no longer find is over."""
    found: tuple[Finding, ...]
    """What is wrong."""
    snapshot: Snapshot | None = None
    """What was read, or None where nothing could be."""
    fresh: frozenset[str] = frozenset()
    """Facts that were read at this look; the others are from before."""
    answers: bool | None = None
    """Whether the machine answered; None where it did and is not trusted."""


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
        self._turns: dict[MachineId, asyncio.Lock] = {}
        self._past: dict[MachineId, tuple[float, Past]] = {}
        self._costly = asyncio.Semaphore(_COSTLY_AT_ONCE)
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._always = [name for name, fact in look.facts.items() if not fact.pause]
        self._seldom = [name for name, fact in look.facts.items() if fact.pause]
        self._doubted: dict[MachineId, set[str]] = {}
        self._with_past = frozenset(name for check in self._checks for name in check.history)
        self.seen: dict[MachineId, Snapshot] = {}
        """The last look at each machine."""

    async def all(self) -> None:
        """Look at every machine of the inventory, and wait for the slowest."""
        await self.machines(self._workspace.inventory().machines)

    async def round(self) -> None:
        """Look at every machine that nobody is looking at; one that takes long goes on into the next round."""
        machines = self._workspace.inventory().machines
        for machine in machines:
            if machine.id not in self._looking:
                self._looking[machine.id] = asyncio.create_task(self.one(machine, is_patient=False))
        if self._looking:
            await asyncio.wait(self._looking.values(), timeout=_PATIENCE_SECONDS)
        ended = [machine for machine, task in self._looking.items() if task.done()]
        results = await asyncio.gather(*(self._looking.pop(machine) for machine in ended), return_exceptions=True)
        _raise_first(results)

    async def close(self) -> None:
        """Stop looking."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def machines(self, machines: Iterable[Machine]) -> None:
        """Look at these machines, side by side; each is looked at, whatever happens at another."""
        _raise_first(await asyncio.gather(*(self.one(machine) for machine in machines), return_exceptions=True))

    async def afresh(self, machines: Iterable[Machine]) -> None:
        """Look at these machines and read everything, also what is read seldom."""
        looks = (self.one(machine, is_afresh=True) for machine in machines)
        _raise_first(await asyncio.gather(*looks, return_exceptions=True))

    async def one(self, machine: Machine, *, is_patient: bool = True, is_afresh: bool = False) -> None:
        """Look at one machine and keep what was found; a machine that cannot be looked at is itself a finding.

        Looks at one machine take turns: else the slow reading of one would be thrown away, or bring back what is over,
        when a quick one began later. What is quickly read comes first. What costs much and is due again is read after
        it, on few machines at a time; who is not patient leaves that to a later look when too many are at it.
        """
        async with self._turns.setdefault(machine.id, asyncio.Lock()):
            await self._one(machine, is_patient=is_patient, is_afresh=is_afresh)

    async def _one(self, machine: Machine, *, is_patient: bool, is_afresh: bool) -> None:
        seen = self.seen.get(machine.id)
        if seen is not None and seen.machine != machine:
            del self.seen[machine.id]
        if is_afresh:
            self._doubted[machine.id] = set(self._seldom)
        elif seen is not None and seen.machine == machine and await self._has_run_since(seen):
            self._doubted[machine.id] = {name for name in self._seldom if self._is_of_machine(name)}
        async with self._slots:
            is_seen = await self._look_at(machine, self._always)
        for names, slots in self._in_order(self._due(machine)) if is_seen else ():
            if is_patient or not slots.locked():
                async with slots:
                    await self._look_at(machine, names)

    def _in_order(self, due: Sequence[str]) -> list[tuple[list[str], asyncio.Semaphore]]:
        """Return what is read on the machine before what is asked from outside: that follows from it."""
        views = [name for name in due if self._look.facts[name].view]
        steps = (([name for name in due if name not in views], self._costly), (views, self._asking))
        return [(names, slots) for names, slots in steps if names]

    async def _look_at(self, machine: Machine, names: Sequence[str]) -> bool:
        """Read these facts, judge, keep; tell whether it could be looked at."""
        try:
            looked = await self._looked(machine, names)
        except NeedsPerson as error:
            await asyncio.to_thread(self._quarantine, machine, error)
            await self._keep(machine, self._unseen(machine, KEY_CHECK, error))
            return False
        except StewardError as error:
            await self._keep(machine, replace(self._unseen(machine, REACH_CHECK, error), answers=False))
            return False
        snapshot = carried_on(self.seen.get(machine.id), looked, past=await self._past_of(machine))
        self.seen[machine.id] = snapshot
        self._doubted.get(machine.id, set()).difference_update(names)
        await self._keep(machine, replace(self._judge(machine, snapshot), fresh=frozenset(names), answers=True))
        return True

    async def _looked(self, machine: Machine, names: Sequence[str]) -> Snapshot:
        known = self.seen.get(machine.id)
        if names and known is not None and all(self._look.facts[name].view for name in names):
            return await self._look.from_outside(known, names)
        return await self._look.at(machine, names)

    async def _has_run_since(self, seen: Snapshot) -> bool:
        """Tell whether a run of Steward's worked on a machine after it was seen: nothing old is believed then."""
        now = self._clock.now()
        return await self._storage.read(differences.run_between, seen.machine.id, seen.at, now) is not None

    def _due(self, machine: Machine) -> list[str]:
        """Return what is read seldom and is due: all but what was read, or found unreadable, a short time ago."""
        seen, doubted = self.seen.get(machine.id), self._doubted.get(machine.id, set[str]())
        return [name for name in self._seldom if seen is None or name in doubted or self._is_old(seen, name)]

    def _is_of_machine(self, name: str) -> bool:
        view = self._look.facts[name].view
        return view is None or view.is_of_machine

    def _is_old(self, seen: Snapshot, name: str) -> bool:
        pause, age = self._look.facts[name].pause, self._clock.now() - seen.read_at(name)
        if name in seen.unread:
            return age >= min(pause, _UNREAD_PAUSE)
        return name not in seen.values or age >= pause

    async def _past_of(self, machine: Machine) -> Past:
        if not self._with_past:
            return NO_PAST
        at, past = self._past.get(machine.id, (None, NO_PAST))
        now = self._clock.monotonic()
        if at is None or now - at > _PAST_SECONDS:
            past = await self._storage.read(_past, machine.id, self._with_past, self._clock.now())
            self._past[machine.id] = (now, past)
        return past

    def _judge(self, machine: Machine, snapshot: Snapshot) -> Judged:
        """Run every check whose facts are there; one that breaks down is a finding and stops no other."""
        checked, found = [REACH_CHECK, KEY_CHECK, FAILED_CHECK], list[Finding]()
        for check in self._checks:
            if not set(check.needs) <= set(snapshot.values):
                continue
            try:
                found += check.run(snapshot)
            except Exception as error:  # noqa: BLE001 - a plug-in's mistake is told, and costs its own check only
                _log.exception("the check %s broke down on %s", check.name, machine.name)
                mistake = self._events.masked(f"{type(error).__name__}: {error}")
                found.append(failed(machine, check.name, mistake, self._clock.now()))
            else:
                checked.append(check.name)
        return Judged(checked=tuple(checked), found=tuple(found), snapshot=snapshot)

    def _unseen(self, machine: Machine, check: str, error: StewardError) -> Judged:
        """Say why a machine cannot be looked at: a banner, say, is as little to be trusted as an output."""
        found = unseen(machine, check, self._events.masked(str(error)), self._clock.now())
        return Judged(checked=(REACH_CHECK, KEY_CHECK), found=(found,))

    async def _keep(self, machine: Machine, judged: Judged) -> None:
        edits = edited(machine, self._workspace.loosened(machine.id), self._clock.now())
        checked, found = (*judged.checked, EDIT_CHECK), (*judged.found, *edits)
        whole = replace(judged, checked=checked, found=found)
        await self._storage.write(self._store, machine, whole)

    def _store(self, connection: Connection, machine: Machine, judged: Judged) -> None:
        told = notices(connection, machine, self._clock.now())
        checked, found = (*judged.checked, *NOTICE_CHECKS), (*judged.found, *told)
        delta = findings_table.observe(
            connection, machine=machine.id, checked=checked, findings=found, at=self._clock.now()
        )
        if judged.answers is not None:
            answered(connection, machine.id, at=self._clock.now(), is_up=judged.answers)
        if snapshot := judged.snapshot:
            values = {name: encode(value) for name, value in snapshot.values.items()}
            is_newest = facts_table.save(
                connection, machine=machine.id, at=snapshot.at, values=values, unread=dict(snapshot.unread)
            )
            if is_newest:
                self._remember(connection, snapshot, judged.fresh)
        for finding in delta.opened:
            self._events.add(connection, "finding.opened", finding.id, actor=STEWARD.id, data={"title": finding.title})
        for finding in delta.closed:
            self._events.add(connection, "finding.closed", finding.id, actor=STEWARD.id, data={"title": finding.title})

    def _remember(self, connection: Connection, snapshot: Snapshot, fresh: frozenset[str]) -> None:
        """Keep the numbers of this look, and tell what is not as it was."""
        for each in remembered(connection, self._look.facts, snapshot, fresh):
            what = f"{each.subject}: {each.before or 'nothing'} became {each.after or 'nothing'}"
            actor = each.run or each.author.value
            self._events.add(connection, "machine.changed", snapshot.machine.id, actor=actor, data={"text": what})

    def _quarantine(self, machine: Machine, error: NeedsPerson) -> None:
        """Stop sending anything to a machine whose confirmed host key is no longer the one it shows."""
        if not machine.host_key or machine.quarantined:
            return
        try:
            self._workspace.quarantine(machine.id, error.why or error.what)
        except StewardError as problem:  # it is in force by the record, and the pinned key keeps everything from it
            _log.warning("the quarantine of %s cannot be noted in the inventory yet: %s", machine.name, problem)


def carried_on(before: Snapshot | None, now: Snapshot, *, past: Past) -> Snapshot:
    """Return a look together with what an earlier one knows of the facts that were not read again."""
    if before is None:
        return replace(now, past=past)
    is_new = {*now.values, *now.unread}
    values = {name: value for name, value in before.values.items() if name not in is_new}
    unread = {name: why for name, why in before.unread.items() if name not in is_new}
    read = {name: before.read_at(name) for name in (*values, *unread)}
    return replace(now, values=values | dict(now.values), unread=unread | dict(now.unread), read=read, past=past)


def _past(connection: Connection, machine: MachineId, facts: frozenset[str], now: datetime) -> Past:
    return history.load(connection, machine=machine, facts=facts, now=now)


def _raise_first(results: Iterable[BaseException | None]) -> None:
    """Raise the first mistake, after every machine was looked at; the others are logged, each with its traceback."""
    problems = [problem for problem in results if problem is not None]
    for problem in problems[1:]:
        _log.error("a look at a machine failed", exc_info=problem)
    if problems:
        raise problems[0]
