"""The order of things that need each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def ordered(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the names so that what is needed comes first; as they are written where they wait for each other."""
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError:
        return tuple(needs)


def circle(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return names that wait for each other, the first one again at the end; empty where none do."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()
