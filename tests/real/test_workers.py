"""Two workers and a control plane on one Postgres: whoever is killed, stopped or cut off, the others carry it on.

A seeded few of the strikes; `python -m tests.real.workers` makes more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from steward.model.errors import Conflict
from tests.databases import Server
from tests.real.crash.nursery import Nursery
from tests.real.lab import Lab
from tests.real.workers.crew import Crew
from tests.real.workers.storm import Means, Strike, Trial

pytestmark = [pytest.mark.real, pytest.mark.postgres]

MACHINES = ("m4", "m5")
ADOPTED_WITHIN_SECONDS = 60
"""A deadline of what it does; how fast it is stands in docs/explanation/durability.md."""
STRIKES = (
    Strike(means=Means.KILL, choice=0.1, after_seconds=0.5, lasts_seconds=0),
    Strike(means=Means.STOP, choice=0.9, after_seconds=0.2, lasts_seconds=9),
)


@pytest.fixture(scope="module")
def crew(lab: Lab, postgres_server: Server) -> Iterator[Crew]:
    """A control plane that works too, and two workers."""
    with ExitStack() as parts:
        nursery = Nursery()
        parts.callback(nursery.close)
        made = Crew(lab, postgres_server, MACHINES, nursery=nursery)
        parts.callback(made.close)
        made.start()
        yield made


@pytest.mark.parametrize("strike", STRIKES, ids=lambda strike: strike.means.value)
def test_whoever_carries_runs_out_may_go_at_any_moment(crew: Crew, strike: Strike):
    outcome = Trial(crew, strike, f"t{STRIKES.index(strike)}").run()
    assert not outcome.problems, str(outcome)
    assert not outcome.strays, str(outcome)
    assert outcome.adopted_seconds is None or outcome.adopted_seconds < ADOPTED_WITHIN_SECONDS, str(outcome)


def test_a_worker_on_another_box_with_a_name_that_is_taken_does_not_start(crew: Crew):
    done = crew.try_worker("w-1")
    assert done.returncode == Conflict.exit_code, done.stderr
    assert "another worker is called w-1" in done.stderr
    assert "w-1" in crew.alive()
