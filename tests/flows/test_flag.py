"""Why somebody stopped, typed while no daemon runs: detectors mask it at once, and the daemon what only it knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from steward.app.redact import masked
from steward.model.errors import Braked
from steward.surfaces.cli.run import run as terminal
from steward.surfaces.cli.session import CliPaths
from tests.flows.house import OWNER, House

KNOWN = "Kx9pQ7vW'zR3 mT5"
UNTOLD = "Untold7-canary-1x"


def stop(house: House, reason: str) -> str:
    """Stop in a terminal and return what is in the flag."""
    settings = house.settings
    paths = CliPaths(socket=settings.socket, snapshot=settings.snapshot, stop_flag=settings.stop_flag)
    words = ["stop", "--reason", reason]
    code = terminal(
        words, paths=paths, local_commands={}, environment={}, now=lambda: datetime(2026, 3, 1, tzinfo=UTC), mask=masked
    )
    assert code == 0
    return settings.stop_flag.read_text()


async def test_a_secret_in_the_reason_of_a_stop_without_a_daemon_does_not_stay(house: House) -> None:
    await house.close()
    house.environment["STEWARD_SECRET_DOOR"] = KNOWN
    kept = stop(house, f"the door opens with {KNOWN}, and DB_PASSWORD={UNTOLD}")
    assert UNTOLD not in kept
    assert "the door opens" in kept
    await house.open()
    words = json.loads(house.settings.stop_flag.read_text())
    assert words["reason"].startswith("the door opens with \u2039secret:door\u203a")
    assert words["by"].startswith("uid ")
    assert KNOWN not in house.settings.stop_flag.read_text()
    assert [path.name for path in house.settings.stop_flag.parent.glob("*STOP*")] == [house.settings.stop_flag.name]
    with pytest.raises(Braked):
        await house.steward.brakes.demand_clear()
    await house.do("resume")
    assert not house.settings.stop_flag.exists()


async def test_an_empty_flag_stays_as_it_is(house: House) -> None:
    await house.close()
    house.settings.stop_flag.touch()
    await house.open()
    assert house.settings.stop_flag.read_bytes() == b""
    assert (await house.do("status", OWNER)).result["brake"]["brake"] == "stop"
