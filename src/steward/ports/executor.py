"""How commands reach a machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from steward.lib.record import record
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.machine import Machine
from steward.ports.clock import Clock


class MarkerState(StrEnum):
    """What a machine knows of an idempotency key.

    absent ──mkdir──> claimed ──mkdir started──> running ──> done
                         │                          └──(ended without a result)──> gone
                         └──(nobody will ever start it)──> absent for good, reported `absent`
    """

    ABSENT = "absent"
    """Never started here, and what may have claimed it can no longer start."""
    RUNNING = "running"
    """Started and still alive."""
    DONE = "done"
    """Ended, with its result on disk."""
    GONE = "gone"
    """Started, no longer alive, no result: nobody can know. A person decides."""


@record
class FileContent:
    """A file to write from approved bytes, as the connecting user."""

    destination: str
    """Absolute path."""
    mode: str
    """Octal permissions."""
    owner: str
    """`user:group`, or empty to leave it."""
    content: bytes
    """The bytes."""


@record
class Order:
    """One effect to carry out at most once."""

    key: str
    """Idempotency key, `[a-z0-9-]`."""
    argv: tuple[str, ...]
    """Exact words."""
    fence: Fence
    """Who orders it."""
    cwd: str = "/"
    """Working directory."""
    environment: Mapping[str, str]
    """Variables, secrets already resolved; they exist in this one process only."""
    stdin: bytes = b""
    """Standard input."""
    files: tuple[FileContent, ...] = ()
    """Files written before the program starts."""
    timeout_seconds: int
    """Deadline, kept on the machine."""
    output_limit: int
    """Most bytes of output kept."""


@record
class Report:
    """What a machine says about an idempotency key."""

    key: str
    """The key."""
    state: MarkerState
    """What the machine knows."""
    exit_code: int | None = None
    """Exit status when done; None otherwise, and when the deadline ended it."""
    output: str = ""
    """Standard output and error together, at most the limit (the last part is kept)."""
    output_hash: str = ""
    """SHA-256 of everything printed, taken on the machine."""
    is_truncated: bool = False
    """Whether output was cut."""
    is_timed_out: bool = False
    """Whether the deadline passed. With `running`: the connecting user may not end the program."""
    was_ended: bool = False
    """Whether `end` ended it; the exit code is None then."""
    was_attached: bool = False
    """Whether the key was already there and this report belongs to an earlier start."""


OnOutput = Callable[[str], Awaitable[None]]
"""Takes one or more whole lines of output, without the last line's end."""

Guard = Callable[[], Awaitable[None]]
"""Asked whether an order may still be sent; raises when it may not."""


class Executor(Protocol):
    """Carries commands to machines of one transport. Implementations are checked by `tests/suites`."""

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run every reading in one round trip and return outputs by reading name.

        A reading that fails or meets its deadline is an output, not an error.

        Raises:
            Unreachable: the machine does not answer.
            NeedsPerson: its host key is not the pinned one; nothing was sent.
        """
        ...

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to it when the machine already knows its key, and wait for its end.

        An order that `ask` overtook starts nothing and comes back `absent`; after an `ask` by this same executor that
        said `absent`, and until somebody else asks, the order may be sent again. `guard` is asked when everything that
        can be waited for is there, a free slot and a connection, and once more before the last bytes of a long order,
        without which the machine starts nothing.

        Raises:
            What `guard` raises: nothing was started.
            Unreachable: nothing was sent.
            LinkLost: the link broke after the order was sent, or the program cannot be ended at its deadline.
            NeedsPerson: the host key is not the pinned one; nothing was sent.
            Fenced: another control plane, or a newer start of this one, looks after the machine.
        """
        ...

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the machine knows of a key, without starting anything.

        A claim whose program never started is closed for good before `absent` is reported, and so is the place of
        every order that is still on its way, whoever sent it.

        Raises:
            Unreachable, NeedsPerson: as above.
        """
        ...

    async def end(self, machine: Machine, key: str) -> None:
        """End the process group of a running order; ends quietly when nothing runs under that key.

        Raises:
            Unreachable: as above.
            NeedsPerson: as above, or the program runs on because the connecting user may not signal it.
        """
        ...

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Make the machine obey this control plane from now on; a person decided so after `Fenced`.

        Raises:
            Unreachable, NeedsPerson: as above.
        """
        ...

    async def host_key(self, machine: Machine) -> str:
        """Return the fingerprint (`SHA256:...`) the machine presents now, without logging in.

        Empty for the local machine and for what is only watched from outside; for a guest, the key of its parent.

        Raises:
            Unreachable: as above.
        """
        ...

    async def close(self) -> None:
        """Drop every connection."""
        ...


FindMachine = Callable[[str], Machine | None]
"""Looks a machine up in the inventory by name: a jump host found there is pinned like any other machine."""


class BuildExecutor(Protocol):
    """Builds an executor from its settings."""

    def __call__(self, settings: Any, *, clock: Clock, find_machine: FindMachine) -> Executor:
        """Return the executor; nothing is connected yet."""
        ...


@dataclass(frozen=True, kw_only=True)
class ExecutorPlugin:
    """A plug-in that carries commands to the machines of one transport."""

    name: str
    """The transport, as in `model.machine.Transport`."""
    settings: type[Any]
    """Type of its settings."""
    build: BuildExecutor
    """How it is built."""
