"""Machines as boxes with a button: what runs inside each, and in which order they are switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.purposes import PURPOSES, Purpose, purpose_of
from steward.model.graph import Thing, ThingKind
from steward.model.machine import Machine, Transport

_NETWORK, _STORAGE, _REST = range(3)


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """A lab as somebody sees it who stands before it."""

    lab: Lab
    """The lab."""

    @cached_property
    def all(self) -> tuple[Machine, ...]:
        """Machines that stand somewhere, not those that run inside another one."""
        return tuple(machine for machine in self.lab.machines if self._box_of[machine.name] == machine.name)

    @cached_property
    def supplies(self) -> tuple[str, ...]:
        """Names of the power supplies with a battery."""
        return tuple(sorted({thing.name for thing in self.lab.graph.things if thing.kind is ThingKind.SUPPLY}))

    @cached_property
    def home_of_steward(self) -> Machine | None:
        """The machine Steward itself runs on."""
        return next((each for each in self.lab.machines if each.transport is Transport.LOCAL), None)

    @cached_property
    def purposes(self) -> Mapping[str, tuple[Purpose, tuple[Thing, ...]]]:
        """Services people would miss, by what they are for, in the order of a household."""
        found: dict[str, list[Thing]] = {}
        for thing in self.lab.services:
            if thing.state != "declared" and (purpose := purpose_of((thing.name, thing.image, thing.says))):
                found.setdefault(purpose.title, []).append(thing)
        return {each.title: (each, tuple(found[each.title])) for each in PURPOSES if each.title in found}

    def of(self, thing: Thing) -> str:
        """Return the name of the box to walk to for something."""
        return self._box_of.get(thing.machine, thing.machine)

    def inside(self, box: Machine) -> tuple[Machine, ...]:
        """Return the machines that run inside a box, at any depth."""
        return tuple(m for m in self.lab.machines if self._box_of[m.name] == box.name and m.name != box.name)

    def use(self, box: Machine) -> list[str]:
        """Return what people use a box for."""
        return [
            title.lower()
            for title, (_, things) in self.purposes.items()
            if any(self.of(thing) == box.name for thing in things)
        ]

    def waiting_for(self, box: Machine) -> list[str]:
        """Return the names of the boxes that cannot do without this one."""
        return [other.name for other in self.all if box.name in self._needs[other.name]]

    @cached_property
    def order(self) -> tuple[Machine, ...]:
        """The boxes in the order to switch them on; what is in a circle comes in the order of its kind."""
        left, done = list(self.all), list[Machine]()
        ranks = {box.name: self._rank(box) for box in left}
        while left:
            names = {box.name for box in left}
            ready = [box for box in left if not self._needs[box.name] & names] or left
            chosen = min(ready, key=lambda box: (ranks[box.name], box.name))
            left.remove(chosen)
            done.append(chosen)
        return tuple(done)

    @cached_property
    def _box_of(self) -> Mapping[str, str]:
        hosts = {machine.name: self._host(machine) for machine in self.lab.machines}
        return {name: _outermost(name, hosts) for name in hosts}

    def _host(self, machine: Machine) -> str:
        if machine.via:
            return machine.via
        thing = self.lab.thing_of(machine)
        if thing is None or thing.kind is not ThingKind.GUEST:
            return ""
        hosts = (self.lab.place_of(one) for one in self.lab.hosts_of(thing))
        return next((name for name in hosts if name != machine.name), "")

    @cached_property
    def _needs(self) -> Mapping[str, frozenset[str]]:
        """The boxes that each one, or what runs inside it, cannot do without."""
        found: dict[str, set[str]] = {box.name: set() for box in self.all}
        for machine in self.lab.machines:
            box = self._box_of[machine.name]
            found.setdefault(box, set()).update(self._box_of[name] for name in self.lab.stands_on(machine))
        return {name: frozenset(needed - {name}) for name, needed in found.items()}

    def _rank(self, box: Machine) -> int:
        members = (box, *self.inside(box))
        if PURPOSES[0].title.lower() in self.use(box):
            return _NETWORK
        pools = [snapshot.of(POOLS) for each in members if (snapshot := self.lab.seen.get(each.id))]
        is_storage = any(each and each.pools for each in pools) or any("storage" in each.groups for each in members)
        return _STORAGE if is_storage else _REST


def _outermost(name: str, hosts: Mapping[str, str]) -> str:
    """Follow what runs a machine until nothing in Steward's care does; a circle ends where it began."""
    passed = [name]
    while (host := hosts.get(passed[-1], "")) in hosts and host not in passed:
        passed.append(host)
    return passed[-1] if host not in passed else name
