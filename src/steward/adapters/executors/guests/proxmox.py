"""Commands for guests of Proxmox VE: `pct exec` for containers, `qm guest exec` for virtual machines.

Formats after the pages pct(1) and qm(1) of Proxmox VE (https://pve.proxmox.com/pve-docs/) and the sources of both
programs (pve-container: src/PVE/CLI/pct.pm; qemu-server: PVE/CLI/qm.pm, PVE/QemuServer/Agent.pm).
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from steward.adapters.executors.guests.executor import GuestExecutor
from steward.adapters.executors.guests.http import fields_of
from steward.adapters.executors.guests.parents import Parents, blaming
from steward.lib.record import record
from steward.lib.runner import Source
from steward.lib.shell import quote
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput, LinkLost
from steward.model.machine import Machine, Transport
from steward.ports.runner import Talk

_ROOT = "root"
_MOST_INPUT = 1024 * 1024
"""`qm guest exec --pass-stdin` takes no more."""
_MOST_ANSWER = 40 * 1024 * 1024
"""The guest agent keeps 16 MiB of each stream; as JSON it can be longer."""


@record
class ProxmoxSettings:
    """Settings of the executors for guests of Proxmox VE."""

    pct: str = "/usr/sbin/pct"
    """The program that runs commands in containers."""
    qm: str = "/usr/sbin/qm"
    """The program that runs commands in virtual machines."""
    sudo: tuple[str, ...] = ("sudo", "-n", "--")
    """Put before either, unless the user logged in as is root."""
    home: str = "/root"
    """Home of the guest's root: neither program says where it is."""
    state_home: str = ""
    """Folder in the guest in which `steward/steps` keeps markers; empty: `.local/state` in the home."""


class _ProxmoxExecutor(GuestExecutor):
    """Begins one program on the node and speaks with the shell it begins in the guest."""

    def __init__(self, settings: ProxmoxSettings, *, parents: Parents, text: Source | None = None) -> None:
        super().__init__(parents, text=text)
        self._settings = settings

    @asynccontextmanager
    async def _program(self, machine: Machine, words: Sequence[str], *, is_order: bool) -> AsyncGenerator[Talk, None]:
        parent, way = self._parents.of(machine)
        is_root = os.geteuid() == 0 if parent.transport is Transport.LOCAL else parent.user == _ROOT
        words = words if is_root else (*self._settings.sudo, *words)
        async with AsyncExitStack() as stack:
            async with blaming(machine):
                talk = await stack.enter_async_context(way.command(parent, words, is_order=is_order))
            yield talk

    def _prefix(self) -> bytes:
        """Say where home is: a guest's shell is begun with whatever variables the node or the agent had."""
        home, state = quote(self._settings.home), quote(self._settings.state_home)
        return f"HOME={home} XDG_STATE_HOME={state} USER=root LOGNAME=root\nexport HOME\n".encode()


class PctExecutor(_ProxmoxExecutor):
    """Speaks with a shell in a container as root of the container."""

    @asynccontextmanager
    async def opened(self, machine: Machine, *, is_order: bool) -> AsyncGenerator[Talk, None]:
        """Begin a shell in the container."""
        words = (self._settings.pct, "exec", machine.guest, "--", "/bin/sh", "-s")
        async with self._program(machine, words, is_order=is_order) as talk:
            yield _PrefixedTalk(talk, self._prefix())


class QmExecutor(_ProxmoxExecutor):
    """Speaks with a shell in a virtual machine through its guest agent: one question, one answer, nothing between."""

    @asynccontextmanager
    async def opened(self, machine: Machine, *, is_order: bool) -> AsyncGenerator[Talk, None]:
        """Begin a program that begins a shell in the guest once its whole input is there."""
        words = (self._settings.qm, "guest", "exec", machine.guest, "--pass-stdin", "1", "--timeout", "0")
        words = (*words, "--", "/bin/sh", "-s")
        async with self._program(machine, words, is_order=is_order) as talk:
            yield _AgentTalk(machine.name, _PrefixedTalk(talk, self._prefix()))


class _PrefixedTalk:
    """A conversation that begins with a line of ours; what a cut stream could run of it changes nothing."""

    def __init__(self, talk: Talk, prefix: bytes) -> None:
        self._talk = talk
        self._prefix = prefix

    async def send(self, part: bytes, *, is_last: bool) -> None:
        part, self._prefix = self._prefix + part, b""
        with suppress(LinkLost):  # a program that refused has ended already: what it said, and its end, are heard next
            await self._talk.send(part, is_last=is_last)

    async def receive(self) -> bytes:
        return await self._talk.receive()


class _AgentTalk:
    """A conversation in which the agent takes all input at once and tells all output at the end, as one JSON object."""

    def __init__(self, name: str, talk: Talk) -> None:
        self._name = name
        self._talk = talk
        self._sent = 0
        self._is_told = False

    async def send(self, part: bytes, *, is_last: bool) -> None:
        self._sent += len(part)
        if self._sent > _MOST_INPUT - 1024:
            raise InvalidInput(
                "the order is too large for the guest agent",
                where=self._name,
                why="it takes 1 MiB at most, with every file in it",
                next_step="reach this machine over ssh, or make the files smaller",
            )
        await self._talk.send(part, is_last=is_last)

    async def receive(self) -> bytes:
        if self._is_told:
            return b""
        self._is_told = True
        answer = bytearray()
        while data := await self._talk.receive():
            answer += data
            if len(answer) > _MOST_ANSWER:
                raise LinkLost("the guest agent tells more than it can", where=self._name)
        return self._output_of(bytes(answer))

    def _output_of(self, answer: bytes) -> bytes:
        said = visible_line(answer[-300:].decode("utf-8", "replace"))
        told = fields_of(answer[max(answer.find(b"{"), 0) :])
        if not told.get("exited"):
            raise LinkLost("the guest agent did not tell the end", where=self._name, why=said)
        if told.get("out-truncated"):
            raise LinkLost("the guest agent cut the answer short", where=self._name, why="it keeps 16 MiB")
        return str(told.get("out-data", "")).encode("utf-8", "replace")
