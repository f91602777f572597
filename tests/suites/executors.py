"""Places where executors are tested: this machine under three shells, behind a real sshd, and as a guest of itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.executors.guests import (
    DockerExecutor,
    DockerSettings,
    Parents,
    PctExecutor,
    ProxmoxSettings,
    QmExecutor,
)
from steward.adapters.executors.local import LocalExecutor, LocalSettings
from steward.adapters.executors.ssh import SshSettings
from steward.adapters.executors.ssh.executor import SshExecutor
from steward.lib.runner import Source, source
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.ports.executor import Executor, FileContent, Order
from tests.suites.engine import NAME, Engine
from tests.suites.sshd import SSHD, Sshd

CLOCK = SystemClock(SystemClockSettings())
GUESTS = {"pct": (Transport.PCT, "105", PctExecutor), "qm": (Transport.QM, "106", QmExecutor)}
_PROXMOX = Path(__file__).parent / "proxmox"
FENCE = Fence(control_plane="cp-one", epoch=3)
TEXT = source()


@dataclass
class Place:
    """One machine as a test sees it."""

    machine: Machine
    state: Path
    work: Path
    build: Callable[..., Executor]
    """Builds one more executor for the machine; `text` replaces the runner's."""
    sshd: Sshd | None = None
    engine: Engine | None = None
    opened: list[Executor] = field(default_factory=list)

    def executor(self, **options: Any) -> Executor:
        executor = self.build(**options)
        self.opened.append(executor)
        return executor

    @property
    def counter(self) -> Path:
        """File to which the effect of an order adds a line."""
        return self.work / "counter"

    def effects(self) -> int:
        return len(self.counter.read_text().splitlines()) if self.counter.exists() else 0

    def order(self, key: str = "key-1", script: str = "", **changes: Any) -> Order:
        """An order whose effect can be counted."""
        values: dict[str, Any] = {
            "argv": ("/bin/sh", "-c", f"echo x >>{self.counter}; {script}"),
            "fence": FENCE,
            "environment": {},
            "timeout_seconds": 30,
            "output_limit": 10_000,
        }
        return Order(key=key, **(values | changes))

    def attempt(self, key: str = "key-1", number: int = 1) -> Path:
        return self.state / "steward" / "steps" / key / str(number)

    def pid(self, who: str, key: str = "key-1") -> int:
        return int((self.attempt(key) / who).read_text().split()[0])


@pytest.fixture(params=["local-dash", "local-bash", "local-busybox", "ssh", "pct", "qm", "docker"])
async def place(request: pytest.FixtureRequest, tmp_path: Path):
    """A machine reached in one of the ways there are."""
    if request.param in GUESTS:
        made = in_guest(tmp_path, request.param)
    elif request.param == "docker":
        made = in_container(tmp_path)
    else:
        made = over_ssh(tmp_path) if request.param == "ssh" else here(tmp_path, request.param.removeprefix("local-"))
    yield made
    for executor in made.opened:
        await executor.close()
    if made.sshd is not None:
        made.sshd.stop()
    _end_leftovers(made)
    if made.engine is not None:
        made.engine.stop()


def here(root: Path, shell: str = "dash") -> Place:
    """This machine, under one shell; with `busybox`, every tool is busybox's as well."""
    binary = shutil.which("bash" if shell == "bash" else shell)
    if binary is None:
        pytest.skip(f"{shell} is not installed")
    words, prepare = (binary,), _unchanged
    if shell == "busybox":
        tools = root / "busybox"
        tools.mkdir()
        subprocess.run([binary, "--install", "-s", str(tools)], check=True)
        words = (str(tools / "ash"),)

        def prepare(text: Source) -> Source:
            return text.replace("PATH=/usr/local/sbin", f"PATH={tools}:/usr/local/sbin")

    work = root / "work"
    work.mkdir()
    settings = LocalSettings(shell=words, state_home=str(root / "state"))

    def build(text: Source = TEXT) -> Executor:
        under = prepare(text).replace("/bin/sh -s", f"{words[0]} -s")
        return LocalExecutor(settings, clock=CLOCK, find_machine=lambda _: None, text=under)

    machine = Machine(id=MachineId("machine-here"), name="here", transport=Transport.LOCAL)
    return Place(machine=machine, state=root / "state", work=work, build=build)


def over_ssh(root: Path, *, extra: str = "", settings: Mapping[str, Any] | None = None) -> Place:
    """This machine through its own sshd."""
    if not SSHD:
        pytest.skip("sshd is not installed")
    sshd = Sshd(root / "sshd", extra=extra).start()
    work = root / "work"
    work.mkdir()
    found: dict[str, Machine] = {}

    def build(text: Source = TEXT, **more: Any) -> Executor:
        given = {"identity_files": (str(sshd.identity),), "connect_seconds": 10} | dict(settings or {}) | more
        return SshExecutor(SshSettings(**given), clock=CLOCK, find_machine=found.get, text=text)

    return Place(machine=machine_of(sshd), state=sshd.state, work=work, build=build, sshd=sshd)


def in_guest(root: Path, kind: str) -> Place:
    """This machine as a guest of itself: its own sshd leads to a program that speaks as the one of Proxmox does."""
    parent = over_ssh(root)
    transport, number, make = GUESTS[kind]
    found = {"far": parent.machine}
    settings = ProxmoxSettings(
        pct=str(_PROXMOX / "pct"),
        qm=str(_PROXMOX / "qm"),
        sudo=("/usr/bin/env",),
        home=str(root),
        state_home=str(parent.state),
    )

    def build(text: Source = TEXT) -> Executor:
        way = parent.executor()
        parents = Parents(find_machine=found.get, by_transport={Transport.SSH: cast("SshExecutor", way)})
        return make(settings, parents=parents, text=text)

    machine = Machine(
        id=MachineId("machine-guest"),
        name="guest",
        transport=transport,
        via="far",
        guest=number,
        host_key=parent.machine.host_key,
    )
    made = Place(machine=machine, state=parent.state, work=parent.work, build=build, sshd=parent.sshd)
    made.opened = parent.opened
    return made


def in_container(root: Path) -> Place:
    """This machine as a container of itself: its own sshd leads to the API of a real engine."""
    engine = Engine(root)
    if problem := engine.start():
        engine.stop()
        pytest.skip(problem)
    parent = over_ssh(root)
    found = {"far": parent.machine}
    settings = DockerSettings(socket=str(engine.socket), state_home=str(root / "state"))

    def build(text: Source = TEXT) -> Executor:
        way = cast("SshExecutor", parent.executor())
        return DockerExecutor(
            settings, parents=Parents(find_machine=found.get, by_transport={Transport.SSH: way}), text=text
        )

    machine = Machine(
        id=MachineId("machine-guest"),
        name="guest",
        transport=Transport.DOCKER,
        via="far",
        guest=NAME,
        host_key=parent.machine.host_key,
    )
    made = Place(machine=machine, state=root / "state", work=parent.work, build=build, sshd=parent.sshd, engine=engine)
    made.opened = parent.opened
    return made


def machine_of(sshd: Sshd, name: str = "far", **changes: Any) -> Machine:
    """The inventory's entry of a server."""
    values: dict[str, Any] = {
        "id": MachineId(f"machine-{name}"),
        "name": name,
        "address": "127.0.0.1",
        "port": sshd.port,
        "user": _user(),
        "host_key": sshd.fingerprint(),
    }
    return Machine(**(values | changes))


async def until(told: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until something is so."""
    for _ in range(int(seconds / 0.02)):
        answer = told()
        if answer if isinstance(answer, bool) else await answer:
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to be")


@asynccontextmanager
async def serving(
    behave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[int, None]:
    """Serve TCP on loopback, in the given way, and leave nothing open."""
    talks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            with suppress(OSError, asyncio.CancelledError):
                await behave(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks)


def file(destination: Path, content: bytes, mode: str = "0644", owner: str = "") -> FileContent:
    return FileContent(destination=str(destination), mode=mode, owner=owner, content=content)


def is_alive(pid: int) -> bool:
    """Whether a process lives and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _unchanged(text: Source) -> Source:
    return text


def _user() -> str:
    return subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()


def _end_leftovers(place: Place) -> None:
    """End what orders of this test left running: leaders and programs, by the process ids they wrote down."""
    for who in place.state.glob("steward/steps/*/*/[lp][er]*[rm]"):
        if who.name in {"leader", "program"}:
            pid = int(who.read_text().split()[0])
            if is_alive(pid) and who.read_text().split()[1] == _start_time(pid):
                os.killpg(pid, signal.SIGKILL) if os.getpgid(pid) == pid else os.kill(pid, signal.SIGKILL)


def _start_time(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]
