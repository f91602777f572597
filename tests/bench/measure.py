"""Measure: whole processes with a stopwatch, samples as median with the smallest and the largest."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
STEWARD = str(Path(sys.executable).parent / "steward")


class BenchError(Exception):
    """A measurement could not be taken; the message says which and why."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Several measurements of one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def text(self, unit: str, digits: int) -> str:
        """Say median, smallest and largest."""
        low, high = min(self.values), max(self.values)
        spread = f" ({low:.{digits}f} to {high:.{digits}f})" if len(self.values) > 1 else ""
        return f"{self.median:.{digits}f}{spread} {unit}"


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One finished process."""

    seconds: float
    cpu_seconds: float
    """Of the process and what it waited for, on this side only."""
    stdout: str
    stderr: str


def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)) -> Timed:
    """Run a program to its end and time it as a whole, as whoever started it would."""
    before = os.times()
    started = time.perf_counter()
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, cwd=REPOSITORY, env=dict(environment or os.environ)
    )
    seconds = time.perf_counter() - started
    after = os.times()
    if done.returncode not in ok:
        tail = (done.stdout[-1500:] + done.stderr[-1500:]).strip()
        message = f"`{' '.join(argv)}` left with {done.returncode}:\n{tail}"
        raise BenchError(message)
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Timed(seconds=seconds, cpu_seconds=spent, stdout=done.stdout, stderr=done.stderr)


class Partner:
    """A process that is kept and measures when asked: two of them can take turns in one run.

    It prints one JSON value per line on standard output: the first when it is ready, then one for each line it reads.
    """

    def __init__(self, module: str, *words: str, python: str = PYTHON) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [python, "-m", module, *words],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")},
        )
        self.ready: Any = self._answer()

    def ask(self, question: str) -> Any:
        """Have it measure once."""
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            message = f"{self._module} ended with {self._process.wait()}; what it said is above"
            raise BenchError(message)
        return json.loads(line)

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def say(text: str) -> None:
    """Tell a person how far it is."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
