"""The newest answer is kept, and nobody waits long for a newer."""

from __future__ import annotations

import asyncio

import pytest

from steward.core.latest import Latest


class Maker:
    """Makes numbers, one after the other, when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.may = asyncio.Event()
        self.may.set()
        self.mistake: Exception | None = None

    async def make(self) -> int:
        await self.may.wait()
        if self.mistake is not None:
            raise self.mistake
        self.made += 1
        return self.made


async def test_an_answer_that_is_quick_is_always_the_newest():
    latest = Latest(Maker().make)
    assert [await latest.value(), await latest.value()] == [1, 2]


async def test_while_a_newer_one_takes_long_the_one_before_is_given_and_it_is_made_once():
    maker = Maker()
    latest = Latest(maker.make)
    assert await latest.value() == 1
    maker.may.clear()
    assert [await latest.value(), await latest.value()] == [1, 1]
    maker.may.set()
    assert await latest.value() == 2


async def test_the_first_one_is_waited_for():
    maker = Maker()
    maker.may.clear()
    waiting = asyncio.create_task(Latest(maker.make).value())
    await asyncio.sleep(0)
    assert not waiting.done()
    maker.may.set()
    assert await waiting == 1


async def test_a_maker_that_never_made_anything_says_why():
    maker = Maker()
    maker.mistake = LookupError("nothing there")
    with pytest.raises(LookupError, match="nothing there"):
        await Latest(maker.make).value()
