"""The core on a stage: real SQLite in a file of its own, machines in memory, moved time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from steward.core.storage import Storage
from steward.store.database import Database
from steward.testing.stage import Core, World
from tests.unit.core.hall import hall  # noqa: F401 - a fixture


@pytest.fixture
def worlds(sqlite_template: Path, tmp_path: Path) -> Callable[..., World]:
    """Make worlds, each with a store of its own."""
    numbers = count(1)

    def make(**given: Any) -> World:
        return new_world(sqlite_template, tmp_path / f"world-{next(numbers)}", **given)

    return make


def new_world(template: Path, folder: Path, **given: Any) -> World:
    folder.mkdir(mode=0o700, parents=True)
    shutil.copy(template, folder / "steward.sqlite")
    return World(folder=folder, database_url=f"sqlite:///{folder}/steward.sqlite", **given)


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    """One world with one machine."""
    return worlds()


@pytest.fixture
def core(world: World) -> Iterator[Core]:
    """One life of the control plane in it."""
    life = world.start()
    yield life
    life.close()


@pytest.fixture
def storage(world: World) -> Iterator[Storage]:
    """The store of that world."""
    opened = Storage(Database(world.database_url))
    yield opened
    opened.close()
