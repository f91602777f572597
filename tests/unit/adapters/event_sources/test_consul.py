"""Consul's blocking queries, against a small server that speaks the real protocol: index, wait, 404 with an index."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from steward.adapters.event_sources.consul import PLUGIN
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.watches import ConsulWatch
from tests.unit.adapters.event_sources.hearing import Heard, around, following

TOKEN = "value of secret://consul"


class FakeConsul:
    """Answers `/v1/kv` and `/v1/health/service` as Consul does: not before its index is past the one asked with."""

    def __init__(self) -> None:
        self.index = 10
        self.keys: dict[str, tuple[str, int]] = {}
        self.checks: dict[str, str] = {}
        self.asked: list[str] = []
        self.port = 0
        self.status = 0
        self._changed = asyncio.Condition()

    async def change(self, index: int | None = None, **values: Any) -> None:
        async with self._changed:
            self.index = self.index + 1 if index is None else index
            for name, value in values.items():
                setattr(self, name, value)
            self._changed.notify_all()

    async def put(self, key: str, value: str) -> None:
        await self.change(keys={**self.keys, key: (value, self.index + 1)})

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                head = request.decode()
                address = head.split(" ")[1]
                self.asked.append(address)
                await self._wait(parse_qs(urlsplit(address).query))
                status, body = self._body(urlsplit(address).path, head)
                lines = f"HTTP/1.1 {status} X\r\nX-Consul-Index: {self.index}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(lines.encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _wait(self, query: dict[str, list[str]]) -> None:
        asked = int(query.get("index", ["0"])[0])
        async with self._changed:
            if asked == self.index:
                await self._changed.wait()

    def _body(self, path: str, head: str) -> tuple[int, bytes]:
        if f"x-consul-token: {TOKEN}" not in head.lower().replace(TOKEN.lower(), TOKEN) or self.status:
            return self.status or 403, b"ACL not found"
        if path.startswith("/v1/health/service/"):
            checks = [{"Node": "n1", "CheckID": name, "Status": status} for name, status in self.checks.items()]
            return 200, json.dumps([{"Checks": checks}] if checks else []).encode()
        asked = path.removeprefix("/v1/kv/")
        found = {
            key: one
            for key, one in self.keys.items()
            if key == asked or (asked.endswith("/") and key.startswith(asked))
        }
        rows = [
            {"Key": key, "ModifyIndex": index, "Value": base64.b64encode(value.encode()).decode()}
            for key, (value, index) in found.items()
        ]
        return (200, json.dumps(rows).encode()) if rows else (404, b"")


class Quick:
    """A clock that does not pause between two answers."""

    def __init__(self) -> None:
        self._clock = around().clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)

    async def sleep(self, _seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture
async def consul() -> AsyncIterator[FakeConsul]:
    fake = FakeConsul()
    server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    yield fake
    server.close()


def source(consul: FakeConsul, **fields: Any) -> Any:
    watch = ConsulWatch(url=f"http://127.0.0.1:{consul.port}", token="secret://consul", **fields)
    return PLUGIN.build(watch, around(clock=Quick()))


async def test_a_key_is_told_when_it_comes_and_changes_and_not_for_being_there(consul: FakeConsul) -> None:
    async with following(source(consul, key="app/mode"), Heard()) as heard:
        await consul.put("app/mode", "day")
        await heard.count(1)
        await consul.put("app/mode", "night")
        await heard.count(2)
        await consul.change(keys={})
        await heard.count(3)
    assert [(one.data["change"], one.data["value"]) for one in heard.news] == [
        ("created", "day"),
        ("changed", "night"),
        ("gone", ""),
    ]
    assert "index=10" in consul.asked[1]


async def test_what_changed_below_a_prefix_while_nobody_asked_is_found(consul: FakeConsul) -> None:
    await consul.put("app/a", "1")
    async with following(source(consul, key="app/"), Heard()) as heard:
        pass
    await consul.put("app/b", "2")
    async with following(source(consul, key="app/"), Heard(heard.memory)) as again:
        await again.count(1)
    assert [(one.data["key"], one.data["change"]) for one in again.news] == [("app/b", "created")]


async def test_a_watch_that_begins_anew_tells_the_same_change_as_another_one(consul: FakeConsul) -> None:
    ids: list[str] = []
    for _ in range(2):  # the second time as after an edit: nothing is remembered
        await consul.change(keys={})
        async with following(source(consul, key="app/mode"), Heard()) as heard:
            await consul.put("app/mode", "day")
            ids += [one.event_id for one in await heard.count(1)]
    assert ids[0] != ids[1]


async def test_a_service_is_told_by_its_worst_check(consul: FakeConsul) -> None:
    consul.checks = {"http": "passing", "disk": "passing"}
    async with following(source(consul, service="web"), Heard()) as heard:
        await consul.change(checks={"http": "passing", "disk": "critical"})
        await heard.count(1)
        await consul.change(checks={})
        await heard.count(2)
    assert [(one.data["before"], one.data["status"]) for one in heard.news] == [
        ("passing", "critical"),
        ("critical", "absent"),
    ]


async def test_an_index_that_goes_back_begins_anew(consul: FakeConsul) -> None:
    async with following(source(consul, key="app/mode"), Heard()) as heard:
        await consul.put("app/mode", "day")
        await heard.count(1)
        await consul.change(index=3, keys={"app/mode": ("restored", 2)})
        await heard.count(2)
        await consul.put("app/mode", "after")
        await heard.count(3)
    assert [one.data["value"] for one in heard.news] == ["day", "restored", "after"]
    assert ["index=" in each for each in consul.asked].count(False) == 2


@pytest.mark.parametrize(("status", "kind"), [(403, NeedsPerson), (500, Unreachable), (302, Unreachable)])
async def test_a_server_that_refuses_or_is_none_is_told_as_such(
    consul: FakeConsul, status: int, kind: type[Exception]
) -> None:
    consul.status = status
    with pytest.raises(kind):
        await source(consul, key="x").follow({}, Heard().tell)
