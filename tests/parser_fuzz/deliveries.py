"""Targets that come over the network: webhooks, pings, messages of brokers, answers of Consul."""

# ruff: noqa: PT017 - a target looks at the error that leaves, and goes on

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import aiomqtt

from steward.adapters.event_sources.consul import ConsulSource, _seen, _states
from steward.adapters.event_sources.mqtt import _Messages, _States
from steward.core.hooks import MOST_KEPT, told
from steward.core.pings import PingKind, UnknownPing, kind_of
from steward.core.signatures import Headers, NotSigned, claim_of, delivery_of, key_of
from steward.lib.redact import Redactor
from steward.model.errors import InvalidInput, NeedsPerson, Unreachable
from steward.model.hook import Encoding, Hook, Scheme
from steward.model.watches import ConsulWatch, MqttWatch
from steward.ports.event_source import Surroundings
from steward.testing.clock import MovedClock
from tests.parser_fuzz.target import Target

_NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_KEY = b"0123456789abcdef0123456789abcdef"
_HOOKS = (
    Hook(name="git", scheme=Scheme.GITHUB, secret="secret://git"),
    Hook(name="std", scheme=Scheme.STANDARD, secret="secret://std"),
    Hook(name="plain", scheme=Scheme.HMAC, secret="secret://plain", prefix="sig=", encoding=Encoding.BASE64),
    Hook(name="timed", scheme=Scheme.HMAC, secret="secret://timed", timestamp_header="X-Time", separator=":"),
)
_MQTT = MqttWatch(broker="mqtt.example.org", topics=("a/#",), retained=True)
_HOME = MqttWatch(broker="mqtt.example.org", entity="binary_sensor.door", to="on", from_="off", for_="5s")
_CONSUL = (
    ConsulWatch(url="http://127.0.0.1:8500", key="site/"),
    ConsulWatch(url="http://127.0.0.1:8500", service="web"),
)


async def _no_secret(_: str) -> Any:
    raise AssertionError


async def _may_act() -> None:
    return


_AROUND = Surroundings(clock=MovedClock(_NOW), secret=_no_secret, may_act=_may_act, identity="fuzz")


def _webhook(text: str) -> None:
    """Headers, an empty line, a body: nobody without the key is let in, and what is kept is JSON of a bounded size."""
    head, _, body = text.partition("\n\n")
    headers = _headers(head)
    for hook in _HOOKS:
        with contextlib.suppress(NotSigned):
            claim = claim_of(hook, headers, _NOW)
            assert all(len(signature) == 32 for signature in claim.signatures)
            delivery_of(claim, body.encode("utf-8", "replace"), _KEY)
            raise AssertionError(hook.name)
        with contextlib.suppress(InvalidInput):
            assert len(key_of(hook, head)) >= 16
    kept = told(body.encode("utf-8", "replace"), Redactor())
    assert ("payload" in kept) != ("text" in kept)
    assert len(kept.get("text", "")) <= MOST_KEPT
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept


def _headers(head: str) -> Headers:
    found: dict[str, list[str]] = {}
    for line in head.split("\n"):
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip(" "))
    return found


def _ping(text: str) -> None:
    """The end of an address is a sign of life or nothing."""
    for action in text.split("/"):
        try:
            found = kind_of(action)
        except UnknownPing:
            continue
        assert (found is PingKind.SUCCESS) == (action in {"", "success"} or action.strip("0") == "")


def _mqtt(text: str) -> None:
    """Lines `TOPIC PAYLOAD`, each a message; `r` before it for a retained one."""
    messages = _Messages(_MQTT, {"retained": {"a": 1}, "count": "x"}, begun=1)
    states = _States(_HOME, {"since": text[:20]})
    for number, line in enumerate(text.split("\n")[:300]):
        retain = line.startswith("r")
        topic, _, payload = line.removeprefix("r").partition(" ")
        message = aiomqtt.Message(
            topic.replace("#", "").replace("+", "") or "a", payload.encode(), 1, retain, number, None
        )
        for follower in (messages, states):
            follower.take(message, float(number))
            waits = follower.wakes_in(float(number))
            assert waits is None or waits > 0
            for news in follower.due(float(number)):
                assert news.says.isprintable()
                assert "\0" not in json.dumps(dict(news.data), allow_nan=False)
            json.dumps(follower.memory(), allow_nan=False)


def _consul(text: str) -> None:
    """Two answers, the second after a line `---`, and what the difference is told as."""
    one, _, other = text.partition("\n---\n")
    for watch in _CONSUL:
        source = ConsulSource(watch, _AROUND)
        try:
            first, second = source._parsed(one.encode()), source._parsed(other.encode())
        except (Unreachable, NeedsPerson) as error:
            assert str(error).isprintable()
            continue
        before, now = (_states(entries, is_key=bool(watch.key)) for entries in (first, second))
        news = source._news(before, now, second, 1)
        for each in news:
            assert each.says.isprintable()
            assert "\0" not in json.dumps(dict(each.data), allow_nan=False)
        assert _seen(json.loads(json.dumps({"seen": now}))) == now


_SIGNATURES = (
    "X-Hub-Signature-256: sha256="
    + "ab" * 32
    + '\nX-GitHub-Event: push\n\n{"ref": "refs/heads/main", "n": [1, 2.5, null]}',
    "webhook-id: msg_1\nwebhook-timestamp: 1772366400\nwebhook-signature: v1," + "A" * 43 + "= v1a,x\n\nplain text",
    "X-Signature-256: sig=" + "A" * 43 + "=\n\n" + '{"a": ' * 20 + "1" + "}" * 20,
    "X-Time: 1772366400\nX-Signature-256: " + "0" * 64 + "\n\n\x00",
    "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
)
_KV = '[{"Key": "site/a", "Value": "aGVsbG8=", "ModifyIndex": 7}, {"Key": "site/b", "Value": null, "ModifyIndex": 8}]'
_HEALTH = (
    '[{"Checks": [{"Node": "a", "CheckID": "web", "Status": "passing"}, {"Status": "critical"}]}, {"Checks": null}]'
)

TARGETS = (
    Target(
        name="webhook",
        check=_webhook,
        seeds=_SIGNATURES,
        words=(
            "\n\n",
            "sha256=",
            "v1,",
            "webhook-id: ",
            "{",
            "[",
            '"',
            "1772366400",
            "NaN",
            "\\ud800",
            "1e999",
            "\\u0000",
        ),
        longest=3_000,
    ),
    Target(
        name="ping",
        check=_ping,
        seeds=("start/fail/log/0/1/255/256", "/000/success"),
        words=("start", "fail", "255", "\u0663"),
        longest=200,
    ),
    Target(
        name="mqtt",
        check=_mqtt,
        seeds=(
            'a/b {"on": true}\nra/c off\nra/c off\na on',
            "a off\na on\na on\na on\na on\na on\na on\na off",
            "a/\x00 NaN\na [1e999]",
        ),
        words=("\n", "r", "on", "off", "{", "[", "/", "\\ud800"),
        longest=1_500,
    ),
    Target(
        name="consul",
        check=_consul,
        seeds=(f"{_KV}\n---\n[]", f"[]\n---\n{_KV}", f"{_HEALTH}\n---\n{_HEALTH.replace('passing', 'warning')}"),
        words=("\n---\n", '"Key": ', '"Value": ', '"Checks": ', "null", "[", "{", "1e999", "\\ud800", "\\u0000", "=="),
        longest=1_500,
    ),
)
