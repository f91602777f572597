"""The scheduler with a real store and a moved clock; what it starts is a row in the ledger of runs, and nothing else.

A life can end at any point and another begin on the same store, as a restart would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from steward.core.arrivals import Arrivals
from steward.core.brakes import Brakes
from steward.core.events import Events
from steward.core.schedules import why_no_schedule
from steward.core.storage import Storage
from steward.core.trigger_files import TriggerFiles
from steward.core.trigger_text import TriggerWords
from steward.core.work_starting import Begun, Start
from steward.knowhow.triggers import event, hook, ping, schedule
from steward.lib.io.ids import new_id
from steward.lib.redact import Redactor
from steward.model.errors import Conflict, StewardError, TryLater
from steward.model.event import Event
from steward.model.ids import PlanId, RunId
from steward.model.run import RunState
from steward.model.trigger import Occurrence, OccurrenceState, TriggerState
from steward.reactor.absence import Absence
from steward.reactor.launching import Launcher
from steward.reactor.own_events import OwnEvents
from steward.reactor.scheduler import Scheduler
from steward.reactor.telling import Telling
from steward.store import events as events_table
from steward.store import occurrences, plans, runs, trigger_states
from steward.store.database import Connection, Database
from steward.testing.clock import MovedClock
from steward.testing.places import MemoryFlag, MemoryRepository
from tests.unit.store import cases

KINDS = {plugin.name: plugin for plugin in (schedule.PLUGIN, hook.PLUGIN, ping.PLUGIN, event.PLUGIN)}
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Ledger:
    """Starts work by writing a run that somebody else would carry out."""

    storage: Storage
    clock: MovedClock
    reached: Callable[[str], None]
    is_asked: bool = False
    errors: list[BaseException] = field(default_factory=list)
    """Raised by the next starts, one each."""

    async def __call__(self, start: Start) -> Begun:
        if self.errors:
            raise self.errors.pop(0)
        self.reached("ledger.before")
        run = RunId(new_id("run"))
        await self.storage.write(self._keep, start, run)
        self.reached("ledger.after")
        return Begun(run=run, is_asked=self.is_asked)

    def _keep(self, connection: Connection, start: Start, run: RunId) -> None:
        if plans.get(connection, PlanId("plan-1")) is None:
            cases.propose(connection)
        state = RunState.WAITING if self.is_asked else RunState.QUEUED
        row = cases.run().__class__(id=run, plan="plan-1", change="chg-1", state=state, created=self.clock.now())
        runs.insert(connection, row)
        assert start.claim is not None
        given = {"run": run, "at": self.clock.now(), "is_asked": self.is_asked}
        if not occurrences.begin(connection, start.claim.occurrence, by=start.claim.by, **given):
            raise Conflict("somebody else starts this occurrence")


class CutStorage(Storage):
    """A store that can be away for the next so many transactions."""

    cut = 0

    async def read(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._demand()
        return await super().read(function, *args, **kwargs)

    async def write(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._demand()
        return await super().write(function, *args, **kwargs)

    def _demand(self) -> None:
        if self.cut > 0:
            self.cut -= 1
            raise TryLater("the store is away")


class Clockwork:
    """One world: a store, files, a clock; lives of the scheduler come and go in it."""

    def __init__(self, url: str, *, worker: str = "here", clock: MovedClock | None = None) -> None:
        self.url = url
        self.worker = worker
        self.clock = clock or MovedClock(START)
        self.repository = MemoryRepository()
        self.flag = MemoryFlag()
        self.reached: Callable[[str], None] = _nothing
        self.start()

    def start(self) -> None:
        """Begin a life."""
        self.storage = CutStorage(Database(self.url))
        redactor = Redactor()
        self.events = Events(clock=self.clock, redactor=redactor)
        self.brakes = Brakes(storage=self.storage, flag=self.flag, clock=self.clock)
        words = TriggerWords(kinds=KINDS, why_no_schedule=why_no_schedule)
        self.files = TriggerFiles(repository=self.repository, words=words)
        self.arrivals = Arrivals(
            storage=self.storage, files=self.files, events=self.events, redactor=redactor, clock=self.clock
        )
        self.telling = Telling(self.events)
        self.ledger = Ledger(storage=self.storage, clock=self.clock, reached=self._reach)
        launcher = Launcher(
            storage=self.storage,
            clock=self.clock,
            works={"command": self.ledger},
            telling=self.telling,
            reached=self._reach,
        )
        self.launcher = launcher
        self.scheduler = Scheduler(
            storage=self.storage,
            files=self.files,
            brakes=self.brakes,
            launcher=launcher,
            telling=self.telling,
            clock=self.clock,
            worker=self.worker,
            zone="UTC",
            reached=self._reach,
        )
        self.own_events = OwnEvents(storage=self.storage, files=self.files, arrivals=self.arrivals)
        self.absence = Absence(
            storage=self.storage,
            files=self.files,
            arrivals=self.arrivals,
            telling=self.telling,
            clock=self.clock,
            zone="UTC",
        )

    def _reach(self, point: str) -> None:
        self.reached(point)

    async def end(self) -> None:
        """End this life, whatever it is doing."""
        self.reached = _nothing
        await self.scheduler.close()
        self.storage.close()

    async def restart(self) -> None:
        """End it and begin another one on the same store."""
        await self.end()
        self.start()

    def put(self, name: str, text: str) -> None:
        """Write a trigger's file by hand."""
        self.repository.edit(f"triggers/{name}.yaml", text)

    def every(self, name: str, span: str = "10m", more: str = "") -> None:
        """Write a schedule."""
        self.put(name, f"kind: schedule\nschedule: {{every: {span}}}\nstarts: {{command: unit.restart}}\n{more}")

    async def tick(self, seconds: float = 0) -> None:
        """Let time pass, look once, and wait for what was begun."""
        self.clock.advance(seconds)
        await self.own_events.tick()
        await self.absence.tick()
        await self.scheduler.tick()
        await self.scheduler.settled()

    async def pass_time(self, seconds: float, *, step: float = 60) -> None:
        """Let time pass with a look every `step` seconds."""
        passed = 0.0
        while passed < seconds:
            await self.tick(min(step, seconds - passed))
            passed += step

    async def rows(self, name: str | None = None) -> list[Occurrence]:
        """Return occurrences, oldest first."""
        return list(reversed(await self.storage.read(occurrences.listing, trigger=name, limit=10_000)))

    async def states(self, name: str | None = None) -> list[str]:
        """Return where they stand, oldest first."""
        return [row.state.value for row in await self.rows(name)]

    async def count(self) -> Counter[OccurrenceState]:
        """Return how many there are in each state."""
        return Counter(row.state for row in await self.rows())

    async def state(self, name: str) -> TriggerState:
        """Return what is kept of a trigger."""
        found = await self.storage.read(trigger_states.get, name)
        assert found is not None
        return found

    async def run_count(self) -> int:
        """Return how many runs there are, the one every plan begins with left out."""
        return len(await self.storage.read(runs.listing, limit=100_000)) - 1

    async def finish(self, to: RunState = RunState.VERIFIED, *, reason: str = "") -> None:
        """Let every run that goes on end like this, along the arrows."""
        path = {
            RunState.VERIFIED: (RunState.QUEUED, RunState.RUNNING, RunState.VERIFYING, RunState.VERIFIED),
            RunState.FAILED: (RunState.QUEUED, RunState.RUNNING, RunState.FAILED),
            RunState.DENIED: (RunState.DENIED,),
        }[to]

        def write(connection: Connection) -> None:
            for row in occurrences.open_ones(connection):
                for state in path if row.run else ():
                    runs.move(connection, RunId(str(row.run)), to=state, at=self.clock.now(), reason=reason)

        await self.storage.write(write)

    async def told(self, kind: str) -> list[Event]:
        """Return the events of a kind."""
        return [each for each in await self.storage.read(events_table.after, 0, limit=100_000) if each.kind == kind]

    def fail_next(self, *errors: StewardError) -> None:
        """Let the next starts fail."""
        self.ledger.errors += errors


def _nothing(_point: str) -> None:
    """Go on."""
