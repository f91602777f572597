"""Joining and walking the graph."""

from dataclasses import replace
from datetime import UTC, datetime

from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie, breaks_with, joined, stands_on
from steward.model.resource import Owner

SEEN = datetime(2026, 11, 21, tzinfo=UTC)


def thing(name: str) -> Thing:
    return Thing(id=name, kind=ThingKind.SERVICE, name=name, machine="nas", at=SEEN, source="containers")


def edge(of: str, on: str, tie: Tie = Tie.NEEDS) -> Edge:
    return Edge(of=of, on=on, tie=tie, source="containers", at=SEEN)


def graph(*edges: Edge) -> Graph:
    names = {name for each in edges for name in (each.of, each.on)}
    return joined([Graph(things=tuple(thing(name) for name in names), edges=edges)])


def test_what_was_seen_counts_before_what_was_declared_whichever_comes_first() -> None:
    declared = replace(thing("web"), at=None, state="declared", source="lab/compose.yaml:3", owner=Owner.GIT)
    for parts in ((thing("web"), declared), (declared, thing("web"))):
        (found,) = joined([Graph(things=(part,)) for part in parts]).things
        assert (found.at, found.state) == (SEEN, "")
        assert (found.owner, found.source) == (Owner.GIT, "lab/compose.yaml:3")


def test_an_edge_to_what_is_not_there_or_to_itself_is_dropped() -> None:
    found = joined([Graph(things=(thing("web"),), edges=(edge("web", "db"), edge("web", "web")))])
    assert found.edges == ()


def test_trouble_travels_up_nearest_first_and_ends_in_a_circle() -> None:
    found = graph(edge("web", "db"), edge("db", "disk"), edge("disk", "web"), edge("far", "web"))
    walked = [(link.thing.id, link.distance) for link in breaks_with(found, "disk")]
    assert walked == [("db", 1), ("web", 2), ("far", 3)]


def test_without_its_backup_or_its_name_a_service_still_runs() -> None:
    found = graph(edge("web", "backup", Tie.BACKED_UP_BY), edge("web", "name", Tie.NAMED_BY))
    assert breaks_with(found, "backup") == breaks_with(found, "name") == ()
    assert {link.thing.id for link in stands_on(found, "web")} == {"backup", "name"}


def test_a_disk_of_a_mirror_may_go_alone_but_is_stood_on() -> None:
    found = graph(replace(edge("pool", "disk", Tie.STORED_ON), is_spare=True))
    assert breaks_with(found, "disk") == ()
    assert [link.thing.id for link in stands_on(found, "pool")] == ["disk"]
