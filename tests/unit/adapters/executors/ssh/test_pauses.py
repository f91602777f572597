"""A machine that does not answer is left alone for a growing while."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.executors.ssh.pauses import Pauses
from steward.model.errors import Unreachable
from steward.model.ids import MachineId
from steward.model.machine import Machine

MACHINE = Machine(id=MachineId("machine-1"), name="far")


@dataclass
class MovedClock(SystemClock):
    """A clock a test moves."""

    seconds: float = 0.0

    def __post_init__(self) -> None:
        super().__init__(SystemClockSettings())

    def monotonic(self) -> float:
        return self.seconds


def pause_after(failures: int) -> float:
    """The pause after so many failures, as a caller is told."""
    pauses = Pauses(clock=MovedClock(), first_seconds=8, longest_seconds=100)
    for _ in range(failures):
        pauses.failed(MACHINE, Unreachable("does not answer", why="no route"))
    with pytest.raises(Unreachable, match="no route") as refused:
        pauses.require_over(MACHINE)
    return float(re.findall(r"tried again in (\d+) s", refused.value.next_step)[0])


@pytest.mark.parametrize(("failures", "most"), [(1, 8), (2, 16), (3, 32), (5, 100), (500, 100)])
def test_the_pause_doubles_up_to_its_longest_with_jitter(failures: int, most: float):
    told = [pause_after(failures) for _ in range(20)]
    assert most / 2 <= min(told) <= max(told) <= most
    assert len(set(told)) > 1


def test_the_pause_ends_by_itself_and_is_forgotten_once_the_machine_answers():
    clock = MovedClock()
    pauses = Pauses(clock=clock, first_seconds=8, longest_seconds=100)
    pauses.failed(MACHINE, Unreachable("does not answer"))
    clock.seconds = 8.1
    pauses.require_over(MACHINE)
    pauses.failed(MACHINE, Unreachable("does not answer"))
    pauses.worked(MACHINE)
    pauses.require_over(MACHINE)


def test_another_machine_is_not_held_up():
    pauses = Pauses(clock=MovedClock(), first_seconds=8, longest_seconds=100)
    pauses.failed(MACHINE, Unreachable("does not answer"))
    pauses.require_over(Machine(id=MachineId("machine-2"), name="near"))
