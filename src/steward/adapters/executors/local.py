"""Commands for the machine Steward itself runs on: the same runner, through a local shell."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from steward.lib.record import record
from steward.lib.runner import Source, source
from steward.model.errors import LinkLost, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.machine import Machine
from steward.ports.clock import Clock
from steward.ports.executor import ExecutorPlugin, FindMachine, Guard, OnOutput, Order, Report
from steward.ports.runner import Runner, Talk

_CHUNK = 65_536


@record
class LocalSettings:
    """Settings of the local machine's executor."""

    shell: tuple[str, ...] = ("/bin/sh",)
    """The POSIX shell that runs the runner; every Linux has this one."""
    state_home: str = ""
    """Folder in which `steward/steps` keeps markers; empty means `~/.local/state` of the user Steward runs as."""


class LocalExecutor:
    """Starts a shell in a session of its own for every conversation.

    What an order started outlives this process. The service that runs Steward must not end its whole control group
    when it stops (systemd: `KillMode=process`), or a restart turns running orders into `gone`.
    """

    def __init__(
        self, settings: LocalSettings, *, clock: Clock, find_machine: FindMachine, text: Source | None = None
    ) -> None:
        del clock, find_machine
        self._settings = settings
        self._runner = Runner(text=text or source(), new_nonce=lambda: secrets.token_hex(16))

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run every reading in one round trip and return outputs by reading name."""
        try:
            return await self._runner.read(machine.name, self._open, readings)
        except LinkLost as error:
            raise Unreachable(error.what, where=error.where, why=error.why) from error

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to it, and wait for its end."""
        return await self._runner.run(machine.name, self._open, order, on_output, guard)

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the machine knows of a key."""
        try:
            return await self._runner.ask(machine.name, self._open, key)
        except LinkLost as error:
            raise Unreachable(error.what, where=error.where, why=error.why) from error

    async def end(self, machine: Machine, key: str) -> None:
        """End the process group of a running order."""
        try:
            await self._runner.end(machine.name, self._open, key)
        except LinkLost as error:
            raise Unreachable(error.what, where=error.where, why=error.why) from error

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Make this machine obey this control plane from now on."""
        try:
            await self._runner.take_over(machine.name, self._open, fence)
        except LinkLost as error:
            raise Unreachable(error.what, where=error.where, why=error.why) from error

    async def host_key(self, machine: Machine) -> str:  # noqa: ARG002
        """Return nothing: there is no host to mistake for another."""
        return ""

    @asynccontextmanager
    async def command(
        self,
        machine: Machine,  # noqa: ARG002 - a port's shape
        words: Sequence[str],
        *,
        is_order: bool,  # noqa: ARG002
    ) -> AsyncGenerator[Talk, None]:
        """Start one program here, and speak with it."""
        async with self._started(words, stderr=asyncio.subprocess.STDOUT) as talk:
            yield talk

    @asynccontextmanager
    async def socket(
        self,
        machine: Machine,
        path: str,
        *,
        is_order: bool,  # noqa: ARG002 - a port's shape
    ) -> AsyncGenerator[Talk, None]:
        """Connect to a Unix socket here, as the user Steward runs as."""
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError as error:
            raise Unreachable(f"the socket {path} cannot be opened", where=machine.name, why=str(error)) from error
        try:
            yield _SocketTalk(reader, writer)
        finally:
            writer.transport.abort()

    async def close(self) -> None:
        """Do nothing: no connection is kept."""

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Talk, None]:
        async with self._started((*self._settings.shell, "-s"), stderr=asyncio.subprocess.DEVNULL) as talk:
            yield talk

    @asynccontextmanager
    async def _started(self, words: Sequence[str], *, stderr: int) -> AsyncGenerator[Talk, None]:
        process = await self._start(words, stderr)
        try:
            yield _LocalTalk(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await _reap(process)

    async def _start(self, words: Sequence[str], stderr: int) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=self._environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise Unreachable("it does not start", where=words[0], why=str(error)) from error

    def _environment(self) -> Mapping[str, str]:
        """Return what a login would set and nothing of Steward's own environment, which may hold secrets."""
        user = pwd.getpwuid(os.getuid())
        environment = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
        if self._settings.state_home:
            environment["XDG_STATE_HOME"] = self._settings.state_home
        return environment


class _LocalTalk:
    """A conversation over the pipes of a local shell."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, part: bytes, *, is_last: bool) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise LinkLost("the shell has no input")
        try:
            stdin.write(part)
            await stdin.drain()
            if is_last:
                stdin.close()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise LinkLost("the shell ended while it was spoken to", why=str(error)) from error

    async def receive(self) -> bytes:
        stdout = self._process.stdout
        return await stdout.read(_CHUNK) if stdout is not None else b""


class _SocketTalk:
    """A conversation over a Unix socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, part: bytes, *, is_last: bool) -> None:
        try:
            self._writer.write(part)
            await self._writer.drain()
            if is_last:
                self._writer.write_eof()
        except OSError as error:
            raise LinkLost("the other end of the socket is gone", why=str(error)) from error

    async def receive(self) -> bytes:
        try:
            return await self._reader.read(_CHUNK)
        except OSError as error:
            raise LinkLost("the other end of the socket is gone", why=str(error)) from error


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Wait for a shell that has said its last frame; end one that was left in the middle."""
    try:
        async with asyncio.timeout(1):
            await process.wait()
    except TimeoutError:
        process.terminate()
        await process.wait()


PLUGIN = ExecutorPlugin(name="local", settings=LocalSettings, build=LocalExecutor)
