"""Fixtures of the flows."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from steward.adapters.executors import local
from steward.app import wiring
from tests.flows.house import House, TurnedClock, prepared


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every house begins with, made once."""
    return prepared(tmp_path_factory.mktemp("flows") / "template")


@pytest.fixture
async def house(template: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """An open house with a clock of its own; its markers lie in its own folder and not in the tester's home."""
    with tempfile.TemporaryDirectory(prefix="house-", dir="/tmp") as name:  # a socket's path must be short
        folder = Path(name)
        made = House(folder, template)
        markers = functools.partial(local.LocalSettings, state_home=str(folder / "state"))
        monkeypatch.setattr(local, "LocalSettings", markers)
        clock: TurnedClock = made.clock
        monkeypatch.setattr(wiring, "SystemClock", lambda _settings: clock)
        await made.open()
        yield made
        await made.close()
