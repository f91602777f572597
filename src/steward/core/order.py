"""The order of a run's durable steps, apart from what makes them durable.

begin ─> next ─┬─ act, side by side ──────────> next
├─ put back a lane ────────────> next
├─ suspended: this job ends here, another goes on when what is waited for has come
└─ nothing more ─> conclude ─> undo ─> conclude the undo
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from steward.core.turns import TurnJson
from steward.model.ids import RunId
from steward.model.run import RunState

ENDED = "ended"
"""What carrying out a run gives that may not begin or go on."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The runner's steps, each made durable in some way; see `core.runs.Runner` for what they do."""

    begin: Callable[[RunId], Awaitable[list[list[str]]]]
    next: Callable[[RunId], Awaitable[TurnJson]]
    act: Callable[[RunId, str], Awaitable[str]]
    put_back: Callable[[RunId, str], Awaitable[list[tuple[str, int]]]]
    conclude_lane: Callable[[RunId, str, Sequence[str]], Awaitable[str]]
    conclude: Callable[[RunId, Sequence[str]], Awaitable[str]]
    undo_list: Callable[[RunId], Awaitable[list[tuple[str, int]]]]
    undo: Callable[[RunId, str, int], Awaitable[str]]
    conclude_undo: Callable[[RunId, Sequence[str]], Awaitable[str]]


async def carry_out(steps: Steps, run_id: RunId) -> str:
    """Carry out a run until it ends or only waits; return the state it reached."""
    if not await steps.begin(run_id):
        return ENDED
    while True:
        turn = await steps.next(run_id)
        if turn["is_suspended"]:
            return RunState.SUSPENDED.value
        if not turn["act"] and not turn["put_back"]:
            return await finish(steps, run_id, turn["ends"])
        await side_by_side(steps, run_id, turn["act"])
        for lane in turn["put_back"]:
            undone = [await steps.undo(run_id, step, number) for step, number in await steps.put_back(run_id, lane)]
            await steps.conclude_lane(run_id, lane, undone)


async def side_by_side(steps: Steps, run_id: RunId, chosen: Sequence[str]) -> list[str]:
    """Act on steps that need nothing of each other; what one of them breaks off, all do."""
    tasks = [asyncio.ensure_future(steps.act(run_id, step)) for step in chosen]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def finish(steps: Steps, run_id: RunId, ends: Sequence[str]) -> str:
    """Conclude a run in which nothing more begins, and put back what must be."""
    state = await steps.conclude(run_id, ends)
    if state != RunState.UNDOING.value:
        return state
    undone = [await steps.undo(run_id, step, number) for step, number in await steps.undo_list(run_id)]
    return await steps.conclude_undo(run_id, undone)
