from __future__ import annotations

import pytest

from steward.core.answers import KEPT, Answers
from steward.core.storage import Storage
from steward.model.errors import Conflict, InvalidInput, TryLater
from steward.model.ids import PrincipalId
from steward.store import answers as table
from steward.testing.stage import World

ME, OTHER = PrincipalId("token-1"), PrincipalId("token-2")


@pytest.fixture
def answers(world: World, storage: Storage) -> Answers:
    return Answers(storage=storage, clock=world.clock)


async def test_the_same_request_is_answered_again_and_not_done_again(answers):
    assert await answers.claim(ME, "k", "r") is None
    await answers.keep(ME, "k", "r", {"status": 202})
    assert await answers.claim(ME, "k", "r") == {"status": 202}
    assert await answers.claim(OTHER, "k", "r") is None


async def test_a_key_with_another_request_is_a_conflict_while_and_after_it_is_answered(answers):
    await answers.claim(ME, "k", "r")
    with pytest.raises(Conflict):
        await answers.claim(ME, "k", "another")
    await answers.keep(ME, "k", "r", {})
    with pytest.raises(Conflict):
        await answers.claim(ME, "k", "another")


async def test_a_request_that_is_being_answered_is_not_begun_a_second_time(answers):
    await answers.claim(ME, "k", "r")
    with pytest.raises(TryLater):
        await answers.claim(ME, "k", "r")


async def test_what_failed_or_was_abandoned_can_be_tried_again(answers, world):
    await answers.claim(ME, "k", "r")
    await answers.drop(ME, "k")
    assert await answers.claim(ME, "k", "r") is None
    world.clock.advance(61)
    assert await answers.claim(ME, "k", "r") is None


async def test_a_key_is_free_again_after_a_day(answers, world):
    await answers.claim(ME, "k", "r")
    await answers.keep(ME, "k", "r", {})
    world.clock.advance(KEPT.total_seconds() + 1)
    assert await answers.claim(ME, "k", "another") is None


async def test_old_answers_are_forgotten(answers, world, storage):
    await answers.claim(ME, "k", "r")
    world.clock.advance(KEPT.total_seconds() + 1)
    await answers.tidy()
    assert await storage.read(table.count, ME) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "schlüssel"])
async def test_a_key_that_does_not_fit_is_refused(answers, key):
    with pytest.raises(InvalidInput):
        await answers.claim(ME, key, "r")


async def test_a_caller_cannot_fill_the_store_with_keys(answers, monkeypatch):
    monkeypatch.setattr("steward.core.answers._MOST", 2)
    for key in ("a", "b"):
        await answers.claim(ME, key, "r")
    with pytest.raises(Conflict):
        await answers.claim(ME, "c", "r")
    assert await answers.claim(OTHER, "c", "r") is None
