"""What is known of all machines comes typed, from memory or the store; the graph is built when something is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from steward.core.graph import GraphKeeper, graph_of, presentable
from steward.core.known import Known, value_type
from steward.core.storage import Storage
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.lib.codec import encode
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.relation import Lab, Relation
from steward.model.workspace import Inventory
from steward.store import facts as facts_table
from tests.unit.knowhow.plugins import FACTS, RELATIONS
from tests.unit.knowhow.snapshots import NOW, recorded

NAS = Machine(id=MachineId("mach-nas"), name="nas")
LOOK = replace(recorded(filesystems="debian_12_bind_mounts", os="debian_12_root"), machine=NAS)


class Listed:
    """An inventory in memory."""

    def __init__(self, *machines: Machine) -> None:
        self.machines = machines

    def inventory(self) -> Inventory:
        return Inventory(machines=self.machines)


async def store(storage: Storage, look: Snapshot, **more: object) -> None:
    values = {name: encode(value) for name, value in look.values.items()} | more
    await storage.write(facts_table.save, machine=look.machine.id, at=look.at, values=values, unread=dict(look.unread))


def known(storage: Storage, *machines: Machine, seen: Callable[[MachineId], Snapshot | None] | None = None) -> Known:
    return Known(storage=storage, workspace=Listed(*machines), seen=seen or (lambda _machine: None))  # type: ignore[arg-type]


async def lab_of(knower: Known) -> Lab:
    return await knower.lab((FACTS["os"], FACTS["filesystems"]))


async def test_what_was_stored_comes_back_as_the_records_it_was(storage: Storage) -> None:
    await store(storage, LOOK, memory={"much": True})
    lab = await lab_of(known(storage, NAS))
    assert lab.seen[NAS.id].values == LOOK.values


async def test_a_fact_that_another_version_stored_is_told_as_unread(storage: Storage) -> None:
    await store(storage, LOOK, os={"name": "Old OS"})
    seen = (await lab_of(known(storage, NAS))).seen[NAS.id]
    assert "another version" in seen.unread["os"]
    assert set(seen.values) == {"filesystems"}


async def test_memory_is_used_as_long_as_the_store_knows_nothing_newer(storage: Storage) -> None:
    await store(storage, LOOK)
    knower = known(storage, NAS, seen=lambda _machine: LOOK)
    assert (await lab_of(knower)).seen[NAS.id] is LOOK
    later = replace(LOOK, at=LOOK.at + timedelta(minutes=5), values={"os": LOOK.values["os"]})
    await store(storage, later)
    assert (await lab_of(knower)).seen[NAS.id].at == later.at


async def test_a_machine_never_looked_at_and_one_that_left_are_not_known(storage: Storage) -> None:
    await store(storage, LOOK)
    other = Machine(id=MachineId("mach-other"), name="other")
    lab = await lab_of(known(storage, other))
    assert lab.machines == (other,)
    assert lab.seen == {}


def test_every_fact_says_which_record_it_gives() -> None:
    assert value_type(SYSTEM).__name__ == "OperatingSystem"
    assert all(isinstance(value_type(fact), type) for fact in FACTS.values())


async def test_the_graph_is_built_again_only_when_a_look_is_new(storage: Storage) -> None:
    await store(storage, LOOK)
    keeper = GraphKeeper(known=known(storage, NAS), facts=tuple(FACTS.values()), relations=tuple(RELATIONS.values()))
    first = await keeper.current()
    assert await keeper.current() is first
    assert first.thing("machine:nas") is not None
    await store(storage, replace(LOOK, at=NOW + timedelta(minutes=5), values={}))
    second = await keeper.current()
    assert second is not first
    assert len(second.things) < len(first.things)


def broken(_lab: Lab) -> Graph:
    raise ValueError("a mistake")


def test_a_relation_that_breaks_down_costs_only_its_own_part() -> None:
    mistake = Relation(name="broken", summary="", needs=(), tell=broken)
    lab = Lab(machines=(NAS,))
    assert graph_of(lab, (mistake, RELATIONS["machines"])) == graph_of(lab, (RELATIONS["machines"],))


def test_names_from_machines_are_one_visible_line_and_edges_still_meet() -> None:
    evil = "service:nas/" + "\x1b[31m\n" + "x" * 500
    thing = Thing(id=evil, kind=ThingKind.SERVICE, name=evil, says="a\u202eb")
    edge = Edge(of=evil, on="machine:nas", tie=Tie.RUNS_ON, source="containers")
    shown = presentable(Graph(things=(thing,), edges=(edge,)))
    assert shown.things[0].id == shown.edges[0].of
    assert len(shown.things[0].name) == 240
    assert "\n" not in shown.things[0].name
    assert "\x1b" not in shown.things[0].name
    assert shown.things[0].says == "a\\u{202e}b"
