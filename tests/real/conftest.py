"""Fixtures of the tests that need the real lab."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real.lab import Lab, LabError
from tests.real.operator import PROGRAM, Operator

_TRIED_TWICE = {"test_stories.py", "test_guests.py", "test_mcp.py", "test_unreachable.py"}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The lab with m1 to m6 and d1 just made; skipped by name where it cannot run.

    Made anew, for what somebody's hand or a run that was cut off left on a disk would be found as a fault; with
    STEWARD_TEST_KEEP_LAB=1 the running one is used as it is.
    """
    if not PROGRAM.exists():
        pytest.skip(f"Steward is not installed ({PROGRAM})")
    found = Lab.from_environment()
    try:
        with found.places.in_use():
            _begin(found)
            yield found
    except BlockingIOError:
        pytest.skip("another run of tests uses the lab")


def _begin(lab: Lab) -> None:
    try:
        if "STEWARD_TEST_KEEP_LAB" not in os.environ:
            lab.down()
        lab.up()
    except LabError as error:
        pytest.skip(f"the lab cannot run here: {error}")


@pytest.fixture(scope="module")
def operator(lab: Lab) -> Iterator[Operator]:
    """One running Steward for the tests of a file."""
    made = Operator(lab)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def new_operator(lab: Lab) -> Iterator[Callable[[], Operator]]:
    """Make more of them, not started."""
    made: list[Operator] = []

    def make() -> Operator:
        made.append(Operator(lab))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def fault(lab: Lab) -> Iterator[Callable[[str, str], None]]:
    """Break a machine for one test."""
    applied: list[tuple[str, str]] = []

    def apply(name: str, machine: str) -> None:
        applied.append((name, machine))
        lab.fault(name, machine)

    yield apply
    for name, machine in reversed(applied):
        lab.heal(name, machine)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder.

    Real machines on a busy box are late now and then: a story may be tried once more, and the report counts it. What
    shows that nothing is lost, doubled or run past a brake may not: there, once is a defect.
    """
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.real)
            if item.path.name in _TRIED_TWICE:
                item.add_marker(pytest.mark.flaky(reruns=1))
