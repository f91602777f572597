"""People name things in many ways; what they mean is found, and what is about it."""

from __future__ import annotations

from typing import Any

import pytest

from steward.core.things import dependents, find_things, findings_of, foundations, is_about, told_way, ways
from steward.model.difference import Difference
from steward.model.errors import InvalidInput, NotFound
from steward.model.finding import Finding, Severity
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie, joined
from steward.model.ids import FindingId, MachineId
from steward.model.machine import Machine
from steward.model.resource import ResourceKind, resource_on
from tests.unit.knowhow.snapshots import NOW


def thing(key: str, name: str, machine: str = "nas", kind: ThingKind = ThingKind.SERVICE, **more: Any) -> Thing:
    return Thing(id=key, kind=kind, name=name, machine=machine, **more)


GRAPH = joined([
    Graph(
        things=(
            thing("machine:nas", "nas", kind=ThingKind.MACHINE, resources=("machine nas",)),
            thing("machine:box", "box", "box", ThingKind.MACHINE),
            thing("service:nas/photos/server", "photos/server", resources=("container photos-server-1",)),
            thing("service:nas/photos/db", "photos/db", resources=("container photos-db-1",)),
            thing("service:nas/web", "web", resources=("unit web.service",)),
            thing("service:box/web", "web", "box"),
            thing("service:box/nas", "nas", "box"),
            thing("storage:nas/pool tank", "pool tank", kind=ThingKind.STORAGE, resources=("pool tank",)),
            thing("storage:nas/filesystem /tank", "filesystem /tank", kind=ThingKind.STORAGE),
        ),
        edges=(
            Edge(of="service:nas/photos/server", on="service:nas/photos/db", tie=Tie.NEEDS, source="x"),
            Edge(of="service:nas/photos/db", on="storage:nas/filesystem /tank", tie=Tie.STORED_ON, source="x"),
            Edge(of="storage:nas/filesystem /tank", on="storage:nas/pool tank", tie=Tie.STORED_ON, source="x"),
            Edge(of="service:box/web", on="storage:nas/filesystem /tank", tie=Tie.NEEDS, source="x"),
        ),
    )
])  # fmt: skip


def ids(name: str, **given: Any) -> list[str]:
    return [one.id for one in find_things(GRAPH, name, **given)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("service:nas/web", ["service:nas/web"]),
        ("photos/db", ["service:nas/photos/db"]),
        ("nas/photos/db", ["service:nas/photos/db"]),
        ("photos", ["service:nas/photos/db", "service:nas/photos/server"]),
        ("nas/photos", ["service:nas/photos/db", "service:nas/photos/server"]),
        ("db", ["service:nas/photos/db"]),
        ("photos-db-1", ["service:nas/photos/db"]),
        ("container photos-db-1", ["service:nas/photos/db"]),
        ("web.service", ["service:nas/web"]),
        ("box/web", ["service:box/web"]),
        ("tank", ["storage:nas/pool tank"]),
        ("pool tank", ["storage:nas/pool tank"]),
        ("/tank", ["storage:nas/filesystem /tank"]),
        ("box", ["machine:box"]),
        ("machine:nas", ["machine:nas"]),
    ],
)
def test_a_thing_is_found_by_what_people_call_it(name: str, found: list[str]) -> None:
    assert ids(name) == found


def test_of_two_kinds_of_one_name_a_service_is_meant_first() -> None:
    assert ids("nas") == ["service:box/nas"]
    assert ids("nas/nas") == ["machine:nas"]


def test_a_name_on_two_machines_asks_which() -> None:
    with pytest.raises(InvalidInput) as raised:
        ids("web")
    assert raised.value.next_step == "say which: `box/web`, `nas/web`"


def test_where_only_services_are_meant_nothing_else_is_found() -> None:
    with pytest.raises(NotFound):
        ids("pool tank", only_services=True)


def test_the_way_leads_from_what_was_asked_over_everything_between() -> None:
    roots = find_things(GRAPH, "tank")
    links = dependents(GRAPH, roots)
    told = {key: told_way(way) for key, way in ways(GRAPH, links).items()}
    assert told["service:nas/photos/server"] == "pool tank → filesystem /tank → photos/db → photos/server"
    assert told["service:box/web"] == "pool tank → filesystem /tank → web on box"


def test_what_a_project_stands_on_leaves_out_its_own_services() -> None:
    links = foundations(GRAPH, find_things(GRAPH, "photos"))
    assert [link.thing.id for link in links] == ["storage:nas/filesystem /tank", "storage:nas/pool tank"]
    assert [link.distance for link in links] == [1, 2]


def test_findings_belong_to_the_thing_they_are_about_else_to_the_machine_or_to_nobody() -> None:
    nas = Machine(id=MachineId("m-nas"), name="nas")

    def finding(kind: ResourceKind, name: str, machine: str = "m-nas") -> Finding:
        return Finding(
            id=FindingId(f"{kind.value} {name} {machine}"),
            check="x",
            title="",
            severity=Severity.WATCH,
            resource=resource_on(MachineId(machine), kind, name),
            machine=MachineId(machine),
            evidence=(),
            if_nothing="",
        )

    found = [
        finding(ResourceKind.CONTAINER, "photos-db-1"),
        finding(ResourceKind.MEMORY, "memory"),
        finding(ResourceKind.UNIT, "stranger.service"),
        finding(ResourceKind.CONTAINER, "photos-db-1", "m-gone"),
    ]
    told = {key: [each.resource.name for each in about] for key, about in findings_of(GRAPH, found, [nas]).items()}
    assert told == {"service:nas/photos/db": ["photos-db-1"], "machine:nas": ["memory"]}


@pytest.mark.parametrize(
    ("subject", "is_it"),
    [("container web: image", True), ("container web", True), ("container web-2: image", False), ("unit web", False)],
)
def test_a_change_is_about_what_its_subject_begins_with(subject: str, is_it: bool) -> None:
    change = Difference(machine=MachineId("m"), fact="x", subject=subject, before="", after="1", since=NOW, at=NOW)
    assert is_about(change, ("container web",)) is is_it
