"""What a plan can reach: what it changes is marked, what stands on it is named with its way, its machine is there."""

from __future__ import annotations

from dataclasses import replace

from steward.engines.work.reaching import reach_of, told
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.plan import Plan
from tests.unit.store import cases

PLAN = cases.plan()
STEP = PLAN.steps[0]
MACHINE = PLAN.target(STEP.machine).name
CALLED = f"{STEP.resource.kind.value} {STEP.resource.name}"


def thing(key: str, kind: ThingKind = ThingKind.SERVICE, **given: object) -> Thing:
    return Thing(**{"id": key, "kind": kind, "name": key, "machine": MACHINE, "state": "up", **given})


DATABASE = thing("db", resources=(CALLED,))
HOST = thing("host", ThingKind.MACHINE, name=MACHINE)
LAB = Graph(
    things=(DATABASE, thing("photos"), thing("album"), thing("copy", ThingKind.BACKUP), thing("apart"), HOST),
    edges=(
        Edge(of="photos", on="db", tie=Tie.NEEDS, source="f"),
        Edge(of="album", on="photos", tie=Tie.NEEDS, source="f"),
        Edge(of="db", on="copy", tie=Tie.BACKED_UP_BY, source="f"),
        Edge(of="db", on="host", tie=Tie.RUNS_ON, source="f"),
        Edge(of="apart", on="host", tie=Tie.RUNS_ON, source="f"),
    ),
)


def reached(graph: Graph, plan: Plan = PLAN):
    found, edges = reach_of(plan, graph)
    return {one.id: one for one in found}, {(edge.of, edge.on) for edge in edges}, told(found)


def test_what_is_changed_comes_first_then_what_stands_on_it_and_nothing_beside():
    found, edges, sentence = reached(LAB)
    assert list(found) == ["db", "photos", "album", "host"]
    assert [one.is_touched for one in found.values()] == [True, False, False, False]
    assert found["album"].way == "db → photos → album"
    assert edges == {("photos", "db"), ("album", "photos"), ("db", "host")}
    assert sentence == "2 services stand on what it changes."


def test_what_the_graph_does_not_know_is_told_by_the_plan_and_tied_to_its_machine():
    found, edges, sentence = reached(Graph(things=(HOST,)))
    assert list(found) == [STEP.resource.id, "host"]
    assert (found[STEP.resource.id].name, found[STEP.resource.id].is_touched) == (STEP.resource.name, True)
    assert edges == {(STEP.resource.id, "host")}
    assert sentence == "Nothing that Steward knows of stands on what it changes."


def test_the_same_name_on_another_machine_is_not_reached():
    other = replace(DATABASE, machine="elsewhere")
    found, _, _ = reached(Graph(things=(other,)))
    assert "db" not in found


def test_never_more_is_told_than_a_page_can_hold_and_what_is_changed_is_always_among_it():
    many = tuple(thing(f"s{number:03}") for number in range(200))
    edges = tuple(Edge(of=each.id, on="db", tie=Tie.NEEDS, source="f") for each in many)
    found, _, _ = reached(Graph(things=(DATABASE, *many), edges=edges))
    assert len(found) == 60
    assert found["db"].is_touched
