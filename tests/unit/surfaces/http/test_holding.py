"""A hundred tabs of one session ask no more often than one does, and a no counts at once."""

from __future__ import annotations

import asyncio

import pytest

from steward.core.routes import Caller
from steward.surfaces.http import holding as module
from steward.surfaces.http.holding import Holding


class Session:
    """A session that holds until it does not."""

    def __init__(self) -> None:
        self.holds = True
        self.asked = 0

    async def is_live(self) -> bool:
        self.asked += 1
        return self.holds

    def caller(self, credential: str = "session-1") -> Caller:
        """Return a caller with it."""
        return Caller(principal=None, credential=credential, is_live=self.is_live)


async def answer(caller: Caller) -> bool:
    assert caller.is_live is not None
    return await caller.is_live()


async def test_many_streams_of_one_session_ask_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "FRESH_SECONDS", 60.0)
    holding, session = Holding(), Session()
    tabs = [holding.of(session.caller()) for _ in range(100)]
    assert [await answer(tab) for tab in tabs] == [True] * 100
    assert session.asked == 1


async def test_a_yes_of_one_session_says_nothing_of_another():
    holding, one, other = Holding(), Session(), Session()
    other.holds = False
    assert await answer(holding.of(one.caller("session-1")))
    assert not await answer(holding.of(other.caller("session-2")))


async def test_a_no_is_not_kept_as_a_yes():
    holding, session = Holding(), Session()
    session.holds = False
    assert not await answer(holding.of(session.caller()))
    assert not await answer(holding.of(session.caller()))
    assert session.asked == 2


def test_who_has_no_credential_is_left_alone():
    caller = Caller(principal=None)
    assert Holding().of(caller) is caller


async def test_all_streams_of_a_revoked_session_end_by_the_same_questions():
    holding, session = Holding(), Session()
    streams = [asyncio.create_task(holding.over("session-1", session.is_live)) for _ in range(100)]
    await asyncio.sleep(0)
    session.holds = False
    await asyncio.gather(*streams)
    assert session.asked == 1


async def test_a_stream_of_one_session_outlives_the_end_of_another():
    holding, one, other = Holding(), Session(), Session()
    staying = asyncio.create_task(holding.over("session-1", one.is_live))
    other.holds = False
    await holding.over("session-2", other.is_live)
    assert not staying.done()
    staying.cancel()


async def test_nobody_is_asked_for_once_the_last_stream_left():
    holding, session = Holding(), Session()
    streams = [asyncio.create_task(holding.over("session-1", session.is_live)) for _ in range(2)]
    await asyncio.sleep(0)
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []


async def test_a_session_that_nobody_can_tell_about_ends_its_streams():
    holding = Holding()

    async def broken() -> bool:
        raise ConnectionError("the store is gone")

    streams = [asyncio.create_task(holding.over("session-1", broken)) for _ in range(2)]
    for stream in streams:
        with pytest.raises(ConnectionError):
            await stream
