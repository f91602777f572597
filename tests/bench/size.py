"""Benchmark: what an installation takes on disk, in a virtual environment made for it."""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import REPOSITORY, run, say
from tests.bench.report import Row, Section, table

_AIM = 120.0
_SHOWN = 12


def measure() -> Section:
    """Do what `make install` does, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        say("size: installing")
        venv = folder / "venv"
        requirements = ["requirements/runtime.txt", "requirements/build.txt"]
        run(["sh", "scripts/install.sh", str(venv), *requirements, str(REPOSITORY)])
        empty = folder / "empty"
        run([sys.executable, "-m", "venv", str(empty)])
        source = _megabytes(REPOSITORY / "src")
        installed, anchor = _megabytes(venv) + source, _megabytes(empty)
        packages = _by_package(venv)
        run([str(venv / "bin" / "python"), "-m", "compileall", "-q", str(venv / "lib")], ok=(0, 1))
        compiled = _megabytes(venv) + source
        return _section(installed=installed, compiled=compiled, anchor=anchor, source=source, packages=packages)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _section(
    *, installed: float, compiled: float, anchor: float, source: float, packages: list[tuple[str, float]]
) -> Section:
    def row(what: str, size: float) -> Row:
        return Row(
            what=what,
            figure=f"{size:.1f} MB",
            anchor=f"empty virtual environment {anchor:.1f} MB",
            ratio=f"{size / anchor:.1f}x",
            aim=f"below {_AIM:g} MB",
            is_met=size < _AIM,
        )

    shown = [*packages[:_SHOWN], (f"{len(packages) - _SHOWN} others", sum(size for _, size in packages[_SHOWN:]))]
    shown.append(("Steward itself, without its bytecode", source))
    return Section(
        title="Installed size",
        intro=(
            "A fresh virtual environment filled as `make install` does, pip included, plus Steward's source: the sizes "
            "of all files, in MB of 1,000,000 bytes."
        ),
        rows=[
            row("installed by uv, which leaves bytecode for later", installed),
            row("with all bytecode, as pip installs", compiled),
        ],
        tables=[table(["package", "MB"], [[name, f"{size:.1f}"] for name, size in shown])],
    )


def _megabytes(folder: Path) -> float:
    """Add up files, each once: not through links, and no bytecode of our own source, which depends on what ran."""
    seen: set[int] = set()
    total = 0
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or (folder.name == "src" and "__pycache__" in path.parts):
            continue
        status = path.stat()
        if status.st_ino not in seen:
            seen.add(status.st_ino)
            total += status.st_size
    return total / 1e6


def _by_package(venv: Path) -> list[tuple[str, float]]:
    """Read what each package says it installed, largest first."""
    sizes: list[tuple[str, float]] = []
    for listing in venv.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        name = listing.parent.name.removesuffix(".dist-info").replace("-", " ")
        with listing.open(newline="") as lines:
            files = [listing.parent.parent / line[0] for line in csv.reader(lines) if line]
        sizes.append((name, sum(file.stat().st_size for file in files if file.is_file()) / 1e6))
    return sorted(sizes, key=lambda one: -one[1])
