"""Durable work with the real library: a run that meets an error ends, and old journals are forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from steward.core.jobs import Jobs, JobSettings
from steward.core.wishes import PlanCard
from steward.model.errors import TryLater
from steward.model.run import ENDED, RunState
from steward.store import locks
from steward.store.database import Connection
from steward.testing.stage import Core, World, step, wish

HOUR = timedelta(hours=1)


@pytest.fixture
async def durable(core: Core) -> AsyncIterator[Jobs]:
    """The stage's runner under the real library, with its enqueueing in place of the stage's."""
    settings = JobSettings(executor_id="test-1", polling_seconds=0.05)
    jobs = Jobs(database=core.storage.database, runner=core.runner, settings=settings, redact=core.redactor.json)
    await jobs.launch()
    core.proposals._enqueue = jobs.enqueue
    yield jobs
    await jobs.close()


async def ended(core: Core, card: PlanCard) -> RunState:
    async with asyncio.timeout(30):
        while (run := await core.run_of(card)).state not in ENDED:
            await asyncio.sleep(0.05)
    return run.state


async def finished(core: Core) -> None:
    async with asyncio.timeout(30):
        while await core.storage.read(_count, "status NOT IN ('SUCCESS', 'ERROR')"):
            await asyncio.sleep(0.05)


def _count(connection: Connection, where: str) -> int:
    schema = "dbos." if connection.dialect.name == "postgresql" else ""
    return connection.execute(sa.text(f"SELECT count(*) FROM {schema}workflow_status WHERE {where}")).scalar_one()


async def started(core: Core) -> PlanCard:
    card = await core.propose(wish(step("a")))
    assert await core.approve(card)
    return card


async def test_a_run_whose_step_fails_by_a_mistake_ends_and_gives_no_machine_back_unasked(
    core: Core, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(core.performer, "perform", broken)
    card = await started(core)
    assert await ended(core, card) is RunState.UNKNOWN
    assert "a mistake" in (await core.run_of(card)).reason
    assert len(await core.storage.read(locks.holders)) == 1
    await finished(core)
    await durable.reconcile(card.run, "1")
    await finished(core)
    assert (await core.run_of(card)).state is RunState.FAILED
    assert await core.storage.read(locks.holders) == ()


async def test_a_run_waits_for_a_store_that_cannot_be_written(
    core: Core, world: World, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward.core.jobs._STORE_PAUSE_SECONDS", 0.05)
    settled = core.prober.settled
    refused: list[str] = []

    async def full_once(*given: Any) -> Any:
        if not refused:
            refused.append("full")
            raise TryLater("the store cannot be written")
        return await settled(*given)

    monkeypatch.setattr(core.prober, "settled", full_once)
    card = await started(core)
    assert await ended(core, card) is RunState.VERIFIED
    assert (refused, world.host().starts("a")) == (["full"], 1)


async def test_only_the_journal_of_old_ended_work_is_forgotten(core: Core, durable: Jobs) -> None:
    card = await started(core)
    await ended(core, card)
    await finished(core)
    now = datetime.now(UTC)
    assert await durable.prune(runs_before=now - HOUR, questions_before=now - HOUR) == 0
    assert await durable.prune(runs_before=now + HOUR, questions_before=now - HOUR) == 1
    assert await core.storage.read(_count, "1 = 1") == 0
    assert (await core.run_of(card)).state is RunState.VERIFIED


class Held:
    """A step that is held in its middle until it is let go."""

    def __init__(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self._perform = core.performer.perform
        monkeypatch.setattr(core.performer, "perform", self.perform)

    async def perform(self, *given: Any) -> Any:
        self.begun.set()
        await self.go_on.wait()
        return await self._perform(*given)


async def test_a_process_that_drains_ends_its_step_begins_no_other_and_hands_the_run_over(
    core: Core, world: World, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(core, monkeypatch)
    card = await core.propose(wish(step("a"), step("b", needs=("a",))))
    assert await core.approve(card)
    await held.begun.wait()
    assert durable.runs == 1
    draining = asyncio.create_task(durable.drain(30))
    await asyncio.sleep(0.1)
    assert not draining.done()
    held.go_on.set()
    assert await draining
    assert (world.host().starts("a"), world.host().starts("b")) == (1, 0)
    assert durable.runs == 0
    assert await core.storage.read(_count, "status = 'ENQUEUED'") == 1


async def test_a_step_that_takes_too_long_is_left_to_whoever_takes_the_run(
    core: Core, world: World, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(core, monkeypatch)
    card = await started(core)
    await held.begun.wait()
    assert not await durable.drain(0)
    assert await core.storage.read(_count, "status = 'ENQUEUED'") == 1
    held.go_on.set()
    await asyncio.sleep(0.1)
    assert world.host().starts("a") == 0
    await durable.close()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())  # the library takes the loop's with it
    await durable.launch()
    assert await ended(core, card) is RunState.VERIFIED
    assert world.host().starts("a") == 1


async def test_who_is_told_twice_to_leave_waits_for_no_step(
    core: Core, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(core, monkeypatch)
    await started(core)
    await held.begun.wait()
    draining = asyncio.create_task(durable.drain(3600))
    await asyncio.sleep(0.1)
    durable.hurry()
    async with asyncio.timeout(30):
        assert not await draining
    assert await core.storage.read(_count, "status = 'ENQUEUED'") == 1


async def test_who_was_overtaken_lets_go_and_the_run_is_carried_on_from_the_queue(
    core: Core, world: World, durable: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(core, monkeypatch)
    card = await started(core)
    await held.begun.wait()
    assert await durable.begun() == {"test-1": 1}
    await durable.withdraw()
    assert (durable.runs, world.host().starts("a")) == (0, 0)
    held.go_on.set()
    await durable.requeue(["somebody-else"])
    assert await durable.begun() == {"test-1": 1}
    await durable.requeue(["test-1"])
    assert await ended(core, card) is RunState.VERIFIED
    assert world.host().starts("a") == 1
