"""The executor of guests: one conversation with a shell in the guest is one channel of its parent."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from steward.adapters.executors.guests.parents import Parents, blaming
from steward.lib.runner import Source, source
from steward.model.errors import LinkLost, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.machine import Machine
from steward.ports.executor import Guard, OnOutput, Order, Report
from steward.ports.runner import OpenTalk, Runner, Talk


class GuestExecutor:
    """Carries commands into guests; how a shell is begun there is left to each kind of guest."""

    def __init__(self, parents: Parents, *, text: Source | None = None) -> None:
        self._parents = parents
        self._runner = Runner(text=text or source(), new_nonce=lambda: secrets.token_hex(16))

    @abstractmethod
    def opened(self, machine: Machine, *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        """Begin a shell in the guest.

        Raises:
            Unreachable, NeedsPerson: nothing was sent.
        """

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run every reading in one round trip and return outputs by reading name."""
        try:
            return await self._runner.read(machine.name, self._looking(machine), readings)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to it, and wait for its end."""
        return await self._runner.run(
            machine.name, lambda: self.opened(machine, is_order=True), order, on_output, guard
        )

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the guest knows of a key."""
        try:
            return await self._runner.ask(machine.name, self._looking(machine), key)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def end(self, machine: Machine, key: str) -> None:
        """End the process group of a running order."""
        try:
            await self._runner.end(machine.name, self._looking(machine), key)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Make the guest obey this control plane from now on."""
        try:
            await self._runner.take_over(machine.name, self._looking(machine), fence)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def host_key(self, machine: Machine) -> str:
        """Return the fingerprint its parent presents now: a guest has none of its own."""
        parent, way = self._parents.way(machine)
        async with blaming(machine):
            return await way.host_key(parent)

    async def close(self) -> None:
        """Do nothing: connections are the parent's."""

    def _looking(self, machine: Machine) -> OpenTalk:
        return lambda: self.opened(machine, is_order=False)


def _unreachable(error: LinkLost) -> Unreachable:
    return Unreachable(error.what, where=error.where, why=error.why, next_step=error.next_step)
