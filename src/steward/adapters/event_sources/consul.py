"""Keys and services of Consul, by its blocking queries: each question waits at the server until something changed.

Its rules for the index are kept: one that went back begins anew, and none below 1 is ever sent as one to wait for.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

import httpx2 as httpx

from steward.lib.canonical import digest
from steward.lib.json_read import read_json
from steward.lib.text import visible_line
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.news import News
from steward.model.trigger import TriggerKind
from steward.model.watches import ConsulWatch
from steward.ports.event_source import EventSourcePlugin, Surroundings, Tell

_MOST_BYTES = 4 * 1024 * 1024
_MOST_ENTRIES = 500
_MOST_CHARACTERS = 4096
_CONNECT_SECONDS = 10.0
_PAUSE_SECONDS = 1.0
"""Between two answers: a key that changes all the time is read once a second, and its last value counts."""
_RANK = {"passing": 0, "warning": 1, "critical": 2}
Seen = Mapping[str, str]
"""What an answer says, by key or check: what differs when it changed."""


class ConsulSource:
    """Implements `ports.event_source.EventSource`."""

    def __init__(self, watch: ConsulWatch, surroundings: Surroundings) -> None:
        self._watch = watch
        self._clock = surroundings.clock
        self._secret = surroundings.secret

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Ask again and again, and tell what differs from the answer before."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "steward"}
        if self._watch.token:
            headers["X-Consul-Token"] = (await self._secret(self._watch.token)).reveal()
        verify = await asyncio.to_thread(self._trusted)
        patience = self._watch.wait_seconds * 17 / 16 + _CONNECT_SECONDS  # the server adds up to a sixteenth
        timeout = httpx.Timeout(patience, connect=_CONNECT_SECONDS)
        begun = int(self._clock.now().timestamp() * 1000)  # what was told before a watch began anew has other ids
        seen, count, index = _seen(memory), _number(memory.get("count")) or begun, 0
        is_first = True
        async with httpx.AsyncClient(headers=headers, verify=verify, timeout=timeout, trust_env=False) as client:
            while True:
                told, entries = await self._ask(client, index)
                index = 0 if told < index else max(told, 1)
                now = _states(entries, is_key=bool(self._watch.key))
                if is_first or now != seen:
                    news = [] if seen is None else self._news(seen, now, entries, count)
                    seen, count = now, count + len(news)
                    await tell(news, {"seen": dict(seen), "count": count})
                    is_first = False
                await self._clock.sleep(_PAUSE_SECONDS)

    async def _ask(self, client: httpx.AsyncClient, index: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        parameters = {"wait": f"{self._watch.wait_seconds}s"} | ({"index": str(index)} if index else {})
        if self._watch.datacenter:
            parameters["dc"] = self._watch.datacenter
        path = f"health/service/{quote(self._watch.service, safe='')}"
        if self._watch.key:
            path = f"kv/{quote(self._watch.key.lstrip('/'))}"
            parameters |= {"recurse": "true"} if self._watch.key.endswith("/") else {}
        try:
            status, told, body = await self._fetch(client, path, parameters)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failed(error) from error
        if status in {401, 403}:
            step = "give it a token that may read this: `token: secret://NAME`"
            raise NeedsPerson(f"refuses to answer ({status})", where=self._place, next_step=step)
        if status == 404 and self._watch.key:
            return told, ()
        if status != 200:
            raise Unreachable("does not answer as Consul does", where=self._place, why=f"status {status}")
        return told, self._parsed(body)

    async def _fetch(
        self, client: httpx.AsyncClient, path: str, parameters: Mapping[str, str]
    ) -> tuple[int, int, bytes]:
        url = f"{self._watch.url.rstrip('/')}/v1/{path}"
        async with client.stream("GET", url, params=dict(parameters)) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise Unreachable(
                        "its answer is too large", where=self._place, why=f"more than {_MOST_BYTES} bytes"
                    )
            index = response.headers.get("x-consul-index", "")
            if response.status_code in {200, 404} and not (index.isdecimal() and len(index) <= 20):
                raise Unreachable("does not answer as Consul does", where=self._place, why="it names no index")
            return response.status_code, int(index) if index.isdecimal() else 0, bytes(body)

    def _parsed(self, body: bytes) -> Sequence[Mapping[str, Any]]:
        try:
            answer: Any = read_json(body)
        except ValueError as error:
            raise Unreachable("does not answer as Consul does", where=self._place, why="it is no JSON") from error
        if not isinstance(answer, list):
            raise Unreachable("does not answer as Consul does", where=self._place, why="it is no list")
        entries = [cast("dict[str, Any]", each) for each in cast("list[Any]", answer) if isinstance(each, dict)]
        if len(entries) > _MOST_ENTRIES:
            step = "watch a narrower one"
            raise NeedsPerson(f"more than {_MOST_ENTRIES} entries", where=self._place, next_step=step)
        return entries

    def _news(self, before: Seen, now: Seen, entries: Sequence[Mapping[str, Any]], count: int) -> list[News]:
        if self._watch.service:
            return [self._of_service(before, now, count)]
        values = {str(each.get("Key", "")): each for each in entries}
        changed = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
        return [_of_key(key, before, values.get(key), count + number) for number, key in enumerate(changed)]

    def _of_service(self, before: Seen, now: Seen, count: int) -> News:
        statuses = list(now.values())
        data = {
            "service": self._watch.service,
            "status": _worst(now),
            "before": _worst(before),
            "passing": statuses.count("passing"),
            "warning": statuses.count("warning"),
            "critical": statuses.count("critical"),
        }
        says = visible_line(f"service {self._watch.service}: {data['before']} became {data['status']}")
        event_id = digest([self._watch.service, dict(now), count], domain="steward-consul-service-v1")[:32]
        return News(event_id=event_id, says=says, data=data)

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._watch.ca_file or None)
        except OSError as error:  # an SSLError is one
            raise NeedsPerson(
                "its certificates cannot be read", where=self._place, next_step="look at `ca_file`"
            ) from error

    def _failed(self, error: Exception) -> NeedsPerson | Unreachable:
        why = visible_line(str(error)[:200]) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in why:
            step = "name the file of its issuer as `ca_file`"
            return NeedsPerson("its certificate is not trusted", where=self._place, why=why, next_step=step)
        return Unreachable("does not answer", where=self._place, why=why)

    @property
    def _place(self) -> str:
        return f"Consul at {self._watch.url}"


def _states(entries: Sequence[Mapping[str, Any]], *, is_key: bool) -> dict[str, str]:
    """Return what an answer says, without what changes all the time."""
    if is_key:
        return {str(each.get("Key", ""))[:_MOST_CHARACTERS]: str(each.get("ModifyIndex", "")) for each in entries}
    states: dict[str, str] = {}
    for entry in entries:
        listed: Any = entry.get("Checks")
        for check in cast("list[Any]", listed) if isinstance(listed, list) else ():
            one = cast("Mapping[str, Any]", check if isinstance(check, dict) else {})
            states[f"{one.get('Node', '')}/{one.get('CheckID', '')}"[:300]] = str(one.get("Status", ""))[:40]
    return states


def _worst(states: Seen) -> str:
    """Return the worst status of all checks; a service nobody offers is `absent`."""
    if not states:
        return "absent"
    return max(states.values(), key=lambda status: _RANK.get(status, 3))


def _of_key(key: str, before: Seen, entry: Mapping[str, Any] | None, count: int) -> News:
    change = "gone" if entry is None else "changed" if key in before else "created"
    data = {"key": key, "change": change, "value": "" if entry is None else _value(entry.get("Value"))}
    event_id = digest([key, change, count], domain="steward-consul-key-v1")[:32]
    return News(event_id=event_id, says=visible_line(f"key {key}: {change}"), data=data)


def _value(raw: object) -> str:
    """Return the value of a key as text; Consul packs it in base64, and an empty one is null."""
    if not isinstance(raw, str):
        return ""
    try:
        value = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return value.decode("utf-8", "replace")[:_MOST_CHARACTERS].replace("\0", "\ufffd")


def _seen(memory: Mapping[str, Any]) -> dict[str, str] | None:
    held: Any = memory.get("seen")
    if not isinstance(held, dict):
        return None
    return {str(key): str(state) for key, state in cast("dict[Any, Any]", held).items()}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


PLUGIN = EventSourcePlugin(kind=TriggerKind.CONSUL, build=ConsulSource)
