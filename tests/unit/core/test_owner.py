"""The owner's secret: guessed at most five times in five minutes, good for five minutes in one terminal."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from steward.core.owner import Owner
from steward.model.errors import Conflict, InvalidInput, NotAllowed, TryLater
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.store import owner as table
from steward.testing.stage import Core, World

SECRET = "correct horse"


@pytest.fixture
async def owner(core: Core) -> Owner:
    core.owner._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
    await core.owner.set(SECRET)
    return core.owner


async def test_the_right_secret_makes_a_person_with_step_up(owner: Owner):
    proven = await owner.prove(SECRET, channel="cli", terminal="")
    assert (proven.kind, proven.strength, proven.channel) == (PrincipalKind.PERSON, Strength.STEP_UP, "cli")


@pytest.mark.parametrize("wrong", ["", "correct hors", "correct horse ", "Correct horse", SECRET * 2])
async def test_anything_else_makes_nobody(owner: Owner, wrong: str):
    with pytest.raises(NotAllowed):
        await owner.prove(wrong, channel="cli", terminal="t1")
    assert owner.proven_in("t1", channel="cli") is None


async def test_five_wrong_secrets_lock_everybody_out_for_five_minutes(owner: Owner, world: World):
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await owner.prove("wrong guess", channel="cli", terminal="")
    for _ in range(3):
        with pytest.raises(TryLater):
            await owner.prove(SECRET, channel="cli", terminal="")
    world.clock.advance(299)
    with pytest.raises(TryLater):
        await owner.prove(SECRET, channel="cli", terminal="")
    world.clock.advance(2)
    assert await owner.prove(SECRET, channel="cli", terminal="")


async def test_the_lock_survives_a_restart(owner: Owner, world: World):
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await owner.prove("wrong guess", channel="cli", terminal="")
    second = world.start()
    with pytest.raises(TryLater):
        await second.owner.prove(SECRET, channel="cli", terminal="")
    second.close()


async def test_fifty_guesses_at_once_are_still_five(owner: Owner):
    guesses = [owner.prove(f"guess {number}", channel="cli", terminal="") for number in range(50)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(answer, NotAllowed) for answer in answers) == 5
    assert sum(isinstance(answer, TryLater) for answer in answers) == 45


async def test_the_right_secret_forgets_the_wrong_ones(owner: Owner):
    for _ in range(4):
        for _ in range(4):
            with pytest.raises(NotAllowed):
                await owner.prove("wrong guess", channel="cli", terminal="")
        assert await owner.prove(SECRET, channel="cli", terminal="")


async def test_a_proof_serves_one_terminal_for_five_minutes_of_this_boot(owner: Owner, world: World):
    await owner.prove(SECRET, channel="cli", terminal="t1")
    assert owner.proven_in("t1", channel="cli") is not None
    assert owner.proven_in("t2", channel="cli") is None
    world.clock.set_wall(-3600)
    world.clock.advance(300)
    assert owner.proven_in("t1", channel="cli") is not None
    world.clock.advance(1)
    assert owner.proven_in("t1", channel="cli") is None


async def test_a_process_without_a_terminal_leaves_no_proof_behind(owner: Owner):
    await owner.prove(SECRET, channel="cli", terminal="")
    assert owner.proven_in("", channel="cli") is None


async def test_a_new_secret_ends_every_proof_and_the_old_secret(owner: Owner):
    await owner.prove(SECRET, channel="cli", terminal="t1")
    await owner.set("another horse")
    assert owner.proven_in("t1", channel="cli") is None
    with pytest.raises(NotAllowed):
        await owner.prove(SECRET, channel="cli", terminal="t1")


async def test_a_short_secret_is_refused_and_the_old_one_stays(owner: Owner):
    with pytest.raises(InvalidInput):
        await owner.set("short")
    assert await owner.prove(SECRET, channel="cli", terminal="")


async def test_the_first_secret_needs_the_code_of_the_console_once(core: Core):
    code = await core.owner.new_setup_code()
    with pytest.raises(NotAllowed):
        await core.owner.set_first(SECRET, code="0000-0000-0000")
    await core.owner.set_first(SECRET, code=f" {code.upper()} ")
    assert await core.owner.is_set()
    with pytest.raises(Conflict):
        await core.owner.set_first("another horse", code=code)


async def test_a_setup_code_is_void_once_a_newer_one_is_shown(core: Core):
    old = await core.owner.new_setup_code()
    await core.owner.new_setup_code()
    with pytest.raises(NotAllowed):
        await core.owner.set_first(SECRET, code=old)


async def test_a_code_is_checked_without_using_it_up_and_wrong_ones_are_counted(core: Core):
    code = await core.owner.new_setup_code()
    await core.owner.check_code(code)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await core.owner.check_code("0000")
    with pytest.raises(TryLater):
        await core.owner.check_code(code)


async def test_five_wrong_codes_lock_the_setup(core: Core):
    code = await core.owner.new_setup_code()
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await core.owner.set_first(SECRET, code="0000")
    with pytest.raises(TryLater):
        await core.owner.set_first(SECRET, code=code)


async def test_a_short_first_secret_with_the_right_code_is_no_wrong_guess(core: Core):
    code = await core.owner.new_setup_code()
    for _ in range(6):
        with pytest.raises(InvalidInput):
            await core.owner.set_first("short", code=code)
    await core.owner.set_first(SECRET, code=code)


async def test_before_there_is_a_secret_nobody_is_proven(core: Core):
    with pytest.raises(NotAllowed):
        await core.owner.prove("", channel="cli", terminal="")


async def test_the_store_holds_a_slow_hash_and_never_the_secret(core: Core, world: World):
    await core.owner.set(SECRET)
    stored = await core.storage.read(table.get_hash)
    assert stored.startswith("$argon2id$")
    code = await core.owner.new_setup_code()
    for path in world.folder.iterdir():
        assert SECRET.encode() not in path.read_bytes()
        assert code.encode() not in path.read_bytes()
