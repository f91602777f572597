"""A map shows no more than can be taken in, and never shows as good what nobody can tell."""

from __future__ import annotations

from steward.engines.services.mapping import map_of
from steward.model.finding import Finding, Severity
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.ids import FindingId
from steward.model.resource import ResourceKind, resource_on
from tests.unit.knowhow.labs import machine
from tests.unit.knowhow.snapshots import NOW

NAS, BOX = machine("nas"), machine("box")


def thing(kind: ThingKind, where: str, name: str, state: str = "up") -> Thing:
    return Thing(
        id=f"{kind.value}:{where}/{name}",
        kind=kind,
        name=name,
        machine=where,
        state=state,
        at=NOW,
        resources=(f"container {name}",),
    )


def host(name: str) -> Thing:
    return Thing(id=f"machine:{name}", kind=ThingKind.MACHINE, name=name, machine=name, at=NOW)


def services(where: str, count: int) -> list[Thing]:
    return [thing(ThingKind.SERVICE, where, f"app{number:03}") for number in range(count)]


def graph(*things: Thing, ties: tuple[tuple[str, str, Tie], ...] = ()) -> Graph:
    runs = [
        Edge(of=each.id, on=f"machine:{each.machine}", tie=Tie.RUNS_ON, source="containers", at=NOW)
        for each in things
        if each.kind is ThingKind.SERVICE
    ]
    more = [Edge(of=of, on=on, tie=tie, source="containers", at=NOW) for of, on, tie in ties]
    return Graph(things=things, edges=(*runs, *more))


def finding(name: str, severity: Severity) -> Finding:
    return Finding(
        id=FindingId(f"find-{name}"),
        check="test",
        title=f"{name} is not well",
        severity=severity,
        resource=resource_on(NAS.id, ResourceKind.CONTAINER, name),
        machine=NAS.id,
        evidence=(),
        if_nothing="it stays so",
    )


def test_a_small_lab_is_drawn_one_by_one() -> None:
    told = map_of(graph(host("nas"), *services("nas", 3)), (), (NAS,))
    assert not told.is_condensed
    assert {node.tone for node in told.nodes} == {"ok"}
    assert len(told.edges) == 3
    assert "all well as far as known" in told.sentence


def test_of_a_large_lab_machines_are_drawn_and_what_ties_their_services_ties_them() -> None:
    needs = ("service:box/app000", "service:nas/app000", Tie.NEEDS)
    whole = graph(host("nas"), host("box"), *services("nas", 50), *services("box", 50), ties=(needs,))
    told = map_of(whole, [finding("app001", Severity.DOWN)], (NAS, BOX))
    assert told.is_condensed
    nodes = {node.name: node for node in told.nodes}
    assert set(nodes) == {"nas", "box"}
    assert (nodes["nas"].tone, nodes["nas"].findings, nodes["nas"].stands_for) == ("down", 1, 50)
    assert nodes["box"].tone == "ok"
    assert [(edge.of, edge.on, edge.tie) for edge in told.edges] == [("machine:box", "machine:nas", "needs")]


def test_of_a_machine_with_many_services_those_in_trouble_are_drawn_and_the_others_counted() -> None:
    whole = graph(host("nas"), *services("nas", 100))
    told = map_of(whole, [finding("app099", Severity.WARNING)], (NAS,), "nas")
    names = {node.name for node in told.nodes}
    rest = next(node for node in told.nodes if node.stands_for)
    assert "app099" in names
    assert rest.stands_for + sum(node.kind is ThingKind.SERVICE for node in told.nodes) - 1 == 100
    assert ("more:nas", "machine:nas", "runs on") in {(edge.of, edge.on, edge.tie) for edge in told.edges}
    assert rest.tone == "ok"


def test_what_nobody_looks_at_and_what_is_only_declared_is_unknown() -> None:
    outside = Thing(id="outside:vps", kind=ThingKind.OUTSIDE, name="vps", at=NOW)
    declared = thing(ThingKind.SERVICE, "nas", "planned", state="declared")
    tones = {node.name: node.tone for node in map_of(graph(host("nas"), outside, declared), (), (NAS,)).nodes}
    assert (tones["vps"], tones["planned"], tones["nas"]) == ("unknown", "unknown", "ok")


def test_a_worse_finding_colors_a_thing_and_a_better_one_does_not_hide_that_it_is_down() -> None:
    whole = graph(host("nas"), thing(ThingKind.SERVICE, "nas", "app", state="down"))
    told = map_of(whole, [finding("app", Severity.WATCH)], (NAS,))
    assert {node.name: node.tone for node in told.nodes}["app"] == "down"
