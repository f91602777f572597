"""In which order the parts of a workflow come: after what they need, and batch after batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from steward.model.errors import InvalidInput


class Following(Protocol):
    """What follows others."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What must have succeeded before."""
        ...


def in_order(needs: Mapping[str, Iterable[str]], where: str) -> list[str]:
    """Return names after what they need, else in the order given.

    Raises:
        InvalidInput: some need each other in a circle.
    """
    place = {name: number for number, name in enumerate(needs)}
    sorter = TopologicalSorter(
        {name: sorted(need for need in wanted if need in place) for name, wanted in needs.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " > ".join(str(name) for name in error.args[1])
        what, step = "steps need each other in a circle", "break the circle in `needs`"
        raise InvalidInput(what, where=where, why=circle, next_step=step) from error
    ordered: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
        name = ready.pop(0)
        ordered.append(name)
        sorter.done(name)
    return ordered


def ends_of(names: Sequence[str], following: Mapping[str, Following]) -> tuple[str, ...]:
    """Return those of some parts that none of the others needs."""
    needed = {need for name in names for need in following[name].needs}
    return tuple(name for name in names if name not in needed)
