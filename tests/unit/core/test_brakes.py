"""Pause, freeze, stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.model.brake import Brake
from steward.model.errors import Braked, StewardError
from steward.testing.stage import Core, World


@pytest.mark.parametrize(("brake", "is_clear"), [(Brake.PAUSE, True), (Brake.FREEZE, False), (Brake.STOP, False)])
async def test_freeze_and_stop_keep_effects_from_starting(core: Core, brake: Brake, is_clear: bool):
    await core.brakes.put(brake, by="Ann", reason="guests")
    if is_clear:
        await core.brakes.demand_clear()
        return
    with pytest.raises(Braked) as refused:
        await core.brakes.demand_clear()
    assert refused.value.next_step == "`steward resume`"


@pytest.mark.parametrize("brake", [Brake.PAUSE, Brake.FREEZE, Brake.STOP])
async def test_a_brake_holds_across_a_restart_and_a_reboot(world: World, brake: Brake):
    first = world.start()
    await first.brakes.put(brake, by="Ann", reason="guests")
    first.close()
    world.clock.reboot()
    second = world.start()
    state = await second.brakes.state()
    assert state.brake is brake
    second.close()


async def test_stop_by_the_flag_alone_holds_whatever_the_database_says(core: Core, world: World):
    world.flag.set(by="somebody", reason="")
    assert core.brakes.is_stopped_now()
    assert (await core.brakes.state()).brake is Brake.STOP
    with pytest.raises(Braked):
        await core.brakes.demand_clear()


async def test_stop_sets_the_flag_first_so_that_it_holds_without_the_database(core: Core, world: World):
    with core.storage.database.write() as connection:
        connection.execute(sa.text("DELETE FROM brakes"))
    with pytest.raises(StewardError):
        await core.brakes.put(Brake.STOP, by="Ann", reason="")
    assert world.flag.is_set()


async def test_a_brake_that_cannot_be_read_lets_nothing_start(core: Core):
    with core.storage.database.write() as connection:
        connection.execute(sa.text("DELETE FROM brakes"))
    with pytest.raises(StewardError):
        await core.brakes.demand_clear()


async def test_a_crash_while_lifting_leaves_steward_stopped(core: Core, world: World):
    await core.brakes.put(Brake.STOP, by="Ann", reason="")
    world.flag.clear = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        await core.brakes.lift(by="Ann")
    assert (await core.brakes.state()).brake is Brake.STOP


async def test_a_pause_lifts_by_itself_when_its_time_is_over(core: Core, world: World):
    until = world.clock.now() + timedelta(minutes=5)
    await core.brakes.put(Brake.PAUSE, by="Ann", reason="", until=until)
    assert (await core.brakes.state()).brake is Brake.PAUSE
    world.clock.advance(300)
    assert (await core.brakes.state()).brake is Brake.NONE


async def test_only_a_pause_lifts_by_itself(core: Core, world: World):
    await core.brakes.put(Brake.FREEZE, by="Ann", reason="", until=world.clock.now())
    world.clock.advance(3600)
    assert (await core.brakes.state()).brake is Brake.FREEZE


async def test_every_change_raises_the_epoch(core: Core):
    epochs = [(await core.brakes.put(brake, by="Ann", reason="")).epoch for brake in (Brake.PAUSE, Brake.STOP)]
    epochs.append((await core.brakes.lift(by="Ann")).epoch)
    assert epochs == sorted(set(epochs))


@pytest.mark.parametrize(
    ("on", "wanted"), [(Brake.STOP, Brake.FREEZE), (Brake.STOP, Brake.PAUSE), (Brake.FREEZE, Brake.PAUSE)]
)
async def test_whoever_may_only_brake_can_never_loosen_one(core: Core, on: Brake, wanted: Brake):
    await core.brakes.put(on, by="Ann", reason="danger")
    await core.brakes.put(wanted, by="agent", reason="please")
    state = await core.brakes.state()
    assert (state.brake, state.by) == (on, "Ann")


async def test_a_shorter_pause_does_not_shorten_a_longer_one(core: Core, world: World):
    await core.brakes.put(Brake.PAUSE, by="Ann", reason="")
    await core.brakes.put(Brake.PAUSE, by="agent", reason="", until=world.clock.now() + timedelta(seconds=1))
    world.clock.advance(60)
    assert (await core.brakes.state()).brake is Brake.PAUSE
