"""What the pages are written from: the inventory, what was seen last, what is wrong, and the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ports import Listener
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.graph import BREAKING, Edge, Graph, Thing, ThingKind, Tie
from steward.model.ids import MachineId
from steward.model.machine import Machine

FIRST_PASSING = 32_768
"""Ports from here on are given out to whoever asks and change by themselves."""
_OWN = ("127.", "::1", "[::1]", "localhost")


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Everything the pages are written from."""

    machines: tuple[Machine, ...]
    """In the order of the inventory."""
    seen: Mapping[MachineId, Snapshot]
    """The last look at each machine."""
    findings: tuple[Finding, ...]
    """What is wrong, worst first."""
    graph: Graph
    """What stands on what."""
    now: datetime
    """When the pages are written (UTC); they tell at most the day."""

    @cached_property
    def services(self) -> tuple[Thing, ...]:
        """What people use, by machine and name."""
        found = (thing for thing in self.graph.things if thing.kind is ThingKind.SERVICE)
        return tuple(sorted(found, key=lambda thing: (thing.name.lower(), thing.machine, thing.id)))

    @cached_property
    def by_name(self) -> Mapping[str, Machine]:
        """Machines by name."""
        return {machine.name: machine for machine in self.machines}

    @cached_property
    def things(self) -> Mapping[str, Thing]:
        """Things by id."""
        return {thing.id: thing for thing in self.graph.things}

    @cached_property
    def _of(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped(self.graph.edges, lambda edge: edge.of)

    @cached_property
    def _on(self) -> Mapping[str, tuple[Edge, ...]]:
        return _grouped(self.graph.edges, lambda edge: edge.on)

    def under(self, thing: Thing, *ties: Tie) -> tuple[Thing, ...]:
        """Return what a thing stands on directly, by these ties."""
        return tuple(self.things[edge.on] for edge in self._of.get(thing.id, ()) if edge.tie in ties)

    def above(self, thing: Thing, *ties: Tie) -> tuple[Thing, ...]:
        """Return what stands on a thing directly, by these ties."""
        return tuple(self.things[edge.of] for edge in self._on.get(thing.id, ()) if edge.tie in ties)

    def hosts_of(self, thing: Thing) -> tuple[Thing, ...]:
        """Return what a thing runs on."""
        return self.under(thing, Tie.RUNS_ON)

    def volumes(self, thing: Thing) -> tuple[Thing, ...]:
        """Return where a service keeps its data."""
        return tuple(each for each in self.under(thing, Tie.STORED_ON) if each.kind is ThingKind.VOLUME)

    def is_copied(self, volume: Thing) -> bool:
        """Tell whether a backup of a volume, or of the filesystem it lies on, is known."""
        places = (volume, *self.under(volume, Tie.STORED_ON))
        return any(self.under(place, Tie.BACKED_UP_BY) for place in places)

    def services_on(self, machine: Machine) -> tuple[Thing, ...]:
        """Return the services of a machine."""
        return tuple(thing for thing in self.services if thing.machine == machine.name)

    def thing_of(self, machine: Machine) -> Thing | None:
        """Return what stands for a machine in the graph."""
        kinds = (ThingKind.MACHINE, ThingKind.GUEST)
        return next((t for k in kinds for t in self.graph.things if t.kind is k and t.name == machine.name), None)

    def stands_on(self, machine: Machine) -> tuple[str, ...]:
        """Return the names of other machines that this one, or something on it, cannot do without."""
        found = {on for of, on in self._between if of == machine.name}
        return tuple(sorted(found | ({machine.via} if machine.via in self.by_name else set[str]())))

    @cached_property
    def _between(self) -> frozenset[tuple[str, str]]:
        pairs = (
            (self.place_of(self.things[e.of]), self.place_of(self.things[e.on]))
            for e in self.graph.edges
            if e.tie in BREAKING and not e.is_spare and self.things[e.of].kind is not ThingKind.BACKUP
        )
        return frozenset((of, on) for of, on in pairs if of and on and of != on)

    def place_of(self, thing: Thing) -> str:
        """Return the name of the machine a thing is or is on, where that is in Steward's care."""
        is_one = thing.kind in {ThingKind.MACHINE, ThingKind.GUEST} and thing.name in self.by_name
        name = thing.name if is_one else thing.machine
        return name if name in self.by_name else ""

    def listeners(self, machine: Machine) -> tuple[Listener, ...]:
        """Return what can be reached from outside a machine, each port once."""
        snapshot = self.seen.get(machine.id)
        ports = snapshot.of(PORTS) if snapshot else None
        found: dict[tuple[int, str], Listener] = {}
        for one in ports.listeners.values() if ports else ():
            if one.port < FIRST_PASSING and not one.address.startswith(_OWN) and one.device != "lo":
                found.setdefault((one.port, one.protocol), one)
        return tuple(found[key] for key in sorted(found))

    def jobs(self, machine: Machine) -> Mapping[str, BackupJob]:
        """Return the backup jobs of a machine by name."""
        snapshot = self.seen.get(machine.id)
        backups = snapshot.of(BACKUPS) if snapshot else None
        return dict(sorted(backups.jobs.items())) if backups else {}


def _grouped(edges: Iterable[Edge], key: Callable[[Edge], str]) -> Mapping[str, tuple[Edge, ...]]:
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(key(edge), []).append(edge)
    return {name: tuple(group) for name, group in groups.items()}
