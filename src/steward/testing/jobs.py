"""Durable work without its library: the same order of steps, a queue in the store and a journal that survives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa

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
        connection.execute(sa.text("INSERT INTO test_queue (run) VALUES (:run)"), {"run": run_id})

    async def queued(self) -> list[RunId]:
        """Return everything that was ever put on the queue, doubles included."""
        return await self._storage.read(_queued)

    async def carry_on(self) -> None:
        """Carry out every queued run, from where the journal ends."""
        for run_id in await self.queued():
            await self.run(run_id)

    async def run(self, run_id: RunId) -> str:
        """Carry out one run; `waiting` while another one holds its machine."""
        waves = await self._runner.begin(run_id) if f"{run_id}/begin" not in self._journal else []
        if waves is None:
            return "waiting"
        waves = await self._step(f"{run_id}/begin", lambda: _given(waves))
        ends: list[str] = []
        for wave in waves:
            ends += await self._wave(run_id, wave)
            if not all(end.startswith("ok") for end in ends):
                break
        return await self._finish(run_id, run_id, ends) if waves else "ended"

    async def reconcile(self, run_id: RunId) -> str:
        """Ask what became of a run whose outcome is unknown."""
        ends = await self._runner.reconcile(run_id)
        if ends is None:
            return RunState.UNKNOWN.value
        attempt = f"{run_id}:{sum(key.endswith('/conclude') for key in self._journal)}"
        return await self._finish(attempt, run_id, ends)

    async def _wave(self, run_id: RunId, wave: Sequence[str]) -> list[str]:
        tasks = [asyncio.ensure_future(self._act(run_id, step)) for step in wave]
        try:
            return await asyncio.gather(*tasks)
        finally:  # after a crash in one step its neighbors are gone too
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _act(self, run_id: RunId, step: str) -> str:
        return await self._step(f"{run_id}/act/{step}", lambda: self._runner.act(run_id, step))

    async def _finish(self, attempt: str, run_id: RunId, ends: Sequence[str]) -> str:
        state = await self._step(f"{attempt}/conclude", lambda: self._runner.conclude(run_id, ends))
        if state != RunState.UNDOING.value:
            return state
        listed = await self._step(f"{attempt}/undo_list", lambda: self._runner.undo_list(run_id))
        undone = [await self._undo(attempt, run_id, step, number) for step, number in listed]
        return await self._step(f"{attempt}/conclude_undo", lambda: self._runner.conclude_undo(run_id, undone))

    async def _undo(self, attempt: str, run_id: RunId, step: str, number: int) -> str:
        return await self._step(f"{attempt}/undo/{step}/{number}", lambda: self._runner.undo(run_id, step, number))

    async def _step(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        while name not in self._journal:
            try:
                self._journal[name] = json.dumps(await call())
            except Overtaken:
                await asyncio.sleep(_PAUSE_SECONDS)
        return json.loads(self._journal[name])


async def _given(value: Any) -> Any:
    return value


def _queued(connection: Connection) -> list[RunId]:
    return [RunId(row.run) for row in connection.execute(sa.text("SELECT run FROM test_queue ORDER BY rowid"))]
