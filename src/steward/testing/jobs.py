"""Durable work without its library: the same order of steps, a queue in the store and a journal that survives."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from steward.core.order import Steps, carry_out, finish
from steward.core.runs import Runner
from steward.core.step_log import Overtaken
from steward.core.storage import Storage
from steward.model.ids import RunId
from steward.model.run import RunState
from steward.store.database import Connection

_PAUSE_SECONDS = 0.02
Journal = dict[str, str]
"""What each finished step returned, as JSON; a step that is not in here is called again."""


class InlineJobs:
    """Carries queued runs out in the caller's task."""

    def __init__(self, *, storage: Storage, runner: Runner, journal: Journal) -> None:
        self._storage = storage
        self._runner = runner
        self._journal = journal
        with storage.database.write() as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS test_queue (run TEXT NOT NULL)"))

    def enqueue(self, connection: Connection, run_id: RunId) -> None:
        """Put a run on the queue in the caller's transaction; nothing keeps it from being there twice."""
        self._put(connection, run_id)

    def wake(self, connection: Connection, run_id: RunId, turn: str) -> None:
        """Put a run that waited back on the queue."""
        self._put(connection, f"{run_id}:{turn}")

    def _put(self, connection: Connection, job: str) -> None:
        connection.execute(sa.text("INSERT INTO test_queue (run) VALUES (:run)"), {"run": job})

    async def queued(self) -> list[RunId]:
        """Return everything that was ever put on the queue, doubles included; a turn is told by its run and name."""
        return await self._storage.read(_queued)

    async def carry_on(self) -> None:
        """Carry out every queued job, from where the journal ends."""
        for job in await self.queued():
            await self.run(job)

    async def run(self, job: RunId) -> str:
        """Carry out one job; `waiting` while another run holds one of its machines."""
        run_id = RunId(job.partition(":")[0])
        if f"{job}/begin/{run_id}" not in self._journal:
            waves = await self._runner.begin(run_id)
            if waves is None:
                return "waiting"
            self._journal[f"{job}/begin/{run_id}"] = json.dumps(waves)
        return await carry_out(self._steps(job), run_id)

    async def reconcile(self, run_id: RunId) -> str:
        """Ask what became of a run whose outcome is unknown."""
        ends = await self._runner.reconcile(run_id)
        if ends is None:
            return RunState.UNKNOWN.value
        attempt = f"{run_id}:reconcile{sum('/conclude/' in key for key in self._journal)}"
        return await finish(self._steps(attempt), run_id, ends)

    def _steps(self, job: str) -> Steps:
        """Return the runner's steps, each journaled by what it was asked and how often."""
        asked: Counter[str] = Counter()

        def durable(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def step(*given: Any) -> Any:
                name = "/".join([job, method.__name__, *(str(each) for each in given)])
                asked[name] += 1
                return await self._step(f"{name}/{asked[name]}" if asked[name] > 1 else name, lambda: method(*given))

            return step

        runner = self._runner
        return Steps(
            begin=durable(runner.begin),
            next=durable(runner.next),
            act=durable(runner.act),
            put_back=durable(runner.put_back),
            conclude_lane=durable(runner.conclude_lane),
            conclude=durable(runner.conclude),
            undo_list=durable(runner.undo_list),
            undo=durable(runner.undo),
            conclude_undo=durable(runner.conclude_undo),
        )

    async def _step(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        while name not in self._journal:
            try:
                self._journal[name] = json.dumps(await call())
            except Overtaken:
                await asyncio.sleep(_PAUSE_SECONDS)
        return json.loads(self._journal[name])


def _queued(connection: Connection) -> list[RunId]:
    return [RunId(row.run) for row in connection.execute(sa.text("SELECT run FROM test_queue ORDER BY rowid"))]
