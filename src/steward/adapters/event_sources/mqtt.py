"""Messages of an MQTT broker, and the states of Home Assistant that come by it.

Subscribed with QoS 1 in a session the broker keeps: what is published while Steward is down is delivered afterwards,
as long as the broker keeps it. A message is acknowledged only once it is told and kept, so that a crash loses none:
the broker sends it again. One that comes again though it was kept is known by its number and told no second time.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, cast

import aiomqtt
import paho.mqtt.client as paho

from steward.lib.canonical import digest
from steward.lib.json_read import read_json
from steward.lib.text import visible_line
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.lasting import lasting_of
from steward.model.news import News
from steward.model.trigger import TriggerKind
from steward.model.watches import MqttWatch, seconds_of
from steward.ports.event_source import EventSourcePlugin, Surroundings, Tell

_MOST_CHARACTERS = 4096
_MOST_WAITING = 1000
_MOST_RETAINED = 200
_MOST_KEPT = 32
"""Above the twenty that a broker sends ahead of acknowledgments unless it is told otherwise."""
_MOST_A_MINUTE = 60
_WINDOW_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
_QUALITY = 1
_REFUSED = ("not authori", "bad user name", "bad username", "banned", "identifier")
_log = logging.getLogger("steward.mqtt")


class MqttSource:
    """Implements `ports.event_source.EventSource`."""

    def __init__(self, watch: MqttWatch, surroundings: Surroundings) -> None:
        self._watch = watch
        self._clock = surroundings.clock
        self._secret = surroundings.secret
        self._identity = surroundings.identity

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Tell of messages, or of an entity's states."""
        password = (await self._secret(self._watch.password)).reveal() if self._watch.password else None
        context = await asyncio.to_thread(self._trusted) if self._watch.tls else None
        client = _Client(
            self._watch.broker,
            self._watch.port or (8883 if self._watch.tls else 1883),
            username=self._watch.user or None,
            password=password,
            identifier=f"steward-{digest(self._identity, domain='steward-mqtt-v1')[:12]}",
            clean_session=False,
            timeout=_ANSWER_SECONDS,
            max_queued_incoming_messages=_MOST_WAITING,
            tls_context=context,
            logger=_log,
        )
        begun = int(self._clock.now().timestamp() * 1000)
        follower = _States(self._watch, memory) if self._watch.entity else _Messages(self._watch, memory, begun)
        kept = _Kept(memory)
        try:
            async with client:
                for topic in follower.topics:
                    await client.subscribe(topic, qos=_QUALITY)
                await tell((), {**follower.memory(), **kept.memory()})
                await self._receive(client, follower, kept, tell)
        except aiomqtt.MqttError as error:
            raise self._failed(error) from error

    async def _receive(self, client: _Client, follower: _Messages | _States, kept: _Kept, tell: Tell) -> None:
        """Tell what comes and what is due; the wait for the next message is never given up, so that none is lost."""
        messages = aiter(client.messages)
        coming = asyncio.ensure_future(anext(messages))
        try:
            while True:
                await asyncio.wait({coming}, timeout=follower.wakes_in(self._clock.now().timestamp()))
                now = self._clock.now().timestamp()
                message = coming.result() if coming.done() else None
                if message is not None:
                    coming = asyncio.ensure_future(anext(messages))
                is_meant = message is not None and _is_of(message, follower.topics)
                if message is not None and is_meant and not kept.has(message, is_again=client.is_again(message)):
                    follower.take(message, now)
                    kept.note(message)
                news = follower.due(now)
                if news or follower.is_other:
                    await tell(news, {**follower.memory(), **kept.memory()})
                if message is not None:
                    client.acknowledge(message)
        finally:
            coming.cancel()

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._watch.ca_file or None)
        except OSError as error:  # an SSLError is one
            raise NeedsPerson(
                "its certificates cannot be read", where=self._place, next_step="look at `ca_file`"
            ) from error

    def _failed(self, error: aiomqtt.MqttError) -> NeedsPerson | Unreachable:
        why = visible_line(str(error)[:200]) or type(error).__name__
        if "certificate verify failed" in why.lower():
            step = "name the file of its issuer as `ca_file`"
            return NeedsPerson("its certificate is not trusted", where=self._place, why=why, next_step=step)
        if any(word in why.lower() for word in _REFUSED):
            return NeedsPerson(
                "refuses to let Steward in", where=self._place, why=why, next_step="look at `user` and `password`"
            )
        return Unreachable("does not answer", where=self._place, why=why)

    @property
    def _place(self) -> str:
        return f"broker {self._watch.broker}"


class _Client(aiomqtt.Client):
    """Leaves it to us when a message is acknowledged, and knows which come again."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._client.manual_ack_set(on=True)
        self._again: set[int] = set()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        if message.dup:
            self._again.add(message.mid)
        super()._on_message(client, userdata, message)

    def is_again(self, message: aiomqtt.Message) -> bool:
        """Tell whether the broker sent it before."""
        return message.mid in self._again

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Tell the broker that it is kept; one that did not get there comes again."""
        self._again.discard(message.mid)
        self._client.ack(message.mid, message.qos)


class _Kept:
    """Messages that were kept and whose acknowledgment may not have reached the broker."""

    def __init__(self, memory: Mapping[str, Any]) -> None:
        held: Any = memory.get("kept")
        self._marks = deque(
            (str(each) for each in cast("list[Any]", held if isinstance(held, list) else [])), _MOST_KEPT
        )

    def has(self, message: aiomqtt.Message, *, is_again: bool) -> bool:
        """Tell whether a message that came again was kept before."""
        return is_again and _mark(message) in self._marks

    def note(self, message: aiomqtt.Message) -> None:
        """Take down that it is kept with whatever is told next."""
        self._marks.append(_mark(message))

    def memory(self) -> dict[str, Any]:
        """Return what is to be remembered."""
        return {"kept": list(self._marks)}


def _is_of(message: aiomqtt.Message, topics: Sequence[str]) -> bool:
    """Tell whether a message is of these topics: a session also brings those of a watch that was changed since."""
    return any(message.topic.matches(topic) for topic in topics)


def _mark(message: aiomqtt.Message) -> str:
    return digest([message.mid, str(message.topic), _text(message.payload)], domain="steward-mqtt-kept-v1")[:16]


class _Messages:
    """Messages of topics: each is told, at most sixty a minute, a retained one once for each content."""

    def __init__(self, watch: MqttWatch, memory: Mapping[str, Any], begun: int) -> None:
        """`begun`, a time in milliseconds, begins the count: what was told before a watch began anew has other ids."""
        self._watch = watch
        self.topics: Sequence[str] = watch.topics
        self._count = _number(memory.get("count")) or begun
        held: Any = memory.get("retained")
        self._retained = (
            {str(topic): str(seen) for topic, seen in cast("dict[Any, Any]", held).items()}
            if isinstance(held, dict)
            else dict[str, str]()
        )
        self._news: list[News] = []
        self._minute, self._told, self._skipped = 0.0, 0, 0
        self._newest = ("", "", False)
        self.is_other = False
        """Whether there is something to remember though nothing is told."""

    def wakes_in(self, now: float) -> float | None:
        """Return after how many seconds something may be due; None: only a message brings something."""
        return max(0.05, self._minute + _WINDOW_SECONDS - now) if self._skipped else None

    def take(self, message: aiomqtt.Message, now: float) -> None:
        """Take one message."""
        text, topic = _text(message.payload), str(message.topic)
        if self._watch.to is not None and text != self._watch.to:
            return
        if message.retain and not self._is_news(topic, text):
            return
        if now - self._minute >= _WINDOW_SECONDS or now < self._minute:
            self._minute, self._told = now, 0
        self._told += 1
        self._newest = (topic, text, bool(message.retain))
        if self._told > _MOST_A_MINUTE:
            self._skipped += 1
            return
        self._note()

    def _note(self) -> None:
        """Put the newest message down to be told, with how many before it were not."""
        topic, text, is_retained = self._newest
        self._count += 1
        kept: dict[str, Any] = {"topic": topic, "text": text, "retained": is_retained, "skipped": self._skipped}
        self._skipped = 0
        event_id = digest([topic, text, self._count], domain="steward-mqtt-message-v1")[:32]
        says = visible_line(f"{topic}: {text[:200]}")
        self._news.append(News(event_id=event_id, says=says, data={**kept, "json": _json(text)}))

    def _is_news(self, topic: str, text: str) -> bool:
        """Tell whether a retained message is wanted and other than the last one there."""
        seen = digest([topic, text], domain="steward-mqtt-retained-v1")[:16]
        if not self._watch.retained or self._retained.get(topic) == seen:
            return False
        if topic not in self._retained and len(self._retained) >= _MOST_RETAINED:
            self._retained.pop(next(iter(self._retained)))
        self._retained[topic] = seen
        return True

    def due(self, now: float) -> list[News]:
        """Return what is to be told now; of a storm, the newest message at its end."""
        if self._skipped and not 0 <= now - self._minute < _WINDOW_SECONDS:
            self._note()
        news, self._news = self._news, []
        return news

    def memory(self) -> dict[str, Any]:
        """Return what is to be remembered."""
        return {"count": self._count, "retained": self._retained}


class _States:
    """States of one entity: a change is told once it lasted."""

    def __init__(self, watch: MqttWatch, memory: Mapping[str, Any]) -> None:
        self._watch = watch
        domain, _, name = watch.entity.partition(".")
        self.topics: Sequence[str] = (f"{watch.statestream}/{domain}/{name}/state",)
        self._seconds = seconds_of(watch.for_)
        self._state = lasting_of(memory)
        self.is_other = False
        """Whether there is something to remember though nothing is told."""

    def wakes_in(self, now: float) -> float | None:
        """Return after how many seconds something may be due."""
        waits = not self._state.is_told and self._state.value == self._watch.to
        return max(0.05, self._state.since + self._seconds - now) if waits else None

    def take(self, message: aiomqtt.Message, now: float) -> None:
        """Take one message: statestream keeps the newest state at the broker, so that the first is no change."""
        after = self._state.seen(_text(message.payload)[:255], now)
        is_first = self._state.value is None and bool(message.retain) and not self._watch.retained
        self.is_other = self.is_other or after is not self._state
        self._state = after.told() if is_first else after

    def due(self, now: float) -> list[News]:
        """Return what is to be told now."""
        to, came_from = self._watch.to, self._watch.from_
        if not self._state.is_due(to=to, came_from=came_from, seconds=self._seconds, now=now):
            return []
        self._state = self._state.told()
        state = self._state
        data = {"entity": self._watch.entity, "state": state.value, "before": state.before, "since": state.since}
        event_id = digest([self._watch.entity, state.value, repr(state.since)], domain="steward-mqtt-state-v1")[:32]
        says = visible_line(f"{self._watch.entity} is {state.value}")
        return [News(event_id=event_id, says=says, data=data)]

    def memory(self) -> dict[str, Any]:
        """Return what is to be remembered."""
        self.is_other = False
        return self._state.memory()


def _text(payload: object) -> str:
    raw = payload if isinstance(payload, bytes) else str(payload).encode()
    return raw[: 4 * _MOST_CHARACTERS].decode("utf-8", "replace")[:_MOST_CHARACTERS].replace("\0", "\ufffd")


def _json(text: str) -> Any:
    """Return what a message says as JSON; None where it says nothing of the kind, or was cut."""
    if len(text) >= _MOST_CHARACTERS:
        return None
    try:
        return read_json(text)
    except ValueError:
        return None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


PLUGIN = EventSourcePlugin(kind=TriggerKind.MQTT, build=MqttSource)
