"""Events of Steward that start something: each once, from the trigger's beginning on, and never in a circle."""

from __future__ import annotations

from steward.model.principal import STEWARD
from steward.store.database import Connection
from tests.clockwork import Clockwork


async def tell(works: Clockwork, kind: str, subject: str = "fnd-1", actor: str = "steward") -> None:
    def write(connection: Connection) -> None:
        works.events.add(connection, kind, subject, actor=actor, data={"text": "it happened"})

    await works.storage.write(write)


async def test_an_event_starts_what_listens_for_it_once(works: Clockwork):
    await tell(works, "finding.opened")
    works.put("cure", "kind: event\nevents: [finding.opened]\nstarts: {command: unit.restart}\n")
    await works.tick()
    await works.tick(6)
    assert await works.rows() == []  # it listens from now on
    await tell(works, "finding.opened")
    await tell(works, "finding.resolved")
    await works.tick(1)
    await works.tick(1)
    rows = await works.rows()
    assert [(row.state.value, row.event["kind"], row.event["subject"]) for row in rows] == [
        ("started", "finding.opened", "fnd-1")
    ]


async def test_events_that_came_while_steward_was_off_are_taken_after_the_restart(works: Clockwork):
    works.put("cure", "kind: event\nevents: [run.*]\nstarts: {command: unit.restart}\noverlap: allow\nmostAtOnce: 9\n")
    await works.tick()
    await works.tick(6)
    await tell(works, "run.failed", "run-a")
    await tell(works, "run.failed", "run-b")
    await works.restart()
    await works.tick(1)
    assert await works.states() == ["started", "started"]


async def test_what_happened_while_its_file_said_off_or_was_not_there_starts_nothing_afterwards(works: Clockwork):
    text = "kind: event\nevents: [run.*]\nstarts: {command: unit.restart}\n"
    works.put("cure", text)
    await works.tick()
    await works.tick(6)
    works.put("cure", text + "enabled: false\n")
    await works.tick(6)
    await tell(works, "run.failed", "run-a")
    await works.tick(6)
    works.put("cure", text)
    await works.tick(6)
    works.files.remove("cure", STEWARD)
    await works.tick(6)
    await tell(works, "run.failed", "run-b")
    works.put("cure", text)
    await works.tick(6)
    await works.tick(6)
    assert await works.rows() == []
    await tell(works, "run.failed", "run-c")
    await works.tick(1)
    assert [row.event["subject"] for row in await works.rows()] == ["run-c"]


async def test_what_a_trigger_of_events_set_off_sets_off_none(works: Clockwork):
    works.put("cure", "kind: event\nevents: [run.*]\nstarts: {command: unit.restart}\n")
    await works.tick()
    await works.tick(6)
    await tell(works, "run.failed", "run-other")
    await works.tick(1)
    run = (await works.rows())[0].run
    await tell(works, "run.failed", str(run))
    await tell(works, "run.proposed", "run-x", actor="trigger-other")
    await works.tick(1)
    assert len(await works.rows()) == 1
