"""Numbers over time are shown: what matters of every machine, all of one, growth, fullness, how often it was up."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.facts.traffic import PLUGIN as TRAFFIC
from steward.model.errors import InvalidInput, NotFound
from steward.model.history import Point, outside
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.store import history
from tests.flows import house as houses
from tests.flows.house import OWNER, SOMEBODY, House

GB = 1024**3
STEP = timedelta(minutes=30)


@pytest.fixture
async def knowing(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that knows the facts with the numbers of these tests."""
    before = houses.know_how

    def with_more(files: Path) -> KnowHow:
        known = before(files)
        return replace(known, facts=(*known.facts, FILESYSTEMS, LOAD, TRAFFIC, CONTAINERS))

    monkeypatch.setattr(houses, "know_how", with_more)
    await house.close()
    await house.open()
    return house


def local(house: House) -> MachineId:
    return house.steward.workspace.require(LOCAL_NAME).id


async def measure(house: House, fact: str, *numbers: Mapping[str, float], step: timedelta = STEP) -> None:
    """Keep numbers as looks would have, the last of them now."""
    now = house.clock.now()
    for place, each in enumerate(numbers):
        at = now - (len(numbers) - 1 - place) * step
        await house.steward.storage.write(history.add, machine=local(house), fact=fact, at=at, numbers=each)


async def shown(house: House, **given: Any) -> dict[str, Any]:
    return (await house.do("history", SOMEBODY, **given)).result


def named(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    (line,) = [each for each in told["series"] if each["name"] == name]
    return line


async def test_nothing_was_measured_at_first(knowing: House) -> None:
    told = await shown(knowing)
    assert told["series"] == []
    assert told["sentence"] == "Nothing was measured in this time."


async def test_a_filesystem_that_grows_has_a_date_of_fullness(knowing: House) -> None:
    await measure(
        knowing,
        "filesystems",
        *({"/ used_bytes": (10 + hour / 24) * GB, "/ available_bytes": (22 - hour / 24) * GB} for hour in range(49)),
        step=timedelta(hours=1),
    )
    line = named(await shown(knowing), "/ used_bytes")
    assert line["growth_per_day"] == pytest.approx(GB, rel=0.02)
    assert line["room"] == pytest.approx(32 * GB)
    left = datetime.fromisoformat(line["full_at"]) - knowing.clock.now()
    assert left / timedelta(days=1) == pytest.approx(20, rel=0.02)
    assert (line["now"], line["low"]) == (pytest.approx(12 * GB), pytest.approx(10 * GB, rel=0.01))
    assert "/ on this-machine is full in 20 d" in (await shown(knowing))["sentence"]


async def test_less_than_a_day_says_nothing_of_growth(knowing: House) -> None:
    await measure(knowing, "filesystems", *({"/ used_bytes": n * GB, "/ available_bytes": 9 * GB} for n in range(10)))
    line = named(await shown(knowing), "/ used_bytes")
    assert (line["growth_per_day"], line["full_at"]) == (None, None)


async def test_processors_are_told_in_percent_of_all_of_them(knowing: House) -> None:
    busy = [{"busy_seconds": 1800.0 * n, "processors": 4.0} for n in (5, 6, 7, 0, 1)]
    await measure(knowing, "load", *busy)
    line = named(await shown(knowing, machine=LOCAL_NAME, since="6h"), "busy_seconds")
    assert (line["unit"], line["is_rate"]) == ("percent", False)
    assert [line[name] for name in ("low", "high", "now")] == pytest.approx([0.0, 25.0, 25.0])


async def test_traffic_is_told_in_a_second(knowing: House) -> None:
    await measure(knowing, "traffic", *({"eth0 received_bytes": 1_800_000.0 * n} for n in range(4)))
    line = named(await shown(knowing, since="6h"), "eth0 received_bytes")
    assert (line["unit"], line["is_rate"], line["mean"]) == ("bytes", True, pytest.approx(1000.0))


async def test_a_service_tells_how_much_of_the_time_it_was_up(knowing: House) -> None:
    await measure(knowing, "containers", *({"web up": float(n != 3), "db up": 1.0} for n in range(10)))
    told = await shown(knowing, since="6h")
    assert named(told, "web up")["availability_percent"] == pytest.approx(90.0)
    assert told["left_out"] == 1
    assert "web on this-machine was up 90.00 % of the time." in told["sentence"]
    assert named(await shown(knowing, machine=LOCAL_NAME), "db up")["availability_percent"] == 100.0


async def test_of_every_machine_only_what_stands_out_is_shown(knowing: House) -> None:
    numbers = {f"/{name} {ending}": size * GB for name, size in (("a", 1), ("b", 9)) for ending in ("used_bytes",)}
    await measure(knowing, "filesystems", *[numbers | {"/a available_bytes": 9 * GB, "/b available_bytes": GB}] * 2)
    names = [line["name"] for line in (await shown(knowing))["series"]]
    assert names == ["/b used_bytes"]
    assert len((await shown(knowing, machine=LOCAL_NAME))["series"]) == 4
    assert [line["name"] for line in (await shown(knowing, name="/A used"))["series"]] == ["/a used_bytes"]


async def test_a_machine_that_does_not_answer_was_down(knowing: House) -> None:
    with socket.socket() as silent:  # kept, so that nobody else listens there meanwhile
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        gone = Machine(id=MachineId("mach-gone"), name="gone", transport=Transport.NONE, address="127.0.0.1", port=port)
        knowing.steward.workspace.add_machine(gone, OWNER)
        await knowing.daemon.look()
    told = await shown(knowing, name="reach")
    up = {line["machine"]: line["availability_percent"] for line in told["series"]}
    assert up == {LOCAL_NAME: 100.0, "gone": 0.0}
    assert "gone was up 0.00 % of the time." in told["sentence"]


async def test_what_others_measured_stands_before_and_is_named(knowing: House) -> None:
    (knowing.settings.workspace / "telemetry.yaml").write_text(
        "sources:\n  - {name: attic, url: 'http://127.0.0.1:1'}\n"
    )
    await measure(knowing, "load", *({"load_1": 1.0} for _ in range(3)))
    begin = (knowing.clock.now() - timedelta(hours=30)).replace(minute=0, second=0, microsecond=0)
    points = tuple(Point(at=begin + timedelta(hours=n), low=3, mean=4, high=5, seconds=3600) for n in range(40))
    await knowing.steward.storage.write(
        history.fill, machine=local(knowing), fact=outside("load", "attic"), points={"load_1": points}
    )
    line = named(await shown(knowing, machine=LOCAL_NAME), "load_1")
    assert line["sources"] == ["attic"]
    assert (line["low"], line["high"], line["now"]) == (1.0, 5.0, 1.0)
    past = await knowing.steward.storage.read(history.load, machine=local(knowing), facts=["load"])
    assert {point.mean for point in past.of("load", "load_1")} == {1.0}, "checks see Steward's own numbers only"


async def test_a_name_of_the_machine_shows_what_it_is(knowing: House) -> None:
    await measure(knowing, "filesystems", {"/a\u202e\nb used_bytes": 1.0})
    assert "/a\\u{202e}\\nb used_bytes" in {line["name"] for line in (await shown(knowing))["series"]}


@pytest.mark.parametrize("since", ["5m", "4000d", "soon", "0d"])
async def test_a_time_that_is_none_is_refused(knowing: House, since: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        await shown(knowing, since=since)


async def test_a_machine_nobody_knows_is_told_with_the_nearest(knowing: House) -> None:
    with pytest.raises(NotFound) as told:
        await shown(knowing, machine="this-machin")
    assert LOCAL_NAME in str(told.value)


async def test_a_source_in_trouble_is_listed(knowing: House) -> None:
    (knowing.settings.workspace / "telemetry.yaml").write_text(
        "sources:\n  - {name: attic, url: 'http://127.0.0.1:1', about: in the attic}\n"
    )
    before = (await knowing.do("telemetry.ls", SOMEBODY)).result
    assert (before["sources"][0]["asked_at"], before["sources"][0]["trouble"]) == (None, "")
    await knowing.daemon.ask_others()
    after = (await knowing.do("telemetry.ls", SOMEBODY)).result
    assert "telemetry source attic: gives no numbers" in after["sources"][0]["trouble"]
