"""Fixtures every test may use, each kind in a file of its own; and what may run beside what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("steward", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("steward")  # here, and not in a folder: an example may take long wherever tests are run from

pytest_plugins = ["tests.databases"]
_SHARED = ("tests/real/", "tests/web/")
"""Folders of which only one test runs at a time: the first shares one lab, the second loads every core by itself."""


class ByFile(LoadScopeScheduling):
    """Gives whole files to whoever is free, and all files of a shared folder to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in _SHARED if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Say what runs beside what, when `make test` runs several files at a time: most of them wait."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in _SHARED])
