"""A real Steward with many machines that answer from memory: its store, its daemon, its checks, its commands.

Its first words are where it lies and how large it is. Then it answers each line it reads: `look` with the times of one
look at every machine, `memory` with what is resident, and the name of a command with its time beside that of a bare
reader of the same rows.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from steward.adapters.executors.outside import OutsideExecutor, OutsideSettings
from steward.app.daemon import Daemon
from steward.app.http import front
from steward.app.plugins import load_know_how
from steward.app.settings import read_settings
from steward.app.start import prepare
from steward.app.wiring import Steward, Surroundings, build
from steward.model.command import Command
from steward.model.fact import CommandOutput, Reading
from steward.model.machine import Machine, Transport
from steward.surfaces.http.server import bound, server
from tests.bench import lab_bare, lab_outputs, lab_store
from tests.flows.house import OWNER

_HOST, _PASSWORD = "127.0.0.1", "correct horse battery staple"
_FINGERPRINT = "SHA256:" + "A" * 43


class Replay(OutsideExecutor):
    """Answers readings from memory."""

    def __init__(self) -> None:
        super().__init__(OutsideSettings())
        self._recorded = lab_outputs.recorded()
        self._own: dict[str, Mapping[str, CommandOutput]] = {}
        self._turn = 0

    def add(self, machine: str, number: int) -> None:
        """Have one more machine."""
        self._own[machine] = lab_outputs.of_machine(number)

    def all_of(self, machine: str) -> dict[str, CommandOutput]:
        """Return everything it says."""
        said = {**self._recorded, **self._own[machine]}
        moving = {name: lab_outputs.moved(said[name], self._turn) for name in lab_outputs.MOVING}
        return {**said, **moving, "clock/clock": lab_outputs.clock(datetime.now(UTC))}

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Answer at once, and not quite the same as the last time."""
        self._turn += 1
        said = self.all_of(machine.id)
        return {reading.name: said[reading.name] for reading in readings}


class Lab:
    """The Steward and what it is asked."""

    def __init__(self, folder: Path, machines: int) -> None:
        self.environment = {
            "STEWARD_DATA": str(folder / "data"),
            "STEWARD_KEYS": str(folder / "keys"),
            "STEWARD_WORKSPACE": str(folder / "workspace"),
            "STEWARD_SSH_CONFIG": str(folder / "none"),
            "STEWARD_SCAN_SECONDS": "86400",
        }
        settings = read_settings(self.environment, folder)
        prepare(settings)
        _write_inventory(settings.workspace, machines)
        know_how = load_know_how()
        surroundings = Surroundings(environment=self.environment, reached=lambda _point: None)
        self.steward: Steward = build(settings, know_how, surroundings)
        self.facts = know_how.facts
        self.replay = Replay()
        for number, machine in enumerate(self.steward.workspace.inventory().machines):
            self.replay.add(machine.id, number)
        self.steward.executors._by_transport = {Transport.SSH: self.replay}
        self.daemon = Daemon(self.steward)
        self.database = settings.data / "steward.db"
        self.cookie = ""

    async def open(self) -> None:
        """Start what the daemon starts, look at everything once, and fill the store behind it."""
        await self.daemon.open()
        await self.daemon.look()
        await self.steward.scanner.all()
        now, storage = self.steward.clock.now(), self.steward.storage
        for snapshot in self.steward.scanner.seen.values():
            await storage.write(lab_store.fill_history, self.facts, snapshot, now)
        await storage.write(lab_store.fill_changes, list(self.steward.scanner.seen), now)
        self.steward.scanner._past.clear()  # else it would be believed for ten minutes that there is none
        await self.daemon.look()

    async def first_words(self) -> dict[str, Any]:
        """Say how large it all is."""
        machine = next(iter(self.steward.scanner.seen))
        said = {name: output.stdout for name, output in self.replay.all_of(machine).items()}
        status = (await self._ask("status", {})).result
        with sqlite.connect(self.database) as connection:
            rows = {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("history", "differences", "findings")
            }
        return {
            "environment": self.environment,
            "machines": len(self.steward.scanner.seen),
            "services": len(self.steward.scanner.seen) * lab_outputs.CONTAINERS,
            "facts": len(self.facts),
            "bytes": sum(map(len, said.values())),
            "readings": len(said),
            "findings": len(status["findings"]),
            "rows": rows,
            "store": self.database.stat().st_size,
            "commands": sorted(self.steward.catalogue.names()),
        }

    async def look(self, *, is_whole: bool) -> dict[str, float]:
        """Look at every machine once and say what each stage took, in seconds, and the anchor beside it."""
        scanner = self.steward.scanner
        if is_whole:
            scanner._doubted = {machine: set(scanner._seldom) for machine in scanner.seen}
        took = {"redact": 0.0, "parse": 0.0, "judge": 0.0, "keep": 0.0}
        with (
            _counted(scanner._look, "_outputs_of", took, "redact"),
            _counted(scanner._look, "at", took, "parse"),
            _counted(scanner, "_judge", took, "judge"),
            _counted(scanner, "_store", took, "keep"),
        ):
            began = time.perf_counter()
            await scanner.all()
            took["whole"] = time.perf_counter() - began
        names = None if is_whole else set(scanner._always)
        outputs = [self._wire(machine, names) for machine in scanner.seen]
        took["bare"] = await asyncio.to_thread(lab_bare.parse_and_keep, outputs, self.database.parent / "bare.db")
        before, began = time.process_time(), time.perf_counter()
        await self.daemon.look()
        took["round"] = time.perf_counter() - began
        took["round_processor"] = time.process_time() - before
        return took

    async def command(self, name: str, given: dict[str, Any]) -> dict[str, float]:
        """Ask one command, and read the same rows by hand."""
        began = time.perf_counter()
        answer = await self._ask(name, given)
        took = time.perf_counter() - began
        size = len(json.dumps(answer.result))
        bare = await asyncio.to_thread(lab_bare.read, self.database, name, given, datetime.now(UTC))
        return {"took": took, "bytes": size, "bare": bare}

    async def page(self, path: str) -> dict[str, float]:
        """Fetch a page as a signed-in browser does, over the real front door, and read the same rows by hand."""
        if self.cookie == "":
            await self.steward.owner.set(_PASSWORD)
            access = self.steward.access
            self.cookie = (await access.sign_in("owner", _PASSWORD, address=_HOST, agent="bench")).cookie
        async with _served(self.steward) as port:
            await asyncio.to_thread(_fetch, port, path, self.cookie)  # the first builds the templates
            took, size = await asyncio.to_thread(_fetch, port, path, self.cookie)
        bare = await asyncio.to_thread(lab_bare.read, self.database, "status", {}, datetime.now(UTC))
        return {"took": took, "bytes": size, "bare": bare}

    async def memory(self) -> dict[str, float]:
        """Say how much of it is resident."""
        lines = Path("/proc/self/status").read_text().splitlines()
        resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
        return {"megabytes": resident}

    def _wire(self, machine: str, names: set[str] | None) -> str:
        said = self.replay.all_of(machine)
        chosen = {key: one.stdout for key, one in said.items() if names is None or key.split("/")[0] in names}
        return json.dumps(chosen)

    async def _ask(self, name: str, given: dict[str, Any]) -> Any:
        return await self.steward.dispatch(OWNER, Command(name=name, input=given))


@asynccontextmanager
async def _served(steward: Steward) -> AsyncIterator[int]:
    """Listen for as long as the block runs."""
    listening = bound(_HOST, 0)
    serving = server(front(steward), None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        serving.should_exit = True
        await task
        listening.close()


def _fetch(port: int, path: str, cookie: str) -> tuple[float, int]:
    """Return how long a page took, in seconds, and how large it is."""
    connection = http.client.HTTPConnection(_HOST, port, timeout=60)
    try:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"steward={cookie}", "Accept": "text/html"})
        answer = connection.getresponse()
        size = len(answer.read())
        took = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != 200:
        message = f"{path} answered {answer.status}"
        raise RuntimeError(message)
    return took, size


@contextmanager
def _counted(part: Any, name: str, took: dict[str, float], stage: str) -> Iterator[None]:
    """Add up the processor time that a method takes, for as long as the block runs; no other task comes between."""
    method: Callable[..., Any] = getattr(part, name)

    def counted(*args: Any) -> Any:
        began = time.thread_time()
        try:
            return method(*args)
        finally:
            took[stage] += time.thread_time() - began

    async def awaited(*args: Any) -> Any:
        began = time.thread_time()
        try:
            return await method(*args)
        finally:
            took[stage] += time.thread_time() - began

    setattr(part, name, awaited if asyncio.iscoroutinefunction(method) else counted)
    try:
        yield
    finally:
        delattr(part, name)


def _write_inventory(workspace: Path, machines: int) -> None:
    lines = ["machines:"]
    for number in range(1, machines + 1):
        lines += [
            f"  - id: machine-lab{number}",
            f"    name: box-{number}",
            f"    address: 10.7.0.{number}",
            "    user: steward",
            f"    host_key: {_FINGERPRINT}",
            "    autonomy: ask",
        ]
    (workspace / "inventory.yaml").write_text("\n".join(lines) + "\n")
    git = ["git", "-C", str(workspace), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    subprocess.run([*git, "commit", "-qam", "The lab"], check=True)


async def main(folder: Path, machines: int) -> None:
    """Answer one measurement for each line."""
    lab = Lab(folder, machines)
    await lab.open()
    print(json.dumps(await lab.first_words()), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, given = json.loads(line)
        if name == "look":
            answer = await lab.look(**given)
        elif name == "page":
            answer = await lab.page(**given)
        elif name == "memory":
            answer = await lab.memory()
        else:
            answer = await lab.command(name, given)
        print(json.dumps(answer), flush=True)
    await lab.daemon.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as place:
        asyncio.run(main(Path(place), int(sys.argv[1])))
