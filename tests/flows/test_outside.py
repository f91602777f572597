"""A whole Steward looks from outside: at what its owner wrote down, and what is wrong is found until it is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from steward.adapters.outside.names import NameAsker, NameSettings
from steward.app.plugins import KnowHow, load_know_how
from steward.app.start import LOCAL_NAME
from steward.model.question import NameQuestion, PortAnswer, PortQuestion, Reach
from tests.flows import house as houses
from tests.flows.house import SOMEBODY, House
from tests.suites.dnsmasq import name_server
from tests.suites.executors import serving

CHECKS = {"split_names", "reachable_ports", "newly_reachable_ports"}
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
        checks = tuple(check for check in real.checks if check.name in CHECKS)
        known = before(files)
        return replace(known, facts=(*known.facts, *views), checks=checks)

    monkeypatch.setattr(houses, "know_how", with_views)
    await house.close()
    await house.open()
    asker = house.steward.scanner._look._outside
    assert asker is not None
    patient = NameAsker(NameSettings(answer_seconds=30))
    monkeypatch.setattr(asker, "_askers", {**asker._askers, NameQuestion: patient})
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


class Television:
    """Stands for the ports of a machine elsewhere: loopback is never taken for that."""

    def __init__(self) -> None:
        self.reached: dict[int, str] = {}
        self.asked: list[PortQuestion] = []

    async def ask(self, question: PortQuestion) -> PortAnswer:
        self.asked.append(question)
        reach = Reach.REACHED if question.port in self.reached else Reach.REFUSED
        said = self.reached.get(question.port, "")
        return PortAnswer(question=question, reach=reach, peer="192.168.7.9", said=said)


@pytest.fixture
async def television(looking: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Television]:
    """A machine that is only watched: its own port is a real one, the others are what the test says."""

    async def idle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    asker = looking.steward.scanner._look._outside
    assert asker is not None
    television = Television()
    monkeypatch.setattr(asker, "_askers", {**asker._askers, PortQuestion: television})
    inventory = looking.settings.workspace / "inventory.yaml"
    async with serving(idle) as port:
        entry = f"  - {{id: m-tv, name: tv, transport: none, address: '127.1', port: {port}, autonomy: watch}}\n"
        inventory.write_text(inventory.read_text() + entry)
        yield television


async def test_a_machine_that_is_only_watched_is_tried_from_outside(looking: House, television: Television) -> None:
    television.reached = {6379: "+PONG", 445: ""}
    assert await findings(looking) == {
        "Redis on tv answers whoever reaches it and asks nobody who they are (port 6379)": "warning"
    }
    assert {one.port for one in television.asked} >= {6379, 443, 2375, 445}
    assert {one.host for one in television.asked} == {"127.1"}
    asked = len(television.asked)
    await findings(looking, timedelta(minutes=5))
    assert len(television.asked) == asked, "it was tried five minutes ago"
    television.reached = {}
    assert await findings(looking) == {}


async def test_a_port_that_was_closed_for_days_and_answers_is_news_and_told_as_a_change(
    looking: House, television: Television
) -> None:
    assert await findings(looking) == {}
    assert await findings(looking, timedelta(hours=25)) == {}
    television.reached = {443: ""}
    assert await findings(looking) == {}, "once may be chance"
    assert list((await findings(looking)).values()) == ["watch"]
    changes = (await looking.do("changed", SOMEBODY)).result["changed"]
    assert [each["difference"]["subject"] for each in changes] == ["port tcp 443 from elsewhere"]


async def test_of_a_quiet_machine_no_port_is_tried(looking: House, television: Television) -> None:
    write(looking, "quiet: [tv]")
    assert await findings(looking) == {}
    assert television.asked == []
