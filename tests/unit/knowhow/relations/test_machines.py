"""Machines, what runs them and where they stand."""

from dataclasses import replace

from steward.model.graph import ThingKind, breaks_with, joined
from steward.model.machine import Transport
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.labs import edges, lab, look, machine, told
from tests.unit.knowhow.plugins import RELATIONS


def test_a_guest_runs_on_its_node_and_falls_with_it() -> None:
    graph = told("machines", look("node"), look(machine("guest", transport=Transport.PCT, via="node", guest="101")))
    assert edges(graph) == {"machine:guest runs on machine:node"}
    assert {thing.id: thing.kind for thing in graph.things}["machine:guest"] is ThingKind.GUEST
    assert [link.thing.id for link in breaks_with(joined([graph]), "machine:node")] == ["machine:guest"]


def test_a_container_that_is_a_machine_runs_on_its_service() -> None:
    inside = look(machine("inner", transport=Transport.DOCKER, via="nas", guest="box"))
    graph = told("machines", look("nas", **seen(pair("box")).values), inside)
    assert "machine:inner runs on service:nas/box" in edges(graph)


def test_a_label_says_at_which_site_a_machine_stands() -> None:
    graph = told("machines", look(machine("nas", labels={"site": "cellar"})))
    assert edges(graph) == {"machine:nas is part of site:cellar"}


def test_a_machine_never_looked_at_is_told_without_a_time() -> None:
    known = replace(lab(look("nas")), seen={})
    (thing,) = RELATIONS["machines"].tell(known).things
    assert (thing.name, thing.at, thing.says) == ("nas", None, "")
