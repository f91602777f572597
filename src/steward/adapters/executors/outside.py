"""Machines on which nothing can be executed: whether they answer is all that can be seen of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

from steward.lib.record import record
from steward.model.errors import NotAllowed, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.machine import Machine, Transport
from steward.ports.executor import Guard, OnOutput, Order, Report


@record
class OutsideSettings:
    """Settings of the executor for machines that are watched from outside."""

    connect_seconds: int = 5
    """Longest a connection to the port may take."""


class OutsideExecutor:
    """Connects to the port of a machine of transport `none` and hangs up; sends nothing to anybody."""

    def __init__(self, settings: OutsideSettings) -> None:
        self._settings = settings

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Tell of every reading that it cannot be run; a machine that does not answer is unreachable.

        Raises:
            Unreachable: nobody answers at its port.
        """
        if machine.transport is Transport.NONE:
            await self._knock(machine)
            why = "it is only watched from outside"
        else:
            why = "its facts come from an API, and no source for it is set up"
        told = CommandOutput(exit_code=None, stdout="", stderr=f"nothing is executed on {machine.name}: {why}")
        return {reading.name: told for reading in readings}

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Refuse.

        Raises:
            NotAllowed: always; nothing was sent.
        """
        del order, on_output, guard
        raise _refusal(machine)

    async def ask(self, machine: Machine, key: str) -> Report:
        """Refuse.

        Raises:
            NotAllowed: always.
        """
        del key
        raise _refusal(machine)

    async def end(self, machine: Machine, key: str) -> None:
        """Refuse.

        Raises:
            NotAllowed: always.
        """
        del key
        raise _refusal(machine)

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Refuse.

        Raises:
            NotAllowed: always.
        """
        del fence
        raise _refusal(machine)

    async def host_key(self, machine: Machine) -> str:
        """Return nothing: no key proves who answers, and nothing is ever sent there."""
        del machine
        return ""

    async def close(self) -> None:
        """Do nothing: no connection is kept."""

    async def _knock(self, machine: Machine) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                _, writer = await asyncio.open_connection(machine.address, machine.port)
        except (OSError, TimeoutError) as error:
            number = getattr(error, "errno", None)
            why = os.strerror(number) if number and number > 0 else f"no answer in {self._settings.connect_seconds} s"
            raise Unreachable("does not answer", where=machine.name, why=f"port {machine.port}: {why}") from error
        writer.transport.abort()


def _refusal(machine: Machine) -> NotAllowed:
    return NotAllowed(
        f"nothing can be executed on {machine.name}",
        why=f"its transport is `{machine.transport.value}`",
        next_step="to act there, give it a transport that leads to a shell: ssh, docker, pct or qm",
    )
