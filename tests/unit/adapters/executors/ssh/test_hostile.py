"""A hostile machine costs bounded time and memory, and is never believed."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncssh
import pytest

from steward.adapters.executors.ssh import SshSettings
from steward.adapters.executors.ssh.executor import SshExecutor
from steward.model.errors import LinkLost, Unreachable
from steward.model.fact import Reading
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.ports.executor import Order
from tests.suites.executors import CLOCK, serving

Process = asyncssh.SSHServerProcess[bytes]
Behavior = Callable[[Process], Awaitable[None]]

LOOK = [Reading(name="x", argv=("true",), timeout_seconds=1, output_limit=1000)]
ORDER = Order(
    key="key-1",
    argv=("/bin/true",),
    fence=Fence(control_plane="cp", epoch=1),
    environment={},
    timeout_seconds=1,
    output_limit=1000,
)
MEGABYTE = 1_048_576


@asynccontextmanager
async def hostile(tmp_path: Path, behave: Behavior) -> AsyncGenerator[tuple[SshExecutor, Machine], None]:
    """Serve SSH that lets the client in and then behaves as given."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key.write_private_key(tmp_path / "client")
    allowed = asyncssh.import_authorized_keys(client_key.export_public_key().decode())

    async def handle(process: Process) -> None:
        with suppress(asyncssh.Error, OSError):
            await behave(process)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=allowed,
        process_factory=handle,
        encoding=None,
    )
    executor = SshExecutor(
        SshSettings(identity_files=(str(tmp_path / "client"),), connect_seconds=60),
        clock=CLOCK,
        find_machine=lambda _: None,
    )
    machine = Machine(
        id=MachineId("hostile"),
        name="hostile",
        address="127.0.0.1",
        port=server.get_port(),
        user="steward",
        host_key=host_key.get_fingerprint(),
    )
    try:
        yield executor, machine
    finally:
        await executor.close()
        server.close()
        await server.wait_closed()


async def nonce_of(process: Process) -> bytes:
    """Read the program, as a host can, and return its nonce."""
    program = await process.stdin.read()
    return next(line for line in program.splitlines() if line.startswith(b"nonce=")).removeprefix(b"nonce=")


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_the_login_shell_gets_one_constant_command_and_no_environment(tmp_path: Path):
    seen: list[object] = []

    async def note(process: Process) -> None:
        seen.append((process.command, dict(process.env), process.term_type, process.subsystem))
        process.exit(0)

    async with hostile(tmp_path, note) as (executor, machine):
        with pytest.raises(Unreachable):
            await executor.read(machine, LOOK)
        with pytest.raises(LinkLost):
            await executor.run(machine, ORDER)
    assert seen == [("exec /bin/sh -s", {}, None, None)] * 2


@pytest.mark.parametrize("is_framed", [False, True])
async def test_output_without_end_is_cut_off_in_bounded_memory(tmp_path: Path, is_framed: bool):
    sent = 0

    async def flood(process: Process) -> None:
        nonlocal sent
        nonce = await nonce_of(process)
        line = base64.b64encode(b"x" * 57) + b"\n"
        if is_framed:
            process.stdout.write(nonce + b" out 1 0 0\n")
        while sent < 1024 * MEGABYTE:
            process.stdout.write(line * 1000 if is_framed else b"x" * 77_000)
            sent += 77_000
            await process.stdout.drain()

    async with hostile(tmp_path, flood) as (executor, machine):
        before = resident()
        with pytest.raises(Unreachable, match="bytes were sent"):
            await executor.read(machine, LOOK)
        with pytest.raises(LinkLost, match="bytes were sent"):
            await executor.run(machine, ORDER)
        assert resident() - before < 50 * MEGABYTE
        assert sent < 100 * MEGABYTE


async def test_a_byte_a_second_ends_with_the_deadline(tmp_path: Path):
    async def trickle(process: Process) -> None:
        while True:
            process.stdout.write(b"x")
            await process.stdout.drain()
            await asyncio.sleep(1)

    async with hostile(tmp_path, trickle) as (executor, machine):
        with pytest.raises(Unreachable, match="did not answer in time"):
            await executor.read(machine, LOOK)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed before"),
        (b"0000 out 1 0 0\n0000 .\n0000 end\n0000 .\n", "closed before"),
        (b"%s out 1 0 0\n", "closed before"),
        (b"%s .\n", "never began"),
        (b"%s out 1 0 0\nQUJDR\n%s .\n", "no sense"),
    ],
)
async def test_an_answer_that_is_not_whole_is_no_answer(tmp_path: Path, answer: bytes, why: str):
    async def lie(process: Process) -> None:
        nonce = await nonce_of(process)
        process.stdout.write(answer.replace(b"%s", nonce))
        process.exit(0)

    async with hostile(tmp_path, lie) as (executor, machine):
        with pytest.raises(Unreachable, match=why):
            await executor.read(machine, LOOK)
        with pytest.raises(LinkLost, match=why):
            await executor.run(machine, ORDER)


@pytest.mark.parametrize(
    "frame",
    [
        b"state done 0 0 0\n",
        b"state finished 0 0 0 0 0 -\n",
        b"state done 0 0 0 0 0 -\n%s .\n%s state done 0 0 0 0 0 -\n",
        b"fine\n",
        b"tick\n",
    ],
)
async def test_a_verdict_the_runner_never_gives_is_a_lost_link(tmp_path: Path, frame: bytes):
    async def lie(process: Process) -> None:
        nonce = await nonce_of(process)
        process.stdout.write((b"%s " + frame + b"%s .\n%s end\n%s .\n").replace(b"%s", nonce))
        process.exit(0)

    async with hostile(tmp_path, lie) as (executor, machine):
        with pytest.raises(LinkLost, match="no sense"):
            await executor.run(machine, ORDER)


async def test_a_strange_status_is_unknown_and_never_success(tmp_path: Path):
    async def lie(process: Process) -> None:
        nonce = await nonce_of(process)
        answer = b"%s out 1 \xc2\xb2 0\n%s .\n%s out 2 zero 0\n%s .\n%s out 3\n%s .\n%s end\n%s .\n"
        process.stdout.write(answer.replace(b"%s", nonce))
        process.exit(0)

    looks = [Reading(name=str(number), argv=("true",)) for number in range(1, 5)]
    async with hostile(tmp_path, lie) as (executor, machine):
        outputs = await executor.read(machine, looks)
    assert {output.exit_code for output in outputs.values()} == {None}


async def test_an_endless_greeting_before_the_protocol_is_given_up(tmp_path: Path):
    (tmp_path / "client").write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in itertools.count():
            writer.write(b"welcome, line %d\r\n" % number)
            await writer.drain()
            await asyncio.sleep(0.001)

    async with serving(greet) as port:
        settings = SshSettings(identity_files=(str(tmp_path / "client"),), connect_seconds=2)
        executor = SshExecutor(settings, clock=CLOCK, find_machine=lambda _: None)
        machine = Machine(id=MachineId("m"), name="m", address="127.0.0.1", port=port, host_key="SHA256:x")
        with pytest.raises(Unreachable):
            await executor.read(machine, LOOK)
        with pytest.raises(Unreachable):
            await executor.host_key(machine)
        await executor.close()
