"""What every drawing shares: keys that hold nothing of a name, things grouped by machine, edges that add something."""

from __future__ import annotations

from dataclasses import dataclass

from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie

_LONGEST = 60
_HOSTS = frozenset({ThingKind.MACHINE, ThingKind.GUEST})


@dataclass(frozen=True, kw_only=True)
class Box:
    """A machine with what is on it."""

    key: str
    """`g1`, `g2`: unlike any key of a thing."""
    name: str
    """Name of the machine."""
    things: tuple[tuple[str, Thing], ...]
    """Things with their keys."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A graph ready to be written down."""

    boxes: tuple[Box, ...]
    """Machines."""
    free: tuple[tuple[str, Thing], ...]
    """Things on no machine, with their keys."""
    edges: tuple[tuple[str, str, str], ...]
    """From, to, and how."""


def laid_out(graph: Graph) -> Layout:
    """Give keys, group by machine, and leave out that something runs on the machine it is drawn in."""
    keys = {thing.id: f"n{number}" for number, thing in enumerate(graph.things, 1)}
    things = {thing.id: thing for thing in graph.things}
    by_machine: dict[str, list[tuple[str, Thing]]] = {}
    for thing in graph.things:
        by_machine.setdefault(thing.machine, []).append((keys[thing.id], thing))
    free = tuple(by_machine.pop("", []))
    boxes = tuple(
        Box(key=f"g{number}", name=machine, things=tuple(found))
        for number, (machine, found) in enumerate(sorted(by_machine.items()), 1)
    )
    edges = tuple(
        (keys[edge.of], keys[edge.on], edge.tie.value) for edge in graph.edges if not _is_shown_by_box(edge, things)
    )
    return Layout(boxes=boxes, free=free, edges=edges)


def label_of(thing: Thing) -> str:
    """Return what stands on a thing: its name, and its state when that is not good."""
    name = thing.name if len(thing.name) <= _LONGEST else thing.name[: _LONGEST - 1] + "…"
    return f"{name} ({thing.state})" if thing.state in {"down", "declared"} else name


def _is_shown_by_box(edge: Edge, things: dict[str, Thing]) -> bool:
    of, on = things[edge.of], things[edge.on]
    return edge.tie is Tie.RUNS_ON and on.kind in _HOSTS and of.machine == on.name
