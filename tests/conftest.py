"""Fixtures every test may use, each kind in a file of its own; and what may run beside what."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.databases"]
_OF_THE_LAB = ("tests/real/", "tests/web/")


class ByFile(LoadScopeScheduling):
    """Gives whole files to whoever is free, and all files that use the one lab to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "the lab" if nodeid.startswith(_OF_THE_LAB) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Say what runs beside what, when `make test` runs two files at a time."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the lab: it takes longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(_OF_THE_LAB))
