"""Being one of several processes on a store: join, beat, adopt, withdraw, drain; on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta

import pytest

from steward.core.storage import Storage
from steward.core.workers import WORKER, Card, Membership, Pace, Workers
from steward.model.errors import Conflict
from steward.store import workers as table
from steward.store.database import Connection, Database
from steward.store.workers import Worker
from steward.testing.clock import MovedClock

PATIENT = Pace(beat_seconds=1.0, silent=timedelta(days=1), sweep=timedelta(0))
"""Nobody is ever called silent."""
HASTY = Pace(beat_seconds=1000.0, silent=timedelta(minutes=-1), sweep=timedelta(0))
"""Everybody else is silent at once, also in the very millisecond in which they were heard."""


class Durable:
    """Durable work that only remembers what it was told."""

    def __init__(self) -> None:
        self.runs = 0
        self.pending: dict[str, int] = {}
        self.told: list[str] = []
        self.at_withdrawal: Callable[[], None] = lambda: None

    async def begun(self) -> Mapping[str, int]:
        return self.pending

    async def requeue(self, executors: Collection[str]) -> None:
        self.told.append(f"requeue {' '.join(sorted(executors))}")

    async def withdraw(self) -> None:
        self.told.append("withdraw")
        self.at_withdrawal()

    async def drain(self, seconds: float) -> bool:
        self.told.append(f"drain {seconds:g}")
        self.at_withdrawal()
        return True


class Life(MovedClock):
    """A clock whose passing lets others live."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Process] = []

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        for process in self.meanwhile:
            await process.workers.tick()


class Process:
    """One process on the store."""

    def __init__(self, storage: Storage, clock: Life, name: str, installation: str, pace: Pace) -> None:
        self.storage = storage
        self.durable = Durable()
        self.membership = Membership(f"{name}@{installation}")
        card = Card(name=name, role=WORKER, version="1.0")
        self.workers = Workers(storage=storage, jobs=self.durable, membership=self.membership, card=card, clock=clock)
        self.workers.pace = pace

    def is_current(self) -> bool:
        with self.storage.database.read() as connection:
            return self.membership.is_current(connection)

    def row(self) -> Worker | None:
        with self.storage.database.read() as connection:
            return table.get(connection, self.membership.worker)


@pytest.fixture
def clock() -> Life:
    return Life()


@pytest.fixture
def process(database: Database, clock: Life) -> Iterator[Callable[..., Process]]:
    """Make processes on one store."""
    storage = Storage(database)

    def make(name: str = "shed-1", installation: str = "aaaa", pace: Pace = PATIENT) -> Process:
        return Process(storage, clock, name, installation, pace)

    yield make
    storage.close()


async def test_a_name_that_another_living_process_has_is_refused(process: Callable[..., Process], clock: Life):
    first, second = process(), process(installation="bbbb")
    await first.workers.join()
    clock.meanwhile.append(first)
    with pytest.raises(Conflict, match="another worker is called shed-1"):
        await second.workers.join()
    assert first.is_current()


async def test_a_silent_one_loses_its_name(process: Callable[..., Process]):
    first, second = process(), process(installation="bbbb", pace=HASTY)
    await first.workers.join()
    await second.workers.join()
    assert second.is_current()


async def test_a_process_started_again_takes_its_own_place_at_once_and_the_one_before_is_refused(
    process: Callable[..., Process],
):
    first, again = process(), process()
    await first.workers.join()
    await again.workers.join()
    assert again.is_current()
    assert not first.is_current()


async def test_who_was_replaced_withdraws_and_is_told_that_its_name_is_taken(
    process: Callable[..., Process], clock: Life
):
    first, again = process(), process()
    await first.workers.join()
    await again.workers.join()
    clock.meanwhile.append(again)
    with pytest.raises(Conflict):
        await first.workers.tick()
    assert first.durable.told == ["withdraw"]
    assert not first.is_current()
    assert again.is_current()


async def test_the_runs_of_a_silent_worker_go_back_to_the_queue(process: Callable[..., Process]):
    dead, heir = process("shed-1"), process("shed-2", pace=HASTY)
    await dead.workers.join()
    await heir.workers.join()
    heir.durable.pending = {"shed-1@aaaa": 2, "shed-2@aaaa": 1}
    await heir.workers.tick()
    assert heir.durable.told == ["requeue shed-1@aaaa"]
    row = dead.row()
    assert row is not None
    assert row.adopted_by == "shed-2"
    assert not dead.is_current()


async def test_the_runs_of_the_living_stay_with_them(process: Callable[..., Process]):
    one, other = process("shed-1"), process("shed-2")
    await one.workers.join()
    await other.workers.join()
    other.workers.pace = Pace(beat_seconds=1000.0, silent=timedelta(minutes=5), sweep=timedelta(0))
    other.durable.pending = {"shed-1@aaaa": 2}
    now = await other.storage.read(table.now)
    other.workers._beaten, other.workers._steady_since = now, now - timedelta(hours=1)
    await other.workers.tick()
    assert other.durable.told == []
    assert one.is_current()


async def test_runs_of_an_executor_nobody_knows_go_back_to_the_queue(process: Callable[..., Process]):
    heir = process("shed-2", pace=HASTY)
    await heir.workers.join()
    heir.durable.pending = {"a-name-from-before": 1}
    await heir.workers.tick()
    assert heir.durable.told == ["requeue a-name-from-before"]


async def test_a_process_that_itself_could_not_beat_blames_nobody(process: Callable[..., Process]):
    pace = Pace(beat_seconds=1.0, silent=timedelta(seconds=0.2), sweep=timedelta(0))
    dead, woken = process("shed-1"), process("shed-2", pace=pace)
    await dead.workers.join()
    await woken.workers.join()
    with woken.storage.database.write() as connection:
        _hear_long_ago(connection, dead)
    woken.durable.pending = {"shed-1@aaaa": 1}
    now = await woken.storage.read(table.now)
    woken.workers._beaten, woken.workers._steady_since = now - timedelta(minutes=1), now - timedelta(hours=1)
    await woken.workers.tick()
    assert woken.durable.told == []
    assert dead.is_current()


async def test_one_that_was_overtaken_lets_go_of_everything_before_it_begins_anew(process: Callable[..., Process]):
    woken, heir = process("shed-1"), process("shed-2", pace=HASTY)
    await woken.workers.join()
    await heir.workers.join()
    await heir.workers.tick()
    seen: list[bool] = []
    woken.durable.at_withdrawal = lambda: seen.append(woken.is_current())
    woken.workers.pace = HASTY
    await woken.workers.tick()
    assert seen == [False]
    assert woken.durable.told == ["withdraw", "requeue shed-1@aaaa"]
    assert woken.is_current()
    await woken.workers.tick()
    assert woken.durable.told == ["withdraw", "requeue shed-1@aaaa"]


async def test_who_drains_says_so_and_is_gone_when_it_is_done(process: Callable[..., Process]):
    leaving = process()
    await leaving.workers.join()
    seen: list[bool] = []
    leaving.durable.at_withdrawal = lambda: seen.append((row := leaving.row()) is not None and row.is_draining)
    await leaving.workers.drain(30)
    assert seen == [True]
    assert leaving.durable.told == ["drain 30"]
    assert leaving.row() is None


async def test_a_worker_is_told_that_somebody_asked_it_to_leave(process: Callable[..., Process]):
    asked = process()
    await asked.workers.join()
    await asked.workers.tick()
    assert not asked.workers.is_asked_to_leave
    assert await asked.storage.write(table.drain, asked.membership.worker)
    await asked.workers.tick()
    assert asked.workers.is_asked_to_leave


async def test_a_process_that_never_joined_is_current(process: Callable[..., Process]):
    assert process().is_current()


def _hear_long_ago(connection: Connection, process: Process) -> None:
    epoch, at = process.membership.epoch or 0, table.now(connection) - timedelta(hours=1)
    assert table.beat(connection, process.membership.worker, epoch=epoch, runs=0, at=at)
