"""The executor: one conversation is one channel on a kept connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from steward.adapters.executors.ssh.channels import Ends, Refused, Start, command_line, shell, stream
from steward.adapters.executors.ssh.links import TRANSPORT_ERRORS, Link, Links
from steward.adapters.executors.ssh.pauses import Pauses
from steward.adapters.executors.ssh.route import Route, Routes
from steward.adapters.executors.ssh.settings import SshSettings
from steward.lib.runner import Source, source
from steward.model.errors import LinkLost, NeedsPerson, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.ports.clock import Clock
from steward.ports.executor import FindMachine, Guard, OnOutput, Order, Report
from steward.ports.runner import Runner, Talk

_CHUNK = 65_536
_ORDERS_AT_ONCE = 5
_LOOKS_AT_ONCE = 3
_GOODBYE_SECONDS = 1.0


@dataclass
class _Slots:
    """Channels of one machine: together fewer than the 10 that sshd allows, and no order can keep `end` out."""

    orders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ORDERS_AT_ONCE))
    looks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKS_AT_ONCE))


class SshExecutor:
    """Carries commands to machines over SSH.

    The login shell of a machine only ever receives one constant command; everything else travels on its input.
    """

    def __init__(
        self, settings: SshSettings, *, clock: Clock, find_machine: FindMachine, text: Source | None = None
    ) -> None:
        self._settings = settings
        self._routes = Routes(settings=settings, find_machine=find_machine)
        self._links = Links(settings, self._routes)
        self._pauses = Pauses(
            clock=clock, first_seconds=settings.pause_seconds, longest_seconds=settings.longest_pause_seconds
        )
        self._slots: dict[MachineId, _Slots] = {}
        self._runner = Runner(text=text or source(), new_nonce=lambda: secrets.token_hex(16))

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run every reading in one round trip; a kept connection that turns out dead is replaced once."""
        _require_confirmed(machine)
        self._pauses.require_over(machine)
        opened = _Opened()
        try:
            return await self._runner.read(machine.name, lambda: self._look(machine, opened), readings)
        except LinkLost as error:
            if not (opened.was_kept and opened.is_broken):
                raise _unreachable(error) from error
        try:
            return await self._runner.read(machine.name, lambda: self._look(machine), readings)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to it, and wait for its end."""
        slot = self._slots_of(machine).orders
        return await self._runner.run(
            machine.name, lambda: self._open(machine, slot, _Opened()), order, on_output, guard
        )

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the machine knows of a key."""
        try:
            return await self._runner.ask(machine.name, lambda: self._look(machine), key)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def end(self, machine: Machine, key: str) -> None:
        """End the process group of a running order."""
        try:
            await self._runner.end(machine.name, lambda: self._look(machine), key)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Make the machine obey this control plane from now on."""
        try:
            await self._runner.take_over(machine.name, lambda: self._look(machine), fence)
        except LinkLost as error:
            raise _unreachable(error) from error

    async def host_key(self, machine: Machine) -> str:
        """Return the fingerprint the machine presents now, without logging in; a person asked, so no pause holds."""
        presented = await self._links.presented(await self._routes.to(machine))
        self._pauses.worked(machine)
        return presented

    def command(self, machine: Machine, words: Sequence[str], *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        """Start one program on the machine, and speak with it."""
        return self._through(machine, command_line(words), is_order=is_order)

    def socket(self, machine: Machine, path: str, *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        """Connect to a Unix socket on the machine, as the user logged in there."""
        return self._through(machine, stream(machine.name, path), is_order=is_order)

    async def close(self) -> None:
        """Drop every connection."""
        await self._links.close()

    def _through(self, machine: Machine, start: Start, *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        slots = self._slots_of(machine)
        if not is_order:
            self._pauses.require_over(machine)
        return self._open(machine, slots.orders if is_order else slots.looks, _Opened(), start)

    def _slots_of(self, machine: Machine) -> _Slots:
        return self._slots.setdefault(machine.id, _Slots())

    def _look(self, machine: Machine, opened: _Opened | None = None) -> AbstractAsyncContextManager[Talk]:
        return self._open(machine, self._slots_of(machine).looks, opened or _Opened())

    @asynccontextmanager
    async def _open(
        self, machine: Machine, slot: asyncio.Semaphore, opened: _Opened, start: Start = shell
    ) -> AsyncGenerator[Talk, None]:
        async with slot:
            link, ends = await self._reach(machine, opened, start)
            talk = _SshTalk(machine.name, ends, opened)
            try:
                yield talk
            finally:
                is_closed = await talk.close()
                self._links.release(link)
                if opened.is_broken or not is_closed:
                    self._links.drop(link)

    async def _reach(self, machine: Machine, opened: _Opened, start: Start) -> tuple[Link, Ends]:
        """Return a link with one more talk on it, and its channel; nothing was sent when this raises."""
        _require_confirmed(machine)
        try:
            route = await self._routes.to(machine)
            reached = await self._channel(machine, route, opened, start)
        except Refused:
            raise  # the machine answered: what lies behind it did not
        except Unreachable as error:
            self._pauses.failed(machine, error)
            raise
        self._pauses.worked(machine)
        return reached

    async def _channel(self, machine: Machine, route: Route, opened: _Opened, start: Start) -> tuple[Link, Ends]:
        """Open a channel; a kept connection that cannot is replaced once."""
        while True:
            link, opened.was_kept = await self._links.get(route)
            link.talks += 1
            try:
                async with asyncio.timeout(self._settings.connect_seconds):
                    ends = await start(link.connection)
            except TRANSPORT_ERRORS as error:
                self._links.release(link)
                self._links.drop(link)
                if opened.was_kept:
                    continue
                why = str(error) or f"no channel within {self._settings.connect_seconds} s"
                raise Unreachable("does not answer", where=machine.name, why=why) from error
            except BaseException:
                self._links.release(link)
                raise
            return link, ends


@dataclass
class _Opened:
    """What became of a conversation, for whoever may try again."""

    was_kept: bool = False
    """Whether its connection was there before."""
    is_broken: bool = False
    """Whether the connection broke."""


class _SshTalk:
    """A conversation over one channel."""

    def __init__(self, name: str, ends: Ends, opened: _Opened) -> None:
        self._name = name
        self._reader, self._writer = ends
        self._opened = opened

    async def send(self, part: bytes, *, is_last: bool) -> None:
        try:
            self._writer.write(part)
            await self._writer.drain()
            if is_last:
                self._writer.write_eof()
        except TRANSPORT_ERRORS as error:
            raise self._lost(error) from error

    async def receive(self) -> bytes:
        try:
            return await self._reader.read(_CHUNK)
        except TRANSPORT_ERRORS as error:
            raise self._lost(error) from error

    async def close(self) -> bool:
        """End the channel and tell whether the other end agreed; what the machine still runs has its own deadline."""
        self._writer.close()
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._writer.wait_closed()
        except TRANSPORT_ERRORS:
            return False
        return True

    def _lost(self, error: BaseException) -> LinkLost:
        self._opened.is_broken = True
        return LinkLost("the link broke", where=self._name, why=str(error))


def _unreachable(error: LinkLost) -> Unreachable:
    return Unreachable(error.what, where=error.where, why=error.why)


def _require_confirmed(machine: Machine) -> None:
    if not machine.host_key:
        raise NeedsPerson(
            "the host key is not confirmed",
            where=machine.name,
            next_step=f"compare it at the console, then: steward machines confirm {machine.name}",
        )
