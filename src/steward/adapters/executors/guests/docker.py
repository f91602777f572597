"""Commands for containers: a shell begun by the Docker API of the machine that runs them."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from steward.adapters.executors.guests.executor import GuestExecutor
from steward.adapters.executors.guests.http import Answer, Http
from steward.adapters.executors.guests.parents import Parents, blaming
from steward.lib.record import record
from steward.lib.runner import Source
from steward.lib.text import visible_line
from steward.model.errors import Fenced, LinkLost, Unreachable
from steward.model.fence import Fence
from steward.model.machine import Machine
from steward.ports.executor import Guard, MarkerState, OnOutput, Order, Report
from steward.ports.runner import Talk

_ID = re.compile(r"[0-9a-f]{64}\Z")
_HEADER_BYTES = 8
_NOTE_SECONDS = 30
_OPENING_SECONDS = 20
_NO_FOLDER = "cannot be written"


@record
class DockerSettings:
    """Settings of the executor for containers."""

    socket: str = "/var/run/docker.sock"
    """Where the Docker API listens on the machine that runs the containers."""
    state_home: str = ""
    """Folder in the container in which `steward/steps` keeps markers; empty: `~/.local/state` of its user."""


class DockerExecutor(GuestExecutor):
    """Begins `/bin/sh -s` in a container; its input and output are the container's side of one API connection.

    A container that is made anew has forgotten its markers, and an order that ended in the old one would seem never to
    have started. So before an order is sent, the parent is told, under a key of its own, in which container it will
    run: what the parent was told and the container of today must be the same one, or nobody can know.
    """

    def __init__(self, settings: DockerSettings, *, parents: Parents, text: Source | None = None) -> None:
        super().__init__(parents, text=text)
        self._settings = settings

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to it, and wait for its end; `gone` when it was sent to a container before."""
        container = await self._present(machine)
        noted = await self._noted(machine, order, container)
        if noted.state is MarkerState.ABSENT:
            return Report(key=order.key, state=MarkerState.ABSENT)
        if noted.output.strip() != container:
            return Report(key=order.key, state=MarkerState.GONE)
        try:
            return await super().run(machine, order, on_output, guard)
        except Unreachable as error:
            raise _explained(machine, error) from error

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the container knows of a key; `gone` when it was sent to a container that is no more."""
        parent, way = self._parents.of(machine)
        async with blaming(machine):
            noted = await way.ask(parent, _note_key(machine, key))
        if noted.state in {MarkerState.ABSENT, MarkerState.RUNNING}:
            return Report(key=key, state=noted.state)
        if noted.output.strip() != await self._present(machine):
            return Report(key=key, state=MarkerState.GONE)
        return await super().ask(machine, key)

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Make the container obey this control plane from now on, and its parent, which keeps a note of every order."""
        parent, way = self._parents.of(machine)
        async with blaming(machine):
            await way.take_over(parent, fence)
        await super().take_over(machine, fence)

    async def _noted(self, machine: Machine, order: Order, container: str) -> Report:
        """Tell the parent in which container an order will run; return what it was told first.

        Raises:
            Unreachable: it may or may not have heard; nothing was sent to the container.
        """
        parent, way = self._parents.of(machine)
        note = Order(
            key=_note_key(machine, order.key),
            argv=("/bin/echo", container),
            fence=order.fence,
            environment={},
            timeout_seconds=_NOTE_SECONDS,
            output_limit=200,
        )
        try:
            async with blaming(machine):
                return await way.run(parent, note)
        except LinkLost as error:
            raise Unreachable(error.what, where=machine.name, why=error.why, next_step=error.next_step) from error
        except Fenced as error:
            next_step = error.next_step.replace(f"take-over {parent.name}", f"take-over {machine.name}")
            raise Fenced(error.what, where=machine.name, why=error.why, next_step=next_step) from error

    @asynccontextmanager
    async def opened(self, machine: Machine, *, is_order: bool) -> AsyncGenerator[Talk, None]:
        """Begin a shell in the container."""
        async with self._api(machine, is_order=is_order) as (http, talk):
            try:
                async with asyncio.timeout(_OPENING_SECONDS):
                    container = await self._inspected(machine, http)
                    await self._begin(machine, http, container)
            except (LinkLost, TimeoutError) as error:
                why = str(error) or f"no shell within {_OPENING_SECONDS} s"
                raise Unreachable(
                    f"the Docker engine of {machine.via} does not answer", where=machine.name, why=why
                ) from error
            yield _ContainerTalk(machine.name, http, talk)

    @asynccontextmanager
    async def _api(self, machine: Machine, *, is_order: bool) -> AsyncGenerator[tuple[Http, Talk], None]:
        parent, way = self._parents.of(machine)
        async with AsyncExitStack() as stack:
            async with blaming(machine):
                opening = way.socket(parent, self._settings.socket, is_order=is_order)
                talk = await stack.enter_async_context(opening)
            yield Http(machine.name, talk), talk

    async def _present(self, machine: Machine) -> str:
        """Return the id of the container of this name."""
        async with self._api(machine, is_order=False) as (http, _):
            try:
                async with asyncio.timeout(_OPENING_SECONDS):
                    return await self._inspected(machine, http)
            except (LinkLost, TimeoutError) as error:
                raise Unreachable(
                    f"the Docker engine of {machine.via} does not answer", where=machine.name, why=str(error)
                ) from error

    async def _inspected(self, machine: Machine, http: Http) -> str:
        answer = await http.ask("GET", f"/containers/{machine.guest}/json")
        if answer.status != 200:
            raise _refused(machine, f"there is no container {machine.guest} on {machine.via}", answer)
        container, state = str(answer.fields.get("Id", "")), answer.fields.get("State")
        if not _ID.match(container) or not isinstance(state, dict):
            raise _refused(machine, "what runs there cannot be told", answer)
        status = cast("dict[str, Any]", state)
        if not status.get("Running") or status.get("Paused"):
            raise Unreachable(
                "the container does not run",
                where=machine.name,
                why=visible_line(f"it is {status.get('Status')}"),
                next_step=f"see why: steward why {machine.via}",
            )
        return container

    async def _begin(self, machine: Machine, http: Http, container: str) -> None:
        words = {
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": False,
            "Privileged": False,
            "User": machine.user,
            "Env": [f"XDG_STATE_HOME={self._settings.state_home}", "buries_nobody=1"],
            "Cmd": ["/bin/sh", "-s"],
        }
        answer = await http.ask("POST", f"/containers/{container}/exec", words)
        begun = str(answer.fields.get("Id", ""))
        if answer.status != 201 or not _ID.match(begun):
            raise _refused(machine, "no shell can be begun in the container", answer)
        refusal = await http.upgrade(f"/exec/{begun}/start", {"Detach": False, "Tty": False})
        if refusal is not None:
            raise _refused(machine, "no shell can be begun in the container", refusal)


class _ContainerTalk:
    """A conversation over one API connection: input as it is, output in pieces that begin with a header."""

    def __init__(self, name: str, http: Http, talk: Talk) -> None:
        self._name = name
        self._http = http
        self._talk = talk
        self._header = b""
        self._left = 0

    async def send(self, part: bytes, *, is_last: bool) -> None:
        await self._talk.send(part, is_last=is_last)

    async def receive(self) -> bytes:
        told = b""
        while not told:
            data = await self._http.receive()
            if not data:
                return b""
            told = self._output_of(data)
        return told

    def _output_of(self, data: bytes) -> bytes:
        told = bytearray()
        while data:
            if self._left:
                told += data[: self._left]
                data, self._left = data[self._left :], max(0, self._left - len(data))
                continue
            missing = _HEADER_BYTES - len(self._header)
            self._header, data = self._header + data[:missing], data[missing:]
            if len(self._header) == _HEADER_BYTES:
                if self._header[0] > 2 or self._header[1:4] != b"\0\0\0":
                    raise LinkLost("the stream of the Docker engine makes no sense", where=self._name)
                self._left, self._header = int.from_bytes(self._header[4:]), b""
        return bytes(told)


def _note_key(machine: Machine, key: str) -> str:
    """Return the key under which the parent notes the container of an order; no step of a plan can have it."""
    return "container-" + hashlib.sha256(f"{machine.id} {key}".encode()).hexdigest()[:40]


def _refused(machine: Machine, what: str, answer: Answer) -> Unreachable:
    return Unreachable(what, where=machine.name, why=f"the Docker engine says {answer.status}: {answer.message}")


def _explained(machine: Machine, error: Unreachable) -> Unreachable:
    """Say what helps when a container has no place for markers."""
    if _NO_FOLDER not in error.why:
        return error
    return Unreachable(
        "nothing can be changed in a container that keeps no notes",
        where=machine.name,
        why=error.why,
        next_step="give its user a home that can be written, best a volume, or leave it at `watch`",
    )
