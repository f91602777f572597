"""What is killed, where, and in which run: the matrix, and a seeded pairwise sample of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from enum import StrEnum

from steward.lib.record import record


class Victim(StrEnum):
    """Who is killed."""

    CONTROL = "control plane"
    """`steward up --no-work`, with a worker beside it that lives on."""
    WORKER = "worker"
    """`steward worker`, with a control plane beside it that lives on."""
    BOTH = "both"
    """`steward up`, which is both in one process."""
    HOST = "host"
    """What runs on the machine: the shell that carries the order, or the leader that carries out the program."""


class Place(StrEnum):
    """Whose code holds the point."""

    CONTROL = "control"
    WORKER = "worker"
    HOST = "host"


class Shape(StrEnum):
    """Which plan."""

    STRAIGHT = "three steps"
    MACHINES = "two machines"
    """The first two steps side by side, the third after both."""
    ASKING = "ten steps and a question"
    """Five waves on two machines, and after the second a question to a person, for which the run is suspended."""
    UNDO = "undo"
    """Two units stopped, a third start that fails, and both put back."""


ON_TWO_MACHINES = {Shape.MACHINES, Shape.ASKING}


@record
class Point:
    """A numbered point, the n-th time it is reached."""

    name: str
    """Name, as in `reached("...")` of the core or `#@...` of the runner."""
    place: Place
    """Whose code."""
    count: int = 1
    """How often it must be reached."""

    def __str__(self) -> str:
        return f"{self.name}:{self.count}"


@record
class Case:
    """One kill."""

    shape: Shape
    """Plan."""
    point: Point
    """Where."""
    victim: Victim
    """Who."""
    database: str
    """`sqlite` or `postgres`."""

    def __str__(self) -> str:
        return f"{self.database}, {self.shape}, {self.victim} at {self.point}"


DEQUEUE_BEFORE = "dequeue.before"
"""No code of ours runs there: the run waits on the queue while nobody who would take it lives."""
CONTROL_POINTS = (
    "plan.commit.before",
    "plan.commit.after",
    "approval.decide.before",
    "approval.decide.after",
    "approval.consume.before",
    "approval.consume.after",
)
ONCE_POINTS = (
    DEQUEUE_BEFORE,
    "dequeue.after",
    "begin.before",
    "begin.after",
    "verify.before",
    "verify.after",
    "end.before",
    "end.after",
)
STEP_POINTS = (
    "step.enter",
    "intent.before",
    "intent.after",
    "send.before",
    "send.allowed",
    "result.read",
    "result.before",
    "result.after",
)
HOST_POINTS = (
    "connected",
    "owned",
    "fenced",
    "claimed",
    "launched",
    "ready",
    "started",
    "files",
    "effect-done",
    "before-result",
    "result",
)
"""From the connection to the result on the machine's disk; a process killed there dies while the machine is there."""
ANSWER_POINTS = ("hold.end.before", "hold.end.after")
TURN_POINTS = ("turn.before", "turn.after")
UNDO_POINTS = ("undo.before", "undo.after")
DATABASES = ("sqlite", "postgres")
_STEPS = (1, 2, 3)
_ASKING_STEPS = tuple(range(1, 11))
_TURNS = tuple(range(1, 8))
_UNDO_STEPS = (4, 5)
_FIRST_MACHINE = (1, 2)
"""Of the plan of two machines, two steps happen on the one whose points are armed."""


def points(shape: Shape) -> list[Point]:
    """Return every point a run of this plan passes."""
    steps = {Shape.UNDO: _UNDO_STEPS, Shape.ASKING: _ASKING_STEPS}.get(shape, _STEPS)
    found = [Point(name=name, place=Place.CONTROL) for name in CONTROL_POINTS if shape is not Shape.UNDO]
    if shape is Shape.ASKING:
        found = [Point(name=name, place=Place.CONTROL) for name in ANSWER_POINTS]
        for name, count in itertools.product(TURN_POINTS, _TURNS):
            found.append(Point(name=name, place=Place.WORKER, count=count))
    once = UNDO_POINTS if shape is Shape.UNDO else ONCE_POINTS
    found += [Point(name=name, place=Place.WORKER) for name in once]
    for name, count in itertools.product(STEP_POINTS, steps):
        found.append(Point(name=name, place=Place.WORKER, count=count))
    on_host = {Shape.MACHINES: _FIRST_MACHINE, Shape.ASKING: _STEPS}.get(shape, steps)
    for name, count in itertools.product(HOST_POINTS, on_host):
        found.append(Point(name=name, place=Place.HOST, count=count))
    return found


def cases(shapes: Sequence[Shape], databases: Sequence[str]) -> list[Case]:
    """Return every point x victim x database; the host dies only at its own points."""
    found: list[Case] = []
    for database, shape, victim in itertools.product(databases, shapes, Victim):
        for point in points(shape):
            if victim is Victim.HOST and point.place is not Place.HOST:
                continue
            found.append(Case(shape=shape, point=point, victim=victim, database=database))
    return found


def pairwise(everything: Iterable[Case], most: int, seed: int) -> list[Case]:
    """Return a few cases that hold as many pairs of (victim, database, plan, part of the path) as they can."""
    rest = list(everything)
    random.Random(seed).shuffle(rest)
    chosen: list[Case] = []
    seen: set[tuple[object, object]] = set()
    while rest and len(chosen) < most:
        best = max(rest, key=lambda case: len(_pairs(case) - seen))
        rest.remove(best)
        chosen.append(best)
        seen |= _pairs(best)
    return chosen


def _pairs(case: Case) -> set[tuple[object, object]]:
    values = (case.database, case.shape, case.victim, case.point.place, case.point.name, case.point.count)
    return set(itertools.combinations(enumerate(values), 2))
