"""A seeded pairwise sample of the crash matrix; `python -m tests.real.crash --all` is all of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from steward.model.command import Outcome
from tests.real.crash.checker import judge
from tests.real.crash.cluster import cluster
from tests.real.crash.lane import Lane
from tests.real.crash.machine import CrashMachine
from tests.real.crash.nursery import Nursery
from tests.real.crash.plans import workflow
from tests.real.crash.points import DATABASES, HOST_POINTS, Case, Shape, Victim, cases, pairwise
from tests.real.crash.results import line
from tests.real.lab import Lab
from tests.real.operator import Operator

pytestmark = pytest.mark.real

SEED = 20261121
SAMPLE = pairwise(cases([Shape.STRAIGHT, Shape.MACHINES, Shape.UNDO], DATABASES), 8, SEED)
SAMPLE += pairwise(cases([Shape.ASKING], DATABASES), 3, SEED)
MACHINES = {"sqlite": ("m4", "m5"), "postgres": ("m6", "m5")}


class Lanes:
    """One Steward for the cases of a database, made when the first of them comes."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._parts = ExitStack()
        self._lane: tuple[str, Lane] | None = None

    def of(self, database: str) -> Lane:
        """Return the Steward of this database; that of the other gives its machines back first."""
        if self._lane is None or self._lane[0] != database:
            self.close()
            nursery = Nursery()
            self._parts.callback(nursery.close)
            server = self._parts.enter_context(cluster(is_wanted=database == "postgres"))
            lane = Lane(self.lab, MACHINES[database], server.create if server else str, nursery)
            self._parts.callback(lane.close)
            self._lane = database, lane
        return self._lane[1]

    def close(self) -> None:
        """End everything."""
        self._parts.close()
        self._lane = None


@pytest.fixture(scope="module")
def lanes(lab: Lab) -> Iterator[Lanes]:
    made = Lanes(lab)
    yield made
    made.close()


@pytest.mark.parametrize("case", sorted(SAMPLE, key=lambda case: case.database, reverse=True), ids=str)
def test_a_kill_loses_and_doubles_nothing(lanes: Lanes, case: Case):
    history = lanes.of(case.database).run(case, f"s{SAMPLE.index(case)}")
    assert judge(history).is_good, line(history, judge(history))
    assert not history.note, history.note


def test_the_sample_kills_everybody_on_both_stores():
    assert {case.victim for case in SAMPLE} == set(Victim)
    assert {case.database for case in SAMPLE} == set(DATABASES)
    assert {case.shape for case in SAMPLE} == set(Shape)
    assert any(case.point.name in HOST_POINTS and case.victim is not Victim.HOST for case in SAMPLE)


def test_the_installed_program_killed_after_it_consumed_an_approval_carries_the_run_out_once(
    lab: Lab, new_operator: Callable[[], Operator]
):
    """The same without a nursery and without armed points: two starts of the program people install."""
    machine, steward = CrashMachine(lab, "m4"), new_operator()
    machine.prepare()
    steward.start(crash="approval.consume.after:1")
    steward.add("m4")
    file = steward.folder / "plan.yaml"
    file.write_text(workflow(Shape.STRAIGHT, "installed", "m4", "m4"))
    card = steward.plan(str(file))
    assert steward.run(*steward.yes(card["approval"]["code"])).returncode != 0
    assert steward.wait_dead() == -signal.SIGKILL
    steward.start()
    receipt = steward.wait_run(card["run"])
    assert [record.outcome for record in receipt.steps] == [Outcome.OK] * 3, receipt.run.reason
    assert [effect.label for effect in machine.effects("installed")] == [
        f"installed/{n}" for n in ("one", "two", "three")
    ]
