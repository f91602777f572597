"""Being one of several processes on a store: say so every second, notice who fell silent, withdraw when overtaken.

    join ─> tick, tick, tick ... ─┬─> drain ─> leave
      ↑                           │
      └───────── withdraw <───────┴─ a tick is refused: this process was silent, and others carry its runs out

Nobody can tell a dead process from one that was stopped or cut off. So its runs go back to the queue after five
seconds, and what keeps them from happening twice if it lives is not this file: it is the step's attempt in the store
and the marker on the machine.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from steward.core.storage import Storage
from steward.model.errors import Conflict, TryLater
from steward.ports.clock import Clock
from steward.store import workers as table
from steward.store.database import Connection, Database
from steward.store.workers import Worker

_log = logging.getLogger("steward.workers")
BOTH, CONTROL_PLANE, WORKER = "both", "control plane", "worker"
"""Roles: a control plane by itself only puts runs on the queue."""
_JOIN_PAUSE_SECONDS = 0.5
_KEPT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a process says that it is alive, and after what silence its runs are given to others."""

    beat_seconds: float
    """Pause between two beats."""
    silent: timedelta
    """Silence after which others take over."""
    sweep: timedelta
    """Pause between two looks for runs of executors nobody knows."""


SERVER_PACE = Pace(beat_seconds=1.0, silent=timedelta(seconds=5), sweep=timedelta(seconds=5))
"""On a database server, where workers are on other machines."""
FILE_PACE = Pace(beat_seconds=5.0, silent=timedelta(seconds=25), sweep=timedelta(seconds=30))
"""On a file, where every beat is an fsync and a process that died is started again on the same machine."""


def pace_of(database: Database) -> Pace:
    """Return how often those who work on this store say that they are alive."""
    return SERVER_PACE if database.path is None else FILE_PACE


class Carried(Protocol):
    """The durable work this process carries out."""

    @property
    def runs(self) -> int:
        """Return how many runs this process carries out."""
        ...

    async def begun(self) -> Mapping[str, int]:
        """Return how much work is begun and not ended, by the executor that has it."""
        ...

    async def requeue(self, executors: Collection[str]) -> None:
        """Give back to the queue what these executors had begun."""
        ...

    async def withdraw(self) -> None:
        """Let go of every run carried out here."""
        ...

    async def drain(self, seconds: float) -> bool:
        """Take nothing new and wait for the steps that run; return whether all ended in time."""
        ...


class Membership:
    """Whether this process still has its place; asked again right before an order is sent."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        """Id, which is the executor id of durable work."""
        self.epoch: int | None = None
        """Epoch to beat with; None before joining, 0 after being overtaken."""

    def is_current(self, connection: Connection) -> bool:
        """Tell whether nobody took this process's place or its runs; true for one that never joined."""
        return self.epoch is None or table.is_current(connection, self.worker, self.epoch)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a process says of itself."""

    name: str
    """Name."""
    role: str
    """Role."""
    version: str
    """Version of the program."""


class Workers:
    """This process among the others."""

    def __init__(self, *, storage: Storage, jobs: Carried, membership: Membership, card: Card, clock: Clock) -> None:
        self.pace = pace_of(storage.database)
        self.is_asked_to_leave = False
        """Whether somebody asked for `drain`."""
        self._is_file = storage.database.path is not None
        self._storage = storage
        self._jobs = jobs
        self._membership = membership
        self._card = card
        self._clock = clock
        self._beaten: datetime | None = None
        self._steady_since: datetime | None = None
        self._swept: datetime | None = None

    async def join(self) -> None:
        """Take this process's place among the workers.

        Raises:
            Conflict: another live process has this name.
        """
        seen: Worker | None = None
        while (holder := await self._storage.write(self._join)) is not None:
            if seen is not None and (holder.id, holder.epoch) == (seen.id, seen.epoch) and holder.at > seen.at:
                raise _taken(holder)
            seen = holder
            await self._clock.sleep(_JOIN_PAUSE_SECONDS)

    async def tick(self) -> None:
        """Say that this process is alive, and give back the runs of those that are not.

        Raises:
            Conflict: another live process has this name now; nothing is carried out here any more.
        """
        is_due = await self._storage.write(self._beat)
        if is_due is None:
            await self._withdraw()
        elif is_due:
            await self._adopt()

    async def drain(self, seconds: float) -> None:
        """Take no new runs, let running steps end, hand over the rest and leave."""
        with suppress(TryLater):  # a store that is away is told by silence
            await self._storage.write(table.drain, self._membership.worker)
        if not await self._jobs.drain(seconds):
            _log.warning("a step still runs on its machine; whoever takes its run attaches to it")
        with suppress(TryLater):
            await self._storage.write(table.leave, self._membership.worker, self._membership.epoch or 0)

    def _join(self, connection: Connection) -> Worker | None:
        now = table.now(connection)
        for holder in table.listing(connection):
            if holder.name == self._card.name and not self._is_over(holder, now):
                return holder
        mine = Worker(
            id=self._membership.worker,
            name=self._card.name,
            role=self._card.role,
            version=self._card.version,
            boot=self._clock.boot(),
            since=now,
            at=now,
        )
        self._membership.epoch = table.join(connection, mine)
        self._beaten = self._steady_since = None
        return None

    def _is_over(self, holder: Worker, now: datetime) -> bool:
        """Tell whether whoever had this name lives no more: silent, or of this installation, whose lease we hold.

        The lease of the data folder is the kernel's; on another boot it may be another machine with a copy of it. A
        process that joins again lost its place to somebody, so then only silence counts.
        """
        is_same_machine = self._is_file or holder.boot == self._clock.boot()
        is_before = self._membership.epoch is None and holder.id == self._membership.worker and is_same_machine
        return is_before or now - holder.at > self.pace.silent

    def _beat(self, connection: Connection) -> bool | None:
        """Beat; return whether it is time to look after the silent, None when the beat was refused."""
        now = table.now(connection)
        if not self._membership.epoch or not table.beat(
            connection, self._membership.worker, epoch=self._membership.epoch, runs=self._jobs.runs, at=now
        ):
            return None
        everybody = table.listing(connection)
        self.is_asked_to_leave = any(one.is_draining for one in everybody if one.id == self._membership.worker)
        if not self._is_steady(now):
            return False
        is_news = any(not worker.adopted_by and now - worker.at > self.pace.silent for worker in everybody)
        if is_news or self._swept is None or now - self._swept >= self.pace.sweep:
            self._swept = now
            return True
        return False

    def _is_steady(self, now: datetime) -> bool:
        """Tell whether this process could beat for long enough to blame others for not having done so."""
        gap = timedelta(seconds=2.5 * self.pace.beat_seconds)
        if self._beaten is None or self._steady_since is None or not timedelta() <= now - self._beaten <= gap:
            self._steady_since = now
        self._beaten = now
        return now - self._steady_since >= self.pace.silent

    async def _adopt(self) -> None:
        begun = await self._jobs.begun()
        dead = await self._storage.write(self._mark, frozenset(begun))
        if dead:
            count = sum(begun[executor] for executor in dead)
            _log.warning("taking back %d that %s had begun and did not end", count, ", ".join(sorted(dead)))
            await self._jobs.requeue(dead)

    def _mark(self, connection: Connection, executors: frozenset[str]) -> frozenset[str]:
        """Refuse the silent from now on; return which of the executors do not live."""
        now = table.now(connection)
        alive: set[str] = {self._membership.worker}
        for worker in table.listing(connection):
            if now - worker.at <= self.pace.silent:
                alive.add(worker.id)
            elif not worker.adopted_by:
                table.adopt(connection, worker, by=self._card.name)
        table.forget(connection, now - _KEPT)
        return executors - alive

    async def _withdraw(self) -> None:
        """Let go of everything, then begin anew; what was begun under the old epoch goes back to the queue."""
        _log.warning("this process was silent for too long, and others carry out its runs; it begins anew")
        self._membership.epoch = 0
        await self._jobs.withdraw()
        await self.join()
        await self._jobs.requeue([self._membership.worker])


def _taken(holder: Worker) -> Conflict:
    return Conflict(
        f"another worker is called {holder.name}",
        where=holder.id,
        why="it said so within the last second",
        next_step="give this one another name with STEWARD_WORKER",
    )
