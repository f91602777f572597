"""Fixtures: a house whose pages are served, with its owner signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.flows.house import House
from tests.flows.test_services import with_lab
from tests.web.place import PASSWORD, Place, served


@pytest.fixture
async def lab(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that looks after nas and box; ask for it before `place`, for it opens the house anew."""
    return await with_lab(house, monkeypatch)


@pytest.fixture
async def place(house: House) -> AsyncIterator[Place]:
    """The owner's browser, signed in a while ago."""
    await house.steward.owner.set(PASSWORD)
    async with served(house) as place:
        await place.sign_in()
        yield place
