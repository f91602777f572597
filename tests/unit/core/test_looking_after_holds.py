"""What waits is looked after every few seconds for weeks: its plan is read once, and the stream from where it ended."""

from __future__ import annotations

import pytest

from steward.core.wishes import Wish
from steward.core.workflow_files import read_workflow
from steward.model.event import Event
from steward.model.hold import HoldState
from steward.model.ids import PlanId
from steward.model.principal import STEWARD
from steward.model.run import RunState
from steward.store import events, plans
from steward.store import holds as table
from steward.store.database import Connection
from steward.testing.stage import OWNER, Core, World

HEAD = "kind: Workflow\nname: test\ntitle: Test\ngoal: it is as wanted\nsteps:\n"
THEN = "  - {id: a, command: setting.put, on: m1, needs: [go], with: {name: a, value: new}}\n"
QUESTION = f"{HEAD}  - {{id: go, ask: {{text: Now?, expires: 2h}}}}\n{THEN}"
EVENT = f"{HEAD}  - {{id: go, wait: {{event: backup.done, subject: nuc, longest: 2h}}}}\n{THEN}"


async def begun(core: Core, text: str) -> str:
    card = await core.propose(Wish(workflow=read_workflow(text, file="test.yaml"), actor=OWNER, given={}))
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert (await core.run_of(card)).state is RunState.SUSPENDED
    return str(card.run)


async def told(core: Core, kind: str, subject: str, *, times: int = 1) -> None:
    def write(connection: Connection) -> None:
        for _ in range(times):
            core.events.add(connection, kind, subject, actor=STEWARD.id)

    await core.storage.write(write)


async def state(core: Core, run: str) -> HoldState:
    known = await core.storage.read(table.get, run, "go")
    assert known is not None
    return known.state


async def test_the_plan_of_what_waits_is_read_once(core: Core, monkeypatch: pytest.MonkeyPatch):
    run = await begun(core, QUESTION)
    read: list[PlanId] = []
    real = plans.get

    def get(connection: Connection, plan: PlanId) -> plans.StoredPlan | None:
        read.append(plan)
        return real(connection, plan)

    monkeypatch.setattr(plans, "get", get)
    for _ in range(3):
        await core.holds.tick()
    assert len(read) == 1
    await core.holds.answer(OWNER, run, "go", {})
    await core.holds.tick()
    assert await state(core, run) is HoldState.DONE
    assert core.holds._open == {}


async def test_an_event_that_comes_after_others_in_vain_ends_the_wait(core: Core):
    run = await begun(core, EVENT)
    await told(core, "backup.done", "other")
    await core.holds.tick()
    assert await state(core, run) is HoldState.OPEN
    await told(core, "backup.done", "nuc")
    await core.holds.tick()
    assert await state(core, run) is HoldState.DONE


async def test_events_that_were_looked_at_in_vain_are_not_read_again(core: Core, monkeypatch: pytest.MonkeyPatch):
    await begun(core, EVENT)
    await told(core, "backup.done", "other", times=5)
    await core.holds.tick()
    asked: list[int] = []
    real = events.after

    def after(connection: Connection, seq: int, *, limit: int) -> tuple[Event, ...]:
        asked.append(seq)
        return real(connection, seq, limit=limit)

    monkeypatch.setattr(events, "after", after)
    await core.holds.tick()
    assert asked == []
    await told(core, "backup.done", "other")
    await core.holds.tick()
    newest = await core.storage.read(events.last)
    assert asked == [newest - 1]


async def test_how_far_the_stream_was_read_is_kept_after_many_events(core: Core):
    run = await begun(core, EVENT)
    await told(core, "backup.done", "other", times=600)
    await core.holds.tick()
    await core.holds.tick()
    known = await core.storage.read(table.get, run, "go")
    assert known is not None
    newest = await core.storage.read(events.last)
    assert newest - known.since_event < 500


@pytest.mark.parametrize("remind", ["0", "1d"])
async def test_the_owner_is_told_when_the_workflow_says_however_seldom_others_are_reminded(
    core: Core, world: World, remind: str
):
    await begun(core, QUESTION.replace("expires: 2h", f"expires: 9d, escalate: 2h, remind: {remind}"))
    for hours, owner_was_told in ((1, 0), (1, 1), (20, 1)):
        world.clock.advance(hours * 3600)
        await core.holds.tick()
        found = await core.storage.read(events.after, 0, limit=500)
        assert sum(each.kind == "hold.escalated" for each in found) == owner_was_told
