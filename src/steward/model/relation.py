"""Relations: what is known of all machines in, a part of the graph out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from steward.model.fact import Snapshot
from steward.model.graph import Graph
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.registered import DeclaredIn


@dataclass(frozen=True, kw_only=True)
class Lab:
    """What is known of all machines at once: some edges lead from one machine to another."""

    machines: tuple[Machine, ...]
    """Machines of the inventory, in its order."""
    seen: Mapping[MachineId, Snapshot] = field(default_factory=dict[MachineId, Snapshot])
    """What the newest look at each machine gave, as far as relations need it; none for one never looked at."""

    declared: tuple[DeclaredIn, ...] = ()
    """What the registered repositories say should run."""

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return what is known of each machine, in the order of the inventory."""
        return tuple(self.seen[machine.id] for machine in self.machines if machine.id in self.seen)


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A plug-in that knows how some things stand on others."""

    name: str
    """Name."""
    summary: str
    """One line: which things and edges it tells."""
    needs: tuple[str, ...]
    """Facts it reads; a machine that did not give one of them is told as far as the others go."""
    tell: Callable[[Lab], Graph]
    """The knowledge: pure, the same lab always gives the same graph. An edge to a thing nobody tells is dropped."""
