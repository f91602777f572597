"""The graph as a picture: how each thing is, what ties them, and no more of it than can be taken in at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.things import findings_of
from steward.engines.services.drawing import around
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.finding import Finding, Severity
from steward.model.graph import Edge, Graph, Thing, ThingKind
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.store import findings

_MOST_THINGS = 70
"""Things that are drawn one by one; of more only the machines and what ties them."""
_MOST_SERVICES = 24
"""Services of one machine that are drawn one by one; the others become one node."""
_OF_THE_LAB = frozenset({
    ThingKind.SITE, ThingKind.MACHINE, ThingKind.GUEST, ThingKind.SUPPLY, ThingKind.NETWORK, ThingKind.OUTSIDE,
})  # fmt: skip
"""What is drawn of a large lab."""
_HOSTS = frozenset({ThingKind.MACHINE, ThingKind.GUEST})
_UNTOLD = frozenset({ThingKind.OUTSIDE, ThingKind.SITE})
"""What nobody looks at: that something speaks of it does not say that it is well."""
_WORST = tuple(Severity)
_BY_STATE = {"up": "ok", "down": "down", "declared": "unknown"}


@record
class MapInput:
    """Show the lab as a map: how each thing is and what it stands on. Of a large lab: machines and what ties them."""

    name: str = ""
    """Only this and what is around it: a machine, a service, a pool; empty for the lab."""


@record
class Node:
    """One thing on the map."""

    id: str
    """Id in the graph."""
    name: str
    """Name people use; from outside."""
    kind: ThingKind
    """What it is."""
    machine: str
    """Machine it is on; empty where there is none."""
    tone: str
    """`ok`, `watch`, `warning`, `down` or `unknown`: the worst finding about it, else how it was seen."""
    says: str
    """One line about it."""
    findings: int
    """Findings about it; of a machine all that are on it, where its services are not drawn."""
    stands_for: int
    """How many services this node stands for that are not drawn one by one."""


@record
class Line:
    """One thing stands on another."""

    of: str
    """Id of what stands."""
    on: str
    """Id of what it stands on."""
    tie: str
    """How: `is stored on`."""
    is_spare: bool
    """Whether what stands goes on when only this one stops."""


@record
class Map:
    """The lab, or a part of it."""

    sentence: str
    """How much it is, and what is left out."""
    is_condensed: bool
    """Whether only machines are drawn, each standing for what it runs."""
    nodes: tuple[Node, ...]
    """Things, by id."""
    edges: tuple[Line, ...]
    """What ties them."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the tone of a thing follows from."""

    by_thing: Mapping[str, tuple[Finding, ...]]
    by_machine: Mapping[str, tuple[Finding, ...]]


async def drawn(desk: Desk, given: MapInput) -> Map:
    """Draw the lab."""
    found = await desk.storage.read(findings.still_open)
    return map_of(await desk.graph(), found, desk.workspace.inventory().machines, given.name)


def map_of(whole: Graph, found: Sequence[Finding], machines: Sequence[Machine], name: str = "") -> Map:
    """Draw a graph with what was found about its things, or what is around one of them."""
    names = {machine.id: machine.name for machine in machines}
    by_machine: dict[str, list[Finding]] = {}
    for finding in found:
        by_machine.setdefault(names.get(finding.machine, ""), []).append(finding)
    known = _Known(
        by_thing=findings_of(whole, found, machines),
        by_machine={machine: tuple(each) for machine, each in by_machine.items()},
    )
    if name:
        return _one_by_one(_of(whole, name), known)
    return _one_by_one(whole, known) if len(whole.things) <= _MOST_THINGS else _condensed(whole, known)


def _of(whole: Graph, name: str) -> Graph:
    """Return what is around a thing; around a machine what is on it, not what all that stands on elsewhere."""
    host = next((thing for thing in whole.things if thing.kind in _HOSTS and name in {thing.name, thing.id}), None)
    if host is None:
        return around(whole, name)
    own = {thing.id for thing in whole.things if thing.machine == host.name} | {host.id}
    tied = {end for edge in whole.edges if {edge.of, edge.on} & own for end in (edge.of, edge.on)}
    return Graph(
        things=tuple(thing for thing in whole.things if thing.id in tied | own),
        edges=tuple(edge for edge in whole.edges if {edge.of, edge.on} <= tied | own),
    )


def _one_by_one(graph: Graph, known: _Known) -> Map:
    nodes = [_node(thing, known.by_thing.get(thing.id, ())) for thing in graph.things]
    hidden: set[str] = set()
    more: list[Node] = []
    lines: list[Line] = []
    for machine in sorted({node.machine for node in nodes}):
        services = [node for node in nodes if node.machine == machine and node.kind is ThingKind.SERVICE]
        services.sort(key=lambda node: (-_rank(node.tone), node.name))
        rest = services[_MOST_SERVICES:]
        if rest:
            hidden |= {node.id for node in rest}
            more.append(_rest(machine, rest))
            lines += _run_on(graph, more[-1].id, hidden)
    kept = [node for node in nodes if node.id not in hidden]
    told = f"{plural(len(kept), 'thing')} of {len(nodes)}" if hidden else plural(len(kept), "thing")
    edges = (_line(edge) for edge in graph.edges if not {edge.of, edge.on} & hidden)
    return Map(sentence=f"{told}, {_wrong(nodes)}.", is_condensed=False, nodes=(*kept, *more), edges=(*edges, *lines))


def _rest(machine: str, rest: list[Node]) -> Node:
    return Node(
        id=f"more:{machine}",
        name=f"{len(rest)} more",
        kind=ThingKind.SERVICE,
        machine=machine,
        tone=max((node.tone for node in rest), key=_rank),
        says=", ".join(node.name for node in rest[:5]),
        findings=sum(node.findings for node in rest),
        stands_for=len(rest),
    )


def _run_on(graph: Graph, key: str, hidden: set[str]) -> Iterable[Line]:
    hosts = {thing.id for thing in graph.things if thing.kind in _HOSTS}
    ties = {(edge.on, edge.tie) for edge in graph.edges if edge.of in hidden and edge.on in hosts}
    return (Line(of=key, on=on, tie=tie.value, is_spare=False) for on, tie in sorted(ties))


def _condensed(graph: Graph, known: _Known) -> Map:
    """Keep the machines and what has no machine; what ties things of two machines ties these."""
    hosts = {thing.name: thing.id for thing in graph.things if thing.kind in _HOSTS}
    services = Counter(thing.machine for thing in graph.things if thing.kind is ThingKind.SERVICE)
    stand_ins = {thing.id: _stand_in(thing, hosts) for thing in graph.things}
    nodes = tuple(
        _node(
            thing,
            known.by_machine.get(thing.name, ()) if thing.kind in _HOSTS else known.by_thing.get(thing.id, ()),
            stands_for=services[thing.name] if thing.kind in _HOSTS else 0,
        )
        for thing in graph.things
        if stand_ins[thing.id] == thing.id
    )
    spare: dict[tuple[str, str, str], bool] = {}
    for edge in graph.edges:
        of, on = stand_ins[edge.of], stand_ins[edge.on]
        if of and on and of != on:
            spare[of, on, edge.tie.value] = spare.get((of, on, edge.tie.value), True) and edge.is_spare
    lines = (Line(of=of, on=on, tie=tie, is_spare=is_spare) for (of, on, tie), is_spare in sorted(spare.items()))
    sentence = f"{plural(len(hosts), 'machine')} with {plural(sum(services.values()), 'service')}, {_wrong(nodes)}."
    return Map(sentence=sentence, is_condensed=True, nodes=nodes, edges=tuple(lines))


def _stand_in(thing: Thing, hosts: Mapping[str, str]) -> str:
    """Return the id of what stands for a thing in a condensed map: itself, its machine, or nothing."""
    return thing.id if thing.kind in _OF_THE_LAB else hosts.get(thing.machine, "")


def _node(thing: Thing, found: tuple[Finding, ...], *, stands_for: int = 0) -> Node:
    worst = max((_WORST.index(finding.severity) for finding in found), default=None)
    is_seen = thing.at is not None and thing.kind not in _UNTOLD
    tone = _BY_STATE.get(thing.state, "ok" if is_seen else "unknown")
    if worst is not None and _rank(_WORST[worst].value) > _rank(tone):
        tone = _WORST[worst].value
    return Node(
        id=thing.id,
        name=thing.name,
        kind=thing.kind,
        machine=thing.name if thing.kind in _HOSTS else thing.machine,
        tone=tone,
        says=thing.says,
        findings=len(found),
        stands_for=stands_for,
    )


def _rank(tone: str) -> int:
    return ("ok", "paused", "unknown", "watch", "warning", "down").index(tone)


def _line(edge: Edge) -> Line:
    return Line(of=edge.of, on=edge.on, tie=edge.tie.value, is_spare=edge.is_spare)


def _wrong(nodes: Iterable[Node]) -> str:
    count = sum(_rank(node.tone) > _rank("watch") for node in nodes)
    return f"{count} not well" if count else "all well as far as known"


COMMANDS = (
    CommandSpec(
        name="map",
        right=Right.READ,
        input=MapInput,
        output=Map,
        handler=drawn,
        risk=Risk.READ,
        live={"name": "service"},
        by_place=("name",),
        examples=(
            Example(line="map", does="Show the lab as a map: machines, and what ties them"),
            Example(line="map nas", does="Show what is on nas, and what that stands on"),
        ),
    ),
)
