"""Webhooks over real HTTP: what is signed becomes an event once, a stranger learns nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward.model.access import Right
from steward.model.event import Event
from steward.model.secret import Secret
from steward.store import events
from tests.flows.house import House
from tests.flows.served import Api, served
from tests.unit.core.test_signatures import BODY, GITHUB, GRAFANA, KEY, STANDARD, signed

FILE = """\
hooks:
  - {name: git, scheme: github, secret: secret://git}
  - {name: std, scheme: standard-webhooks, secret: secret://std}
  - name: grafana
    scheme: hmac
    secret: secret://grafana
    header: X-Grafana-Alerting-Signature
    timestamp_header: X-Grafana-Alerting-Timestamp
    separator: ":"
  - {name: open, scheme: none}
"""


@pytest.fixture
async def api(house: House) -> AsyncIterator[Api]:
    """A house with webhooks and their keys."""
    (Path(house.steward.repository.path) / "hooks.yaml").write_text(FILE)
    house.steward.secrets.put("git", Secret(KEY.decode()))
    house.steward.secrets.put("grafana", Secret(KEY.decode()))
    house.steward.secrets.put("std", Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
    async with served(house) as found:
        yield found


def headers(hook, body: bytes = BODY) -> dict[str, str]:
    return {name: values[0] for name, values in signed(hook, body, at=datetime.now(UTC)).items()}


async def received(house: House) -> list[Event]:
    found = await house.steward.storage.read(events.after, 0)
    return [event for event in found if event.kind == "hook.received"]


@pytest.mark.parametrize("hook", [GITHUB, STANDARD, GRAFANA], ids=lambda hook: hook.name)
async def test_what_is_signed_becomes_one_event_however_often_it_comes(api, house, hook):
    given = headers(hook)
    for said in ("accepted", "duplicate"):
        reply = await api.send("POST", f"/hooks/{hook.name}", BODY, headers=given)
        assert (reply.status, reply.json) == (202, {"status": said})
    (event,) = await received(house)
    assert (event.subject, event.data["taint"]) == (f"hook:{hook.name}", "outside")


async def test_a_delivery_starts_nothing(api, house):
    await api.send("POST", "/hooks/git", BODY, headers=headers(GITHUB))
    await api.send("POST", "/hooks/open", b"disk full")
    listed = await house.do("runs.ls")
    assert listed.result["runs"] == []
    assert [event.subject for event in await received(house)] == ["hook:git"]


async def test_every_wrong_delivery_is_refused_with_the_same_words(api, house):
    wrong = [
        ("git", BODY, headers(GITHUB, b"another")),
        ("git", BODY, {}),
        ("std", BODY, headers(STANDARD) | {"webhook-timestamp": "1"}),
        ("nothing", BODY, headers(GITHUB)),
    ]
    told = set()
    for name, body, given in wrong:
        reply = await api.send("POST", f"/hooks/{name}", body, headers=given)
        assert reply.status == 401
        told.add(reply.body)
    assert len(told) == 1
    assert await received(house) == []


async def test_a_token_is_no_signature(api):
    token = await api.token(Right.READ, Right.PROPOSE, Right.BRAKE)
    assert (await api.send("POST", "/hooks/git", BODY, token=token)).status == 401


async def test_headers_are_refused_before_the_body_has_come(api):
    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", api.port), timeout=60) as link:
            head = "POST /hooks/git HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n"
            link.sendall(head.encode())
            return link.recv(4096)

    assert (await asyncio.to_thread(ask)).startswith(b"HTTP/1.1 401")


async def test_a_body_over_a_mebibyte_is_not_read(api):
    body = b"x" * (1_048_576 + 1)
    assert (await api.send("POST", "/hooks/git", body, headers=headers(GITHUB, body))).status == 413


async def test_guessing_is_slowed_down(api):
    statuses = [(await api.send("POST", "/hooks/git", BODY)).status for _ in range(22)]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429, 429]
    reply = await api.send("POST", "/hooks/git", BODY, headers=headers(GITHUB))
    assert (reply.status, "retry-after" in reply.headers) == (429, True)


async def test_the_owner_sees_which_webhook_cannot_be_checked(api, house):
    house.steward.secrets.remove("git")
    listed = (await house.do("hooks.ls")).result["hooks"]
    assert {hook["name"]: bool(hook["trouble"]) for hook in listed} == {
        "git": True,
        "std": False,
        "grafana": False,
        "open": False,
    }
    reply = await api.send("POST", "/hooks/git", BODY, headers=headers(GITHUB))
    assert (reply.status, "git" in reply.body.decode()) == (503, False)
