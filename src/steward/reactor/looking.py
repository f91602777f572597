"""What triggers watch on machines: failed units, journals, conditions. Each is looked at again and again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from steward.core.gate import OwnTables
from steward.core.line_probes import ask
from steward.core.look import Look
from steward.core.workspace import WorkspaceFiles
from steward.knowhow.outputs import complaint
from steward.lib.canonical import digest
from steward.lib.text import visible_line
from steward.model.conditions import Verdict, verdict_of, watched_of
from steward.model.errors import InvalidInput, TryLater
from steward.model.fact import Reading, Snapshot
from steward.model.gate import judge
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.measure import AnyMeasure
from steward.model.news import News
from steward.model.policy import Verdict as Decision
from steward.model.watches import ConditionWatch, seconds_of
from steward.ports.clock import Clock
from steward.ports.event_source import Tell

_COMMAND = 'STEWARD_STATE=$1; export STEWARD_STATE; exec sh -c "$2"'
_MOST_PRINTED = 16_384
_FIRST_LOOKS = 12
"""How often the first look at a machine is waited for before that is told as trouble."""
_FIRST_LOOK_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """What is needed to look at machines."""

    workspace: WorkspaceFiles
    """The inventory."""
    look: Look
    """Runs commands that only look."""
    seen: Callable[[MachineId], Snapshot | None]
    """The last look at a machine."""
    measures: Mapping[str, AnyMeasure]
    """What readable lines measure."""
    tables: OwnTables
    """What programs do, by which a command line is judged."""
    clock: Clock
    """Time."""


class ConditionSource:
    """Implements `ports.event_source.EventSource` for a readable line or a command."""

    def __init__(self, watch: ConditionWatch, eyes: Eyes) -> None:
        self._watch = watch
        self._eyes = eyes

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Ask, tell when it came true or its state changed, wait."""
        watched = watched_of(memory)
        while True:
            verdict = await self._verdict(watched.state)
            now = self._eyes.clock.now().timestamp()
            is_due, watched = watched.judged(verdict, now=now, seconds=seconds_of(self._watch.for_))
            news = [self._news(verdict, watched.since, watched.told)] if is_due else []
            await tell(news, watched.memory())
            await self._eyes.clock.sleep(self._watch.every_seconds)

    def _news(self, verdict: Verdict, since: float | None, told: str) -> News:
        watch = self._watch
        data = {"machine": watch.machine, "message": verdict.message, "state": verdict.state}
        event_id = digest([watch.machine, repr(since), told], domain="steward-condition-v1")[:32]
        return News(event_id=event_id, says=verdict.message or f"true on {watch.machine}", data=data)

    async def _verdict(self, state: Any) -> Verdict:
        machine = await asyncio.to_thread(self._eyes.workspace.require, self._watch.machine)
        if self._watch.line:
            return await self._of_line(machine)
        return await self._of_command(machine, state)

    async def _of_line(self, machine: Machine) -> Verdict:
        snapshot = self._eyes.seen(machine.id)
        for _ in range(_FIRST_LOOKS):
            if snapshot is not None:
                break
            await self._eyes.clock.sleep(_FIRST_LOOK_SECONDS)
            snapshot = self._eyes.seen(machine.id)
        if snapshot is None:
            raise TryLater("was not looked at yet", where=machine.name)
        holds, seen = ask(self._watch.line, snapshot, self._eyes.measures)
        if holds is None:
            raise TryLater("the line cannot be asked", where=machine.name, why=seen)
        return Verdict(fire=holds, message=visible_line(seen))

    async def _of_command(self, machine: Machine, state: Any) -> Verdict:
        """Run the line as the gate wrote it anew, which it does only for what reads and nothing else."""
        tables = await asyncio.to_thread(self._eyes.tables.tables)
        judged = await asyncio.to_thread(judge, self._watch.command, tables)
        if judged.decision is not Decision.ALLOW:
            step = "use programs that only read; say what your own do in `tools/NAME.yaml`"
            raise InvalidInput("the command does not only read", where="command", why=judged.reason, next_step=step)
        words = ("sh", "-c", _COMMAND, "steward", json.dumps(state), judged.rebuilt)
        reading = Reading(name="said", argv=words, timeout_seconds=30, output_limit=_MOST_PRINTED)
        output = (await self._eyes.look.outputs(machine, [reading]))["said"]
        if output.exit_code != 0 or output.is_truncated:
            why = "it printed too much" if output.is_truncated else complaint(output)
            raise TryLater("the command failed", where=machine.name, why=why)
        try:
            return verdict_of(output.stdout)
        except ValueError as error:
            raise InvalidInput("the command printed something else", where=machine.name, why=str(error)) from error
