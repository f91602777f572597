"""Several workers on one action, and what happens between the decision to send an order and its sending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from steward.core.step_log import Overtaken
from steward.core.wishes import PlanCard
from steward.model.brake import Brake
from steward.model.command import Outcome
from steward.model.run import RunState
from steward.ports.executor import MarkerState
from steward.store import audit, identity, runs
from steward.testing.crash import Crash, CrashAt
from steward.testing.hosts import Behavior, Marker
from steward.testing.stage import Core, World, step, wish


async def begun(core: Core) -> PlanCard:
    card = await core.propose(wish(step("a")))
    assert await core.approve(card)
    await core.runner.begin(card.run)
    return card


async def told(core: Core, card: PlanCard) -> list[str]:
    """The kinds of audit rows about steps of a run."""
    rows = await core.storage.read(audit.rows, subject=card.run)
    return [row.kind for row in rows if row.kind.startswith("step.")]


def once(act: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Something that happens while the first order waits for a connection."""
    done: list[bool] = []

    async def happen() -> None:
        if not done:
            done.append(True)
            await act()

    return happen


@pytest.fixture
def second(world: World):
    """Another worker on the same store."""
    core = world.start()
    yield core
    core.close()


@pytest.mark.parametrize("brake", [Brake.FREEZE, Brake.STOP])
async def test_a_brake_pulled_while_an_order_waits_for_a_connection_keeps_it_from_being_sent(
    core: Core, world: World, brake: Brake
):
    card = await begun(core)
    world.host().until_free = once(lambda: core.brakes.put(brake, by="the owner", reason="guests"))
    end = await core.runner.act(card.run, "a")
    assert end.startswith("held")
    assert [(record.outcome, record.is_started) for record in await core.steps_of(card)] == [(Outcome.FAILED, False)]
    assert await core.runner.conclude(card.run, [end]) == RunState.CANCELLED.value
    assert (world.host().markers, world.host().settings) == ({}, {})


async def test_a_run_cancelled_while_its_order_waits_for_a_connection_starts_nothing(core: Core, world: World):
    card = await begun(core)
    world.host().until_free = once(
        lambda: core.storage.write(runs.request_cancel, card.run, reason="the owner cancelled it")
    )
    end = await core.runner.act(card.run, "a")
    assert await core.runner.conclude(card.run, [end]) == RunState.CANCELLED.value
    assert world.host().markers == {}


async def test_an_order_of_an_older_start_is_made_anew_when_the_control_plane_started_while_it_waited(
    core: Core, world: World
):
    card = await begun(core)
    world.host().until_free = once(lambda: core.storage.write(identity.next_epoch))
    with pytest.raises(Overtaken):
        await core.runner.act(card.run, "a")
    assert world.host().starts("a") == 0
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    assert world.host().fence == await core.storage.read(identity.control_plane)


async def test_an_order_that_an_older_start_sent_is_not_called_failed(core: Core, world: World):
    card = await begun(core)

    def newer_speaks() -> None:
        with core.storage.database.write() as connection:
            world.host().fence = identity.next_epoch(connection)

    log = core.performer._log
    with pytest.MonkeyPatch.context() as patch:
        asked = log.demand_latest_in

        def too_early(connection, task, fence=None):
            asked(connection, task, fence)
            patch.undo()
            newer_speaks()

        patch.setattr(log, "demand_latest_in", too_early)
        with pytest.raises(Overtaken):
            await core.runner.act(card.run, "a")
    assert [record.outcome for record in await core.steps_of(card)] == [None]
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    assert world.host().starts("a") == 1


async def test_a_worker_overtaken_before_its_order_was_sent_finds_what_the_other_wrote(
    core: Core, world: World, second: Core
):
    card = await begun(core)
    world.host().until_free = once(lambda: second.runner.act(card.run, "a"))
    with pytest.raises(Overtaken):
        await core.runner.act(card.run, "a")
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    assert await told(core, card) == ["step.intended", "step.ok"]
    assert world.host().starts("a") == 1


async def test_an_overtaken_worker_that_meets_a_brake_does_not_call_a_running_action_not_started(
    core: Core, world: World, second: Core
):
    card = await begun(core)
    world.host().behave("a", Behavior.CUTS_OFF)

    async def other_sends_then_freeze() -> None:
        assert (await second.runner.act(card.run, "a")).startswith("unknown")
        world.host().heal()
        await second.brakes.put(Brake.FREEZE, by="the owner", reason="")

    world.host().until_free = once(other_sends_then_freeze)
    with pytest.raises(Overtaken):
        await core.runner.act(card.run, "a")
    (record,) = await core.steps_of(card)
    assert (record.outcome, record.is_started, record.attempt) == (Outcome.UNKNOWN, True, 2)
    assert await told(core, card) == ["step.intended", "step.unknown"]


async def test_a_worker_that_comes_second_to_the_intent_leaves_the_action_to_the_first(world: World, second: Core):
    first = world.start(reached=CrashAt("intent.after"))
    card = await begun(first)

    async def first_begins(*_: object) -> str:
        with pytest.raises(Crash):
            await first.runner.act(card.run, "a")
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second.performer, "_stale", first_begins)
        with pytest.raises(Overtaken):
            await second.runner.act(card.run, "a")
    assert await told(second, card) == ["step.intended"]
    assert (await second.runner.act(card.run, "a")).startswith("ok")
    assert world.host().starts("a") == 1
    first.close()


async def test_an_order_whose_place_was_closed_on_the_machine_is_sent_again_by_whoever_still_has_the_action(
    core: Core, world: World
):
    card = await begun(core)
    key = card.plan.steps[0].action.key

    async def somebody_asks() -> None:
        world.host().markers[key] = Marker(state=MarkerState.ABSENT, closed_by=0)

    world.host().until_free = once(somebody_asks)
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    assert world.host().starts("a") == 1


async def test_a_crash_when_everything_is_ready_to_send_starts_nothing_and_is_made_up_for(world: World):
    first = world.start(reached=CrashAt("send.allowed"))
    card = await begun(first)
    with pytest.raises(Crash):
        await first.runner.act(card.run, "a")
    assert world.host().markers == {}
    first.close()
    again = world.start()
    assert (await again.runner.act(card.run, "a")).startswith("ok")
    assert world.host().starts("a") == 1
    again.close()


async def test_two_workers_that_settle_one_unknown_action_write_one_ending(core: Core, world: World, second: Core):
    world.host().behave("a", Behavior.CUTS_OFF)
    card = await begun(core)
    await core.runner.conclude(card.run, [await core.runner.act(card.run, "a")])
    world.host().heal()
    ends = await asyncio.gather(core.runner.reconcile(card.run), second.runner.reconcile(card.run))
    assert any(end is not None for end in ends)
    assert await told(core, card) == ["step.intended", "step.unknown", "step.ok"]
