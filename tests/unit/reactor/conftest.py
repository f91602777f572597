"""A clockwork on each kind of database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from tests.clockwork import Clockwork


@pytest.fixture
async def works(database_url: str) -> AsyncIterator[Clockwork]:
    made = Clockwork(database_url)
    yield made
    await made.end()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """A function that makes a migrated database and returns its URL, for each kind."""
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_server")
        return lambda: server.create(template)
    numbers, template = count(1), request.getfixturevalue("sqlite_template")

    def made() -> str:
        folder = tmp_path / f"store-{next(numbers)}"
        folder.mkdir(mode=0o700)
        shutil.copy(template, folder / "steward.sqlite")
        return f"sqlite:///{folder}/steward.sqlite"

    return made
