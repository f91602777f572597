"""Things of the graph by the names people use, the way from one to another, and the findings about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from steward.core.graph import shown
from steward.lib.text import nearest
from steward.model.difference import Difference
from steward.model.errors import InvalidInput, NotFound
from steward.model.finding import Finding
from steward.model.graph import Edge, Graph, Link, Thing, ThingKind, breaks_with, stands_on
from steward.model.machine import Machine
from steward.model.resource import ResourceKind

_ORDER = (
    ThingKind.SERVICE,
    ThingKind.MACHINE,
    ThingKind.GUEST,
    ThingKind.STORAGE,
    ThingKind.VOLUME,
    ThingKind.BACKUP,
    ThingKind.SUPPLY,
    ThingKind.NAME,
    ThingKind.NETWORK,
    ThingKind.PROXY,
    ThingKind.SITE,
    ThingKind.OUTSIDE,
)
"""Whom people mean first where two kinds of things have one name."""
_OF_MACHINES = frozenset({
    ResourceKind.MACHINE, ResourceKind.MEMORY, ResourceKind.KERNEL, ResourceKind.CLOCK, ResourceKind.SENSOR,
    ResourceKind.NETWORK, ResourceKind.PROCESS,
})  # fmt: skip
"""What a finding is about that is about its machine as a whole, unless a thing of the graph goes by that name."""
_HOSTS = frozenset({ThingKind.MACHINE, ThingKind.GUEST})
_MOST_NAMED = 5
_ARROW = " → "
Walk: TypeAlias = Callable[[str], tuple[Link, ...]]


def find_things(graph: Graph, name: str, *, only_services: bool = False) -> tuple[Thing, ...]:
    """Return the things a person means: one, or all services of a project on one machine.

    By id, name or `machine/name`; else the services of a project; else the last part of a name, a container or a unit.

    Raises:
        NotFound: with the nearest name.
        InvalidInput: it could be on several machines.
    """
    things = [thing for thing in graph.things if not only_services or thing.kind is ThingKind.SERVICE]
    for spellings in (_exact, _project, _last_part, _in_findings):
        found = [thing for thing in things if name in spellings(thing)]
        if found:
            return _one_place(_first_kind(found), name)
    near = nearest(name, {thing.name for thing in things})
    hint = f"did you mean `{near}`?" if near else "`steward services ls` lists what runs"
    raise NotFound(f"nothing is known of `{shown(name)}`", next_step=hint)


def _exact(thing: Thing) -> set[str]:
    return {thing.id, thing.name, f"{thing.machine}/{thing.name}"}


def _project(thing: Thing) -> set[str]:
    project, slash, _ = thing.name.partition("/")
    is_part = slash and project and thing.kind is ThingKind.SERVICE
    return {project, f"{thing.machine}/{project}"} if is_part else set()


def _last_part(thing: Thing) -> set[str]:
    """Return the service of a project, or a name without the kind before it: `tank` of `pool tank`."""
    return {thing.name.rpartition("/" if thing.kind is ThingKind.SERVICE else " ")[2]}


def _in_findings(thing: Thing) -> set[str]:
    """Return what findings call it, with and without the kind."""
    return {each.partition(" ")[2] for each in thing.resources} | set(thing.resources)


def _first_kind(found: Sequence[Thing]) -> list[Thing]:
    kind = min((thing.kind for thing in found), key=_ORDER.index)
    return [thing for thing in found if thing.kind is kind]


def _one_place(found: Sequence[Thing], name: str) -> tuple[Thing, ...]:
    machines = sorted({thing.machine for thing in found})
    if len(machines) > 1:
        exact = sorted(f"{thing.machine}/{name}" if thing.machine else thing.id for thing in found)
        choices = ", ".join(f"`{each}`" for each in list(dict.fromkeys(exact))[:_MOST_NAMED])
        raise InvalidInput(f"`{shown(name)}` is on {len(machines)} machines", next_step=f"say which: {choices}")
    return tuple(found)


def dependents(graph: Graph, roots: Iterable[Thing]) -> tuple[Link, ...]:
    """Return what stops working when all of these stop, nearest first."""
    return _union(roots, lambda key: breaks_with(graph, key))


def foundations(graph: Graph, roots: Iterable[Thing]) -> tuple[Link, ...]:
    """Return what these stand on, nearest first."""
    return _union(roots, lambda key: stands_on(graph, key))


def _union(roots: Iterable[Thing], walk: Walk) -> tuple[Link, ...]:
    keys = [root.id for root in roots]
    found: dict[str, Link] = {}
    for link in (link for key in keys for link in walk(key)):
        known = found.get(link.thing.id)
        if link.thing.id not in keys and (known is None or link.distance < known.distance):
            found[link.thing.id] = link
    return tuple(sorted(found.values(), key=lambda link: (link.distance, link.thing.id)))


def ways(graph: Graph, links: Iterable[Link]) -> dict[str, tuple[Thing, ...]]:
    """Return for each thing that was reached the things on the way to it, from where the walk began to itself."""
    things = {thing.id: thing for thing in graph.things}
    found: dict[str, tuple[Thing, ...]] = {}
    for link in sorted(links, key=lambda link: link.distance):
        before = _other_end(link.edge, link.thing.id)
        start = (things[before],) if before in things else ()
        found[link.thing.id] = (*found.get(before, start), link.thing)
    return found


def _other_end(edge: Edge, key: str) -> str:
    return edge.of if edge.on == key else edge.on


def findings_of(graph: Graph, found: Iterable[Finding], machines: Iterable[Machine]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings about each thing by its id; what is about a machine as a whole belongs to the machine."""
    names = {machine.id: machine.name for machine in machines}
    known = {(thing.machine, resource): thing.id for thing in graph.things for resource in thing.resources}
    by_machine = {thing.name: thing.id for thing in graph.things if thing.kind in _HOSTS}
    by_thing: dict[str, list[Finding]] = {}
    for finding in found:
        machine = names.get(finding.machine, "")
        key = known.get((machine, shown(f"{finding.resource.kind.value} {finding.resource.name}")))
        if key is None and finding.resource.kind in _OF_MACHINES:
            key = by_machine.get(machine)
        if key is not None:
            by_thing.setdefault(key, []).append(finding)
    return {key: tuple(each) for key, each in by_thing.items()}


def is_about(change: Difference, resources: tuple[str, ...]) -> bool:
    """Tell whether a change is about one of these: `container web: image` is about `container web`."""
    subject = shown(change.subject)
    return any(subject == each or subject.startswith(f"{each}:") for each in resources)


def told_way(way: Iterable[Thing]) -> str:
    """Write a way as people read it; a thing on another machine than the one before says where."""
    words: list[str] = []
    machine = ""
    for thing in way:
        is_elsewhere = thing.machine and machine and thing.machine not in {machine, thing.name}
        words.append(f"{thing.name} on {thing.machine}" if is_elsewhere else thing.name)
        machine = thing.machine or machine
    return _ARROW.join(words)
