"""In which order machines are switched on: supplies first, then what others cannot do without."""

from __future__ import annotations

from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.supplies import PLUGIN as SUPPLIES
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.purposes import PURPOSES, purpose_of
from steward.model.graph import ThingKind
from steward.model.machine import Machine, Transport

_NETWORK, _STORAGE, _REST = range(3)


def boxes(lab: Lab) -> tuple[Machine, ...]:
    """Return machines that stand somewhere and have a button, not those that run inside another one."""
    guests = {thing.name for thing in lab.graph.things if thing.kind is ThingKind.GUEST}
    return tuple(each for each in lab.machines if not each.via and each.name not in guests)


def switch_on_order(lab: Lab) -> tuple[Machine, ...]:
    """Return the boxes in the order to switch them on; what is in a circle comes in the order of its kind."""
    left = list(boxes(lab))
    needed = {box.name: _needed(lab, box) for box in left}
    done: list[Machine] = []
    while left:
        open_names = {box.name for box in left}
        ready = [box for box in left if not (needed[box.name] & open_names) - {box.name}] or left
        chosen = min(ready, key=lambda box: (_rank(lab, box), box.name))
        left.remove(chosen)
        done.append(chosen)
    return tuple(done)


def supplies(lab: Lab) -> tuple[str, ...]:
    """Return the names of the power supplies with a battery."""
    told = {thing.name for thing in lab.graph.things if thing.kind is ThingKind.SUPPLY}
    seen = (snapshot.of(SUPPLIES) for snapshot in lab.seen.values())
    return tuple(sorted(told | {name for each in seen if each for name in each.supplies}))


def inside(lab: Lab, box: Machine) -> tuple[Machine, ...]:
    """Return the machines that run inside a box, at any depth."""
    found: list[Machine] = []
    frontier = {box.name}
    for _ in lab.machines:
        frontier = {each.name for each in lab.machines if _host(lab, each) in frontier and each not in found}
        found += [each for each in lab.machines if each.name in frontier]
        if not frontier:
            break
    return tuple(found)


def _host(lab: Lab, machine: Machine) -> str:
    if machine.via:
        return machine.via
    thing = lab.thing_of(machine)
    if thing is None or thing.kind is not ThingKind.GUEST:
        return ""
    hosts = [lab.place_of(one) for one in lab.hosts_of(thing)]
    return next((name for name in hosts if name), thing.machine)


def _needed(lab: Lab, box: Machine) -> set[str]:
    """Return the boxes that this one, or what runs inside it, cannot do without; a share counts by its address."""
    members = (box, *inside(lab, box))
    names = {name for each in members for name in (*lab.stands_on(each), *_shares(lab, each))}
    by_member = {member.name: other.name for other in boxes(lab) for member in (other, *inside(lab, other))}
    return {by_member[name] for name in names if name in by_member} - {box.name}


def _shares(lab: Lab, machine: Machine) -> set[str]:
    snapshot = lab.seen.get(machine.id)
    found = snapshot.of(NETWORK_MOUNTS) if snapshot else None
    servers = {_server(one.source) for one in found.mounts.values()} if found else set[str]()
    return {each.name for each in lab.machines if {each.name, each.address} & servers - {""}}


def _server(source: str) -> str:
    if source.startswith("//"):
        return source[2:].partition("/")[0]
    return source.partition(":")[0].rpartition("@")[2]


def _rank(lab: Lab, box: Machine) -> int:
    members = (box, *inside(lab, box))
    if any(purpose_of((t.name, t.says)) is PURPOSES[0] for each in members for t in lab.services_on(each)):
        return _NETWORK
    pools = [snapshot.of(POOLS) for each in members if (snapshot := lab.seen.get(each.id))]
    is_storage = any(each and each.pools for each in pools) or any("storage" in each.groups for each in members)
    return _STORAGE if is_storage else _REST


def home_of_steward(lab: Lab) -> Machine | None:
    """Return the machine Steward itself runs on."""
    return next((machine for machine in lab.machines if machine.transport is Transport.LOCAL), None)
