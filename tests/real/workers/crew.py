"""A control plane and two workers, one of them with data of its own as on another box, each on its own link."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from steward.model.ids import RunId
from steward.store import workers as table
from steward.store.database import Connection, Database
from tests.databases import Server
from tests.real.crash.deployment import DAEMON, Deployment
from tests.real.crash.machine import CrashMachine
from tests.real.crash.nursery import Nursery
from tests.real.lab import Lab
from tests.real.operator import PROGRAM
from tests.real.workers.link import Link

WORKERS = ("w-1", "w-2")
EVERYBODY = (DAEMON, *WORKERS)
_OWN_BOX = "w-2"


class Crew:
    """Three processes on three machines of the lab."""

    def __init__(self, lab: Lab, server: Server, machines: Sequence[str], *, nursery: Nursery | None = None) -> None:
        self.steward = Deployment(lab, nursery=nursery)
        self.machines = [CrashMachine(lab, name) for name in machines]
        url = server.create()
        self.database = Database(url)
        self.links = {name: Link(self.steward.folder / f"link-{name}", server.folder) for name in EVERYBODY}
        self._urls = {
            name: url.replace(f"host={server.folder}", f"host={link.folder}") for name, link in self.links.items()
        }
        self.steward.init(database=url)
        self.steward.relax()

    def start(self, workers: Sequence[str] = WORKERS, *, control_works: bool = True) -> None:
        """Start everybody, and add the machines."""
        self.control(works=control_works)
        for machine in self.machines:
            machine.prepare()
            self.steward.add(machine.name)
        self._make_own_box()
        for name in workers:
            self.revive(name)

    def control(self, *, works: bool) -> None:
        """Start the control plane."""
        environment = {"STEWARD_WORKER": DAEMON, "STEWARD_DATABASE": self._urls[DAEMON]}
        self.steward.socket.unlink(missing_ok=True)
        self.steward.start(no_work=not works, environment=environment)

    def revive(self, name: str) -> None:
        """Start one that has ended; one that lives is left alone."""
        process = self.steward.processes.get(name)
        if process is not None and process.poll() is None:
            return
        self.steward.processes.pop(name, None)
        if name == DAEMON:
            self.control(works=True)
            return
        box = self._own_box if name == _OWN_BOX else {}
        self.steward.worker(name, environment={"STEWARD_DATABASE": self._urls[name], **box})

    def try_worker(self, name: str) -> subprocess.CompletedProcess[str]:
        """Start a worker on the other box under this name, and wait until it has ended."""
        link = {"STEWARD_WORKER": name, "STEWARD_DATABASE": self._urls[_OWN_BOX]}
        environment = {**self.steward.environment, **self._own_box, **link}
        return subprocess.run(
            [PROGRAM, "worker"], env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send one a signal."""
        os.kill(self.steward.processes[name].pid, number)

    def carriers(self) -> dict[RunId, tuple[str, bool]]:
        """Return who has each run that was begun, and whether it has ended."""
        with self.database.read() as connection:
            return _carriers(connection)

    def alive(self) -> set[str]:
        """Return who said within the last seconds that it lives."""
        with self.database.read() as connection:
            now = table.now(connection)
            return {one.name for one in table.listing(connection) if (now - one.at).total_seconds() < 3}

    def close(self) -> None:
        """End everything."""
        for name, process in self.steward.processes.items():
            if process.poll() is None:
                self.signal(name, signal.SIGCONT)
        for link in self.links.values():
            link.close()
        self.database.close()
        self.steward.close()

    @property
    def _own_box(self) -> dict[str, str]:
        """Places on the other box."""
        folder = self.steward.folder / "own-box"
        return {f"STEWARD_{name.upper()}": str(folder / name) for name in ("data", "keys", "workspace")}

    def _make_own_box(self) -> None:
        """Put there what docs/how-to/workers.md says, and nothing else."""
        box = {name: Path(place) for name, place in self._own_box.items()}
        for folder in (box["STEWARD_DATA"], box["STEWARD_KEYS"]):
            folder.mkdir(mode=0o700, parents=True)
        shutil.copy2(self.steward.data / "secrets.age", box["STEWARD_DATA"])
        for name in ("ssh-ed25519", "age-identity.txt", "secret-versions"):
            shutil.copy2(self.steward.folder / "keys" / name, box["STEWARD_KEYS"])
        subprocess.run(["git", "clone", "-q", self.steward.workspace, box["STEWARD_WORKSPACE"]], check=True)


def _carriers(connection: Connection) -> dict[RunId, tuple[str, bool]]:
    rows = connection.execute(
        sa.text("SELECT workflow_uuid, executor_id, status FROM dbos.workflow_status WHERE name = 'walk'")
    )
    return {
        RunId(run): ("" if status == "ENQUEUED" else executor.partition("@")[0], status not in {"PENDING", "ENQUEUED"})
        for run, executor, status in rows
    }
