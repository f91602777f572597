"""Messages by a real mosquitto."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from steward.adapters.event_sources.mqtt import PLUGIN
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.news import News
from steward.model.watches import MqttWatch
from tests.suites.sshd import free_port
from tests.unit.adapters.event_sources.hearing import PATIENCE_SECONDS, Heard, around, following

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
PASSWORD = "value of secret://broker"
pytestmark = pytest.mark.skipif(not Path(PROGRAM).exists(), reason="mosquitto is not installed")


@dataclass(kw_only=True)
class Broker:
    """A broker on a free port, which keeps sessions in memory."""

    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        text = f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
        if (self.folder / "passwords").exists():
            text = f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {self.folder}/passwords\n"
        config = self.folder / "mosquitto.conf"
        await asyncio.to_thread(config.write_text, f"{text}user root\n")
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM, "-c", str(config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def say(self, *messages: tuple[str, str], retain: bool = False, **given: Any) -> None:
        async with aiomqtt.Client("127.0.0.1", self.port, **given) as client:
            for topic, text in messages:
                await client.publish(topic, text, qos=1, retain=retain)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    one = Broker(folder=tmp_path, port=free_port())
    await one.start()
    yield one
    await one.stop()


def watch(broker: Broker, **fields: Any) -> MqttWatch:
    return MqttWatch(broker="127.0.0.1", port=broker.port, **fields)


@asynccontextmanager
async def watching(broker: Broker, heard: Heard | None = None, **fields: Any) -> AsyncIterator[Heard]:
    source = PLUGIN.build(watch(broker, **fields), around())
    async with following(source, heard or Heard()) as one:
        yield one


async def test_messages_of_the_topics_are_told_with_their_json(broker: Broker) -> None:
    async with watching(broker, topics=("cellar/+/alarm",)) as heard:
        await broker.say(("cellar/pump/alarm", json.dumps({"level": 3})), ("attic/pump/alarm", "no"))
        await broker.say(("cellar/door/alarm", "open"), ("cellar/fuel/alarm", "[1e999]"))
        await heard.count(3)
    assert [(one.data["topic"], one.data["json"]) for one in heard.news] == [
        ("cellar/pump/alarm", {"level": 3}),
        ("cellar/door/alarm", None),
        ("cellar/fuel/alarm", None),
    ]
    assert heard.news[0].event_id != heard.news[1].event_id


async def test_only_the_message_that_is_asked_for_counts_and_the_same_again_is_another(broker: Broker) -> None:
    async with watching(broker, topics=("door",), to="open") as heard:
        await broker.say(("door", "shut"), ("door", "open"), ("door", "shut"), ("door", "open"))
        await heard.count(2)
    assert [one.data["text"] for one in heard.news] == ["open", "open"]
    assert len({one.event_id for one in heard.news}) == 2


async def test_what_was_published_while_nobody_followed_is_delivered_afterwards(broker: Broker) -> None:
    async with watching(broker, topics=("door",)) as heard:
        pass
    await broker.say(("door", "open"))
    async with watching(broker, Heard(heard.memory), topics=("door",)) as again:
        await again.count(1)
    assert [one.data["text"] for one in again.news] == ["open"]


async def test_a_watch_that_begins_anew_tells_the_same_message_as_another_one(broker: Broker) -> None:
    async with watching(broker, topics=("bell",)) as before:
        await broker.say(("bell", "ring"))
        await before.count(1)
    async with watching(broker, topics=("bell", "door")) as after:  # another watch, which remembers nothing
        await broker.say(("bell", "ring"))
        await after.count(1)
    assert before.news[0].event_id != after.news[0].event_id


async def test_what_was_watched_before_is_told_no_more_though_the_broker_still_sends_it(broker: Broker) -> None:
    async with watching(broker, topics=("bell",)):
        pass
    async with watching(broker, topics=("door/+",)) as heard:
        await broker.say(("bell", "ring"), ("door/front", "open"))
        await heard.count(1)
    assert [one.data["topic"] for one in heard.news] == ["door/front"]


async def test_a_retained_message_counts_only_when_asked_for_and_once(broker: Broker) -> None:
    await broker.say(("mode", "away"), retain=True)
    async with watching(broker, topics=("mode", "end")) as heard:
        await broker.say(("end", "x"))
        await heard.count(1)
    assert [one.data["text"] for one in heard.news] == ["x"]
    asked: dict[str, Any] = {"topics": ("mode", "end"), "retained": True}
    async with watching(broker, **asked) as first:
        await first.count(1)
    assert [(one.data["text"], one.data["retained"]) for one in first.news] == [("away", True)]
    async with watching(broker, Heard(first.memory), **asked) as second:
        await broker.say(("end", "x"))
        await second.count(1)
    assert [one.data["text"] for one in second.news] == ["x"]


async def test_a_state_of_home_assistant_is_told_when_it_changes_and_not_for_being_there(broker: Broker) -> None:
    topic = "homeassistant/binary_sensor/cellar_leak/state"
    await broker.say((topic, "on"), retain=True)
    async with watching(broker, entity="binary_sensor.cellar_leak", to="on", from_="off") as heard:
        await heard.until(lambda: heard.memory.get("value") == "on")
        await broker.say((topic, "off"), (topic, "on"), retain=True)
        await heard.count(1)
    assert [(one.data["before"], one.data["state"]) for one in heard.news] == [("off", "on")]


async def test_a_state_must_last_also_over_a_restart(broker: Broker) -> None:
    topic = "homeassistant/switch/heater/state"
    asked: dict[str, Any] = {"entity": "switch.heater", "to": "on", "for_": "1h"}
    async with watching(broker, **asked) as heard:
        await broker.say((topic, "off"), (topic, "on"))
        await heard.until(lambda: heard.memory.get("value") == "on")
    assert heard.news == []
    long_ago = {**heard.memory, "since": heard.memory["since"] - 3601}
    async with watching(broker, Heard(long_ago), **asked) as later:
        await later.count(1)
    assert later.news[0].data["state"] == "on"


async def test_a_storm_is_told_as_sixty_messages_and_the_newest_with_how_many_were_left_out(broker: Broker) -> None:
    async with watching(broker, topics=("storm",)) as heard:
        await broker.say(*(("storm", str(number)) for number in range(100)))
        await heard.count(60)
    assert [one.data["text"] for one in heard.news] == [str(number) for number in range(60)]


async def test_a_broker_that_goes_away_or_is_away_is_told_as_such(broker: Broker) -> None:
    source, heard = PLUGIN.build(watch(broker, topics=("x",)), around()), Heard()
    following_it = asyncio.create_task(source.follow({}, heard.tell))
    await heard.until(lambda: bool(heard.memories))
    await broker.stop()
    with pytest.raises(Unreachable, match="does not answer"):
        await following_it
    with pytest.raises(Unreachable, match="does not answer"):
        await source.follow({}, Heard().tell)


async def test_a_password_is_taken_from_the_secrets_and_a_wrong_one_needs_a_person(tmp_path: Path) -> None:
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("mosquitto_passwd is not installed")
    passwords = tmp_path / "passwords"
    making = await asyncio.create_subprocess_exec(program, "-b", "-c", str(passwords), "steward", PASSWORD)
    assert await making.wait() == 0
    broker = Broker(folder=tmp_path, port=free_port())
    await broker.start()
    try:
        async with watching(broker, topics=("door",), user="steward", password="secret://broker") as heard:
            await broker.say(("door", "open"), username="steward", password=PASSWORD)
            await heard.count(1)
        wrong = PLUGIN.build(watch(broker, topics=("x",), user="steward", password="secret://other"), around())
        with pytest.raises(NeedsPerson, match="refuses"):
            await wrong.follow({}, Heard().tell)
    finally:
        await broker.stop()


class Crashing(Heard):
    """Ends as a crash does, right before or right after what came is kept."""

    def __init__(self, *, is_kept: bool) -> None:
        super().__init__()
        self._is_kept = is_kept

    async def tell(self, news: Sequence[News], memory: Mapping[str, Any]) -> None:
        if not news or self._is_kept:
            await super().tell(news, memory)
        if news:
            raise Crashed


class Crashed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_crash_around_keeping_a_message_neither_loses_nor_doubles_it(broker: Broker, *, is_kept: bool) -> None:
    source, heard = PLUGIN.build(watch(broker, topics=("door",)), around()), Crashing(is_kept=is_kept)
    following_it = asyncio.create_task(source.follow({}, heard.tell))
    await heard.until(lambda: bool(heard.memories))
    await broker.say(("door", "open"))
    with pytest.raises(Crashed):
        await following_it
    async with watching(broker, Heard(heard.memory), topics=("door",)) as again:
        await broker.say(("door", "shut"))
        await again.until(lambda: [one.data["text"] for one in again.news][-1:] == ["shut"])
    assert [one.data["text"] for one in heard.news + again.news] == ["open", "shut"]
