"""A Steward whose processes can be killed at armed points: both in one process, or a control plane and a worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.real.crash.history import Answer
from tests.real.crash.nursery import Nursery
from tests.real.crash.points import Victim
from tests.real.crash.victim import ARMS
from tests.real.lab import Lab
from tests.real.operator import Operator

DAEMON, WORKER = "daemon", "w-1"


class Deployment(Operator):
    """An operator with armed points. Without a nursery it starts real programs, which takes seconds each."""

    def __init__(self, lab: Lab, *, nursery: Nursery | None = None) -> None:
        super().__init__(lab, scan_seconds=86_400)
        self._nursery = nursery
        self.arms = self.folder / "arms"
        self.arms.mkdir()
        self.answers: list[Answer] = []
        self.environment[ARMS] = str(self.arms)
        self._is_split: bool | None = None

    def shape(self, *, is_split: bool) -> None:
        """Run as one process, or as a control plane and a worker; start whatever is not there."""
        if self._is_split != is_split:
            for name in list(self.processes):
                self.kill(name)
            self._is_split = is_split
        self.revive()

    def revive(self) -> None:
        """Start again whatever was killed, with nothing armed."""
        for leftover in self.arms.iterdir():
            leftover.unlink()
        if not self._lives(DAEMON):
            self.processes.pop(DAEMON, None)
            self.socket.unlink(missing_ok=True)
            name = "control" if self._is_split else "one"
            self.start(no_work=bool(self._is_split), environment={"STEWARD_WORKER": name})
        if self._is_split and not self._lives(WORKER):
            self.processes.pop(WORKER, None)
            self.worker(WORKER)

    def pids(self, victim: Victim) -> list[int]:
        """Return the processes a victim stands for."""
        names = {Victim.CONTROL: [DAEMON], Victim.WORKER: [WORKER], Victim.BOTH: list(self.processes)}.get(victim, [])
        return [self.processes[name].pid for name in names]

    def arm(self, point: str, count: int, pids: Sequence[int]) -> None:
        """Let the n-th passing of a point kill these processes."""
        (self.arms / f"{point}.{count}").write_text(" ".join(map(str, pids)))

    def fired(self, point: str) -> bool:
        """Tell whether an armed point was reached."""
        return (self.arms / f"{point}.fired").exists()

    def relax(self) -> None:
        """Let hundreds of actions be allowed on one day."""
        file = self.workspace / "policy.yaml"
        file.write_text(file.read_text().replace("mutations_per_day: 60", "mutations_per_day: 9999"))

    def _lives(self, name: str) -> bool:
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    def _spawn(self, words: Sequence[str], *, crash: str, environment: Mapping[str, str]) -> Any:
        if words[0] not in {"up", "worker"}:
            return super()._spawn(words, crash=crash, environment=environment)
        given = {**self.environment, **({"STEWARD_TEST_CRASH": crash} if crash else {}), **environment}
        if self._nursery is not None:
            return self._nursery.start(words, given, self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.real.crash.victim", *words],
                cwd=Path(__file__).parents[3],
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
