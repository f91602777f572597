"""Who works on this store, and what waits for them: read from the store, whoever asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from steward.core.workers import CONTROL_PLANE, pace_of
from steward.lib.record import record
from steward.lib.text import age, plural
from steward.store import workers as table
from steward.store.database import Connection, Database
from steward.store.workers import Worker


class WorkerState(StrEnum):
    """What can be said of a worker from the store."""

    ALIVE = "alive"
    DRAINING = "draining"
    """It takes no new runs and leaves."""
    SILENT = "silent"
    """Nobody heard of it for so long that its runs go to others."""


@record
class Place:
    """One process and what it says of itself."""

    name: str
    """Name."""
    id: str
    """Name and installation; what it carries out is kept under it."""
    role: str
    """`worker`, `control plane` (takes no runs), or `both`."""
    state: WorkerState
    """`alive`, `draining` or `silent`."""
    runs: int
    """Runs it carries out."""
    version: str
    """Version of the program."""
    since: datetime
    """When it joined, by the database's clock."""
    heard_at: datetime
    """When it last said that it is alive, by the database's clock."""

    @property
    def takes_runs(self) -> bool:
        """Whether it takes runs from the queue now."""
        return self.state is WorkerState.ALIVE and self.role != CONTROL_PLANE


@record
class Team:
    """Everybody who works on this store."""

    workers: tuple[Place, ...]
    """Processes by name; one that fell silent is shown for a day."""
    queued: int
    """Runs on the queue."""
    open: int
    """Runs that were approved and have not ended, those on the queue included."""
    waits_seconds: int | None
    """How long the run waits that was proposed first of those on the queue."""

    @property
    def at_work(self) -> int:
        """How many take runs now."""
        return sum(place.takes_runs for place in self.workers)

    @property
    def problem(self) -> str:
        """What a person must mend, or empty."""
        if not self.open or self.at_work:
            return ""
        runs = plural(self.open, "run") + (" waits" if self.open == 1 else " wait")
        return f"{runs}: no worker; start one with `steward worker`, or `steward up` without --no-work"

    def __str__(self) -> str:
        silent = [place.name for place in self.workers if place.state is WorkerState.SILENT]
        told = [f"{plural(self.at_work, 'worker')} at work"]
        told += [f"{', '.join(silent)} silent"] if silent else []
        told += [self._queue()] if self.queued else []
        return "; ".join(told)

    def _queue(self) -> str:
        oldest = age(timedelta(seconds=self.waits_seconds or 0))
        return f"{plural(self.queued, 'run')} on the queue, the oldest proposed {oldest} ago"


def team_of(connection: Connection, database: Database) -> Team:
    """Return everybody who works on this store, and what waits."""
    now, waiting = table.now(connection), table.waiting(connection)
    silent = pace_of(database).silent
    waits = None if waiting.oldest is None else max(0, int((now - waiting.oldest).total_seconds()))
    places = tuple(_place(worker, is_silent=now - worker.at > silent) for worker in table.listing(connection))
    return Team(workers=places, queued=waiting.queued, open=waiting.open, waits_seconds=waits)


def _place(worker: Worker, *, is_silent: bool) -> Place:
    state = WorkerState.DRAINING if worker.is_draining else WorkerState.ALIVE
    return Place(
        name=worker.name,
        id=worker.id,
        role=worker.role,
        state=WorkerState.SILENT if is_silent else state,
        runs=worker.runs,
        version=worker.version,
        since=worker.since,
        heard_at=worker.at,
    )
