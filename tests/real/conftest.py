"""Fixtures of the tests that need the real lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.real.lab import Lab, LabError
from tests.real.operator import PROGRAM, Operator


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab with m1 to m6 and d1 running; skipped by name where it cannot run."""
    if not PROGRAM.exists():
        pytest.skip(f"Steward is not installed ({PROGRAM})")
    found = Lab.from_environment()
    try:
        found.up()
    except LabError as error:
        pytest.skip(f"the lab cannot run here: {error}")
    return found


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
