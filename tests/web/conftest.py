"""Fixtures: a served house, and Chromium; where either library or browser is missing, the tests skip and say so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import house, template
from tests.flows.surfaces.web.conftest import lab, place

__all__ = ["house", "lab", "place", "template"]
RERUNS = int(os.environ.get("STEWARD_TEST_RERUNS", "1"))
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    """A real browser."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: `apt-get install chromium`")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        await browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test of this folder be tried once more: a real browser on a busy box is late now and then."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.flaky(reruns=RERUNS))
