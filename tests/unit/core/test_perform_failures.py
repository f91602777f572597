"""One action: what the machine did is never called anything else because of what happens here."""

from __future__ import annotations

from typing import Any

import pytest

from steward.core.perform import Performer
from steward.core.wishes import PlanCard
from steward.model.brake import Brake
from steward.model.command import Outcome
from steward.model.errors import TryLater
from steward.model.run import RunState
from steward.ports.executor import MarkerState, Order, Report
from steward.store import audit, locks
from steward.testing.crash import Crash, CrashAt
from steward.testing.hosts import Behavior, FakeExecutor, Marker
from steward.testing.stage import Core, World, step, wish


async def begun(core: Core) -> PlanCard:
    card = await core.propose(wish(step("a")))
    assert await core.approve(card)
    assert card.run is not None
    await core.runner.begin(card.run)
    return card


def refuse_once(monkeypatch: pytest.MonkeyPatch, core: Core, function: str) -> None:
    """Let the store refuse the first write of one function of the performer, as a full disk does."""
    write = core.storage.write
    refused: list[str] = []

    async def guarded(call: Any, /, *args: Any, **kwargs: Any) -> Any:
        if getattr(call, "__name__", "") == function and not refused:
            refused.append(function)
            raise TryLater("the store cannot be written")
        return await write(call, *args, **kwargs)

    monkeypatch.setattr(core.storage, "write", guarded)


async def test_a_store_that_refuses_the_result_does_not_make_the_action_undone(
    core: Core, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await begun(core)
    refuse_once(monkeypatch, core, "_store_result")
    with pytest.raises(TryLater):
        await core.runner.act(card.run, "a")
    assert [record.outcome for record in await core.steps_of(card)] == [None]
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    assert world.host().starts("a") == 1


async def test_output_that_cannot_be_kept_does_not_make_the_action_undone(
    core: Core, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await begun(core)
    refuse_once(monkeypatch, core, "_add_output")
    assert (await core.runner.act(card.run, "a")).startswith("ok")
    (record,) = await core.steps_of(card)
    assert (record.outcome, record.is_started) == (Outcome.OK, True)
    assert world.host().starts("a") == 1


async def test_a_step_held_after_a_restart_is_not_said_to_have_begun(world: World) -> None:
    first = world.start(reached=CrashAt("intent.after"))
    card = await begun(first)
    with pytest.raises(Crash):
        await first.runner.act(card.run, "a")
    first.close()
    core = world.start()
    await core.brakes.put(Brake.FREEZE, by="the owner", reason="")
    end = await core.runner.act(card.run, "a")
    assert end.startswith("held")
    assert [(record.is_started, record.outcome) for record in await core.steps_of(card)] == [(False, Outcome.FAILED)]
    assert await core.runner.conclude(card.run, [end]) == RunState.CANCELLED.value
    core.close()


async def test_what_left_no_result_is_told_once_however_often_it_is_asked(core: Core, world: World) -> None:
    world.host().behave("a", Behavior.VANISHES)
    card = await begun(core)
    await core.runner.conclude(card.run, [await core.runner.act(card.run, "a")])
    assert await core.runner.reconcile(card.run) is None
    told = len(await core.storage.read(audit.rows, subject=card.run))
    assert await core.runner.reconcile(card.run) is None
    assert len(await core.storage.read(audit.rows, subject=card.run)) == told


async def test_a_run_that_cannot_go_on_is_unknown_and_then_asked_about(core: Core, world: World) -> None:
    card = await begun(core)

    async def broken(*_: object, **_named: object) -> None:
        raise RuntimeError("a mistake")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Performer, "_record", broken)
        with pytest.raises(RuntimeError):
            await core.runner.act(card.run, "a")
    assert await core.runner.abandon(card.run, "it cannot go on") == RunState.UNKNOWN.value
    assert await core.jobs.reconcile(card.run) == RunState.VERIFIED.value
    assert await core.storage.read(locks.holders) == ()
    assert world.host().starts("a") == 1


async def test_abandoning_a_run_that_has_ended_changes_nothing(core: Core) -> None:
    run = await core.carried_out(wish(step("a")))
    assert await core.runner.abandon(run.id, "late") == RunState.VERIFIED.value


async def test_an_end_that_no_arrow_leads_to_gives_no_lock_back(core: Core) -> None:
    card = await begun(core)
    await core.runner._end(card.run, RunState.VERIFIED, "")
    assert len(await core.storage.read(locks.holders)) == 1


async def test_a_stop_said_on_another_machine_ends_what_runs_here(core: Core, world: World) -> None:
    card = await begun(core)
    host, ended = world.host(), []

    async def runs_until_ended(_machine: object, order: Order, *_more: object) -> Report:
        host.markers[order.key] = Marker(state=MarkerState.RUNNING, argv=order.argv, starts=1)
        await core.brakes.put(Brake.STOP, by="the owner", reason="")
        world.flag.clear()  # the flag lies on the machine where stop was said
        await core.performer.end_cancelled()
        ended.append(host.markers[order.key].state)
        return Report(key=order.key, state=MarkerState.DONE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeExecutor, "run", lambda _self, *given: runs_until_ended(*given))
        end = await core.runner.act(card.run, "a")
    assert ended == [MarkerState.DONE]
    assert await core.runner.conclude(card.run, [end]) == RunState.CANCELLED.value
    assert "stop is on" in (await core.run_of(card)).reason
