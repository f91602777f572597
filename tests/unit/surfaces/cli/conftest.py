"""A folder, and a daemon that listens in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.surfaces.cli.daemon import Daemon


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: the path of a unix socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="cli-") as path:
        yield Path(path)


@pytest.fixture
def daemon(folder: Path) -> Iterator[Daemon]:
    started = Daemon(folder / "socket")
    yield started
    started.close()
