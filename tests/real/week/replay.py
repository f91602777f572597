"""An executor that tells again what machines once said, as it would be at another time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from steward.model.fact import CommandOutput, Reading
from steward.model.machine import Machine
from tests.real.week.life import Live
from tests.real.week.world import World

NOTHING = CommandOutput(exit_code=127, stdout="", stderr="not found")
"""What a machine says to a command it does not have."""


@dataclass
class Actor:
    """One machine of the week: what it said, and what moves in it."""

    outputs: Mapping[str, CommandOutput]
    live: Mapping[str, Live]
    world: World

    def say(self, reading: str) -> CommandOutput:
        """Return the output of a reading (`fact/reading`) at the time the world has now."""
        output = self.outputs.get(reading, NOTHING)
        change = self.live.get(reading)
        return output if change is None or output.exit_code != 0 else replace(output, stdout=self._told(change, output))

    def _told(self, change: Live, output: CommandOutput) -> str:
        return change(output.stdout, self.world)


class Replay:
    """The reading half of `ports.executor.Executor`: the week changes nothing on machines."""

    def __init__(self, actors: Mapping[str, Actor]) -> None:
        self._actors = actors

    def turn(self, now: datetime) -> None:
        """Let it be another time on all machines."""
        for actor in self._actors.values():
            actor.world.now = now

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Answer every reading."""
        actor = self._actors[machine.name]
        return {reading.name: actor.say(reading.name) for reading in readings}

    async def close(self) -> None:
        """Nothing is open."""
