"""A whole Steward looks from outside: at what its owner wrote down, and what is wrong is found until it is mended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow, load_know_how
from steward.app.start import LOCAL_NAME
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.question import PortQuestion
from tests.flows import house as houses
from tests.flows.house import SOMEBODY, House
from tests.suites.dnsmasq import name_server
from tests.suites.executors import serving

CLOUD = "--host-record=cloud.example.net,{}"


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with name_server(tmp_path_factory.mktemp("inside"), CLOUD.format("192.168.7.5")) as place:
        yield place


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with name_server(tmp_path_factory.mktemp("outside"), "--host-record=other.example.net,8.8.4.4") as place:
        yield place


@pytest.fixture
async def looking(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that looks from outside too."""
    before, real = houses.know_how, load_know_how()

    def with_views(files: Path) -> KnowHow:
        views = tuple(fact for fact in real.facts if fact.view)
        checks = tuple(check for check in real.checks if check.name in {"split_names", "reachable_ports"})
        known = before(files)
        return replace(known, facts=(*known.facts, *views), checks=checks)

    monkeypatch.setattr(houses, "know_how", with_views)
    await house.close()
    await house.open()
    return house


async def findings(house: House, after: timedelta = timedelta(hours=3)) -> dict[str, str]:
    house.clock.pass_time(after)
    await house.daemon.look()
    return {each["title"]: each["severity"] for each in (await house.do("status", SOMEBODY)).result["findings"]}


def write(house: House, *lines: str) -> None:
    text = "\n".join(lines) + "\n"
    (house.settings.workspace / "outside.yaml").write_text(text)


def named(inside: str, outside: str, name: str = "cloud.example.net") -> tuple[str, ...]:
    return (
        "names:",
        f"  - name: {name}",
        f"    machine: {LOCAL_NAME}",
        f"    inside: {inside}",
        f"    outside: {outside}",
    )


async def test_a_name_that_is_missing_outside_is_found_until_its_owner_expects_that(
    looking: House, inside: str, outside: str
) -> None:
    assert await findings(looking) == {}
    write(looking, *named(inside, outside))
    title = f"cloud.example.net, which {LOCAL_NAME} serves, is not known outside"
    assert await findings(looking) == {title: "warning"}
    write(looking, *named(inside, outside), "    expect: inside")
    assert await findings(looking) == {}


async def test_names_are_asked_for_no_more_often_than_they_need(looking: House, inside: str, outside: str) -> None:
    write(looking, *named(inside, outside))
    assert len(await findings(looking)) == 1
    write(looking, *named(inside, outside), "    expect: inside")
    assert len(await findings(looking, timedelta(minutes=5))) == 1, "it was asked for five minutes ago"
    assert len(await findings(looking, timedelta(minutes=30))) == 0


async def test_a_broken_file_is_told_and_the_last_good_one_stays_in_force(
    looking: House, inside: str, outside: str
) -> None:
    write(looking, *named(inside, outside))
    assert len(await findings(looking)) == 1
    write(looking, *named("dns.lan", outside))
    problems = (await looking.do("policy.check", SOMEBODY)).result["problems"]
    assert [each.partition(":")[0] for each in problems] == ["outside.yaml"]
    assert len(await findings(looking)) == 1
    write(looking, *named(inside, outside), "quiet: [no-such-machine]")
    problems = (await looking.do("policy.check", SOMEBODY)).result["problems"]
    assert "there is no machine `no-such-machine`" in problems[0]


async def test_a_machine_that_is_only_watched_is_tried_from_outside(
    looking: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Redis is not at its usual port: what is asked is known by its port, so the port is told to be Redis's."""

    async def redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline() == b"PING\r\n":
            writer.write(b"+PONG\r\n")
            await writer.drain()

    asked: list[Any] = []
    asker = looking.steward.scanner._look._outside
    assert asker is not None
    async with serving(redis) as port:
        tv = Machine(id=MachineId("m-tv"), name="tv", transport=Transport.NONE, address="127.1", port=port)
        ports = asker._askers[PortQuestion]

        class AtRedis:
            async def ask(self, question: Any) -> Any:
                asked.append(question)
                answer = await ports.ask(replace(question, port=port) if question.port == 6379 else question)
                return replace(answer, question=question, peer="192.168.7.9" if answer.peer else "")

        monkeypatch.setattr(asker, "_askers", {**asker._askers, PortQuestion: AtRedis()})
        await looking.steward.scanner.one(tv)
        seen = looking.steward.scanner.seen[tv.id]
    found = [finding for check in looking.steward.scanner._checks for finding in check.run(seen)]
    assert {one.port for one in asked} >= {6379, 443, 2375}
    assert [one.title for one in found] == [
        "Redis on tv answers whoever reaches it and asks nobody who they are (port 6379)"
    ]
