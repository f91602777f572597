"""Steward as a process that can be killed at any armed point, its own or one of the machine's.

Nothing of the product is changed but two things that tests own: what is told at each `reached(...)`, and what stands
in the place of the `#@...` comments of the runner. A point is armed by a file `NAME.N` in a folder: here it holds the
process ids to kill, on the machine the shell lines to run there. Firing removes the file, so that a point fires once.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import steward.adapters.executors.ssh.executor as ssh
import steward.app.local as local
from steward.app import faults
from steward.lib.runner import Source, source

ARMS = "STEWARD_TEST_ARMS"
"""Folder of armed points of this process."""
WORK = "/srv/crash"
"""Folder on a machine: armed points, and the lines that effects write."""
_MOST = 10
_POINT = re.compile(r"^\s*#@([a-z-]+)$", re.MULTILINE)


def main(words: list[str]) -> int:
    """Run `steward WORDS` with armed points."""
    arm(os.environ)
    return {"up": local.up, "worker": local.worker}[words[0]](words[1:])


def arm(environment: Mapping[str, str]) -> None:
    """Put the armed points in place, once in a fresh process."""
    folder = Path(environment[ARMS])
    local.from_environment = lambda given: _both(faults.from_environment(given), _fire(folder))
    variant = armed_runner(source())
    ssh.source = lambda: variant


def armed_runner(shipped: Source) -> Source:
    """Return the runner with every crash point looking for its file."""
    return Source(**{part.name: _POINT.sub(_look, getattr(shipped, part.name)) for part in fields(shipped)})


def _look(found: re.Match[str]) -> str:
    file = f"{WORK}/{found[1]}"
    shifts = "".join(f"elif mv {file}.{n + 1} {file}.{n} 2>/dev/null; then :; " for n in range(1, _MOST))
    return f"if mv {file}.1 {file}.now 2>/dev/null; then . {file}.now; {shifts}fi"


def _both(first: Callable[[str], None], second: Callable[[str], None]) -> Callable[[str], None]:
    def reached(name: str) -> None:
        first(name)
        second(name)

    return reached


def _fire(folder: Path) -> Callable[[str], None]:
    def reached(name: str) -> None:
        armed = folder / f"{name}.1"
        if armed.exists():
            victims = [int(word) for word in armed.read_text().split()]
            armed.rename(folder / f"{name}.fired")
            for victim in sorted(victims, key=lambda process: process == os.getpid()):
                os.kill(victim, signal.SIGKILL)
            return
        for number in range(2, _MOST + 1):
            if (folder / f"{name}.{number}").exists():
                (folder / f"{name}.{number}").rename(folder / f"{name}.{number - 1}")

    return reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
