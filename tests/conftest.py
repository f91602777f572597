"""Fixtures every test may use, each kind in a file of its own; and what may run beside what."""

import pytest

pytest_plugins = ["tests.databases"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files of `make test` run two at a time, but all that use the one lab one after another."""
    for item in items:
        folder, _, _ = item.nodeid.partition("/test_")
        group = "lab" if folder.startswith(("tests/real", "tests/web")) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
