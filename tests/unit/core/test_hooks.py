"""Deliveries: an event once, an observation for what is unsigned, nothing for a stranger."""

from __future__ import annotations

import json

import pytest

from steward.core.events import Events
from steward.core.hooks import MOST_KEPT, MOST_SEEN, SIGNED, UNSIGNED, Hooks, Outcome, seen_by
from steward.core.secrets import Secrets
from steward.core.signatures import NotSigned
from steward.core.storage import Storage
from steward.lib.redact import Redactor
from steward.model.errors import TooMany, TryLater
from steward.model.event import Event
from steward.model.hook import HOOKS_FILE
from steward.model.secret import Secret
from steward.model.taint import Taint
from steward.store import events, observations
from steward.testing.stage import World
from tests.unit.core.test_signatures import BODY, GITHUB, KEY, STANDARD, signed

FILE = """\
hooks:
  - {name: git, scheme: github, secret: secret://git}
  - {name: std, scheme: standard-webhooks, secret: secret://std}
  - {name: lost, scheme: github, secret: secret://lost}
  - {name: open, scheme: none}
"""
HERE = "192.0.2.1"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def hooks(world: World, storage: Storage, redactor: Redactor) -> Hooks:
    """The webhooks of a file, with the keys of two of them."""
    world.repository.edit(HOOKS_FILE, FILE)
    world.vault.put("git", Secret(KEY.decode()))
    world.vault.put("std", Secret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
    secrets = Secrets(vaults=(world.vault,), redactor=redactor, version_key=b"k" * 32)
    return Hooks(
        storage=storage,
        repository=world.repository,
        secrets=secrets,
        events=Events(clock=world.clock, redactor=redactor),
        redactor=redactor,
        clock=world.clock,
    )


async def deliver(hooks: Hooks, hook=GITHUB, body: bytes = BODY, *, address: str = HERE, **more: list[str]) -> Outcome:
    headers = signed(hook, body, at=hooks._clock.now()) | more
    return await hooks.receive(await hooks.admit(hook.name, headers, address=address), body, address=address)


async def received(storage: Storage) -> list[Event]:
    return [event for event in await storage.read(events.after, 0) if event.kind == "hook.received"]


async def test_a_signed_delivery_is_one_event_however_often_it_comes(hooks, storage):
    assert await deliver(hooks) is Outcome.ACCEPTED
    assert await deliver(hooks) is Outcome.DUPLICATE
    (event,) = await received(storage)
    assert (event.subject, event.actor) == ("hook:git", "hook:git")
    assert event.data["payload"] == {"ref": "refs/heads/main"}
    assert event.data["taint"] == Taint.OUTSIDE.value
    assert await deliver(hooks, body=b"{}") is Outcome.ACCEPTED


async def test_a_header_nobody_signed_cannot_make_a_delivery_new(hooks, storage):
    for number in range(3):
        await deliver(hooks, **{"x-github-delivery": [str(number)], "x-github-event": ["push\u202e"]})
    (event,) = await received(storage)
    assert event.data["event"] == "push\\u{202e}"


async def test_a_standard_delivery_is_known_by_its_signed_id(hooks):
    assert await deliver(hooks, STANDARD, b"one") is Outcome.ACCEPTED
    assert await deliver(hooks, STANDARD, b"two") is Outcome.DUPLICATE


async def test_what_is_sent_again_after_five_minutes_is_refused(hooks):
    old = signed(STANDARD, BODY, at=hooks._clock.now())
    hooks._clock.advance(301)
    with pytest.raises(NotSigned):
        await hooks.admit("std", old, address=HERE)


async def test_secrets_are_masked_before_a_delivery_is_kept_or_cut(hooks, storage, redactor):
    redactor.add("other", "correct-horse-battery")
    body = json.dumps({"a": "correct-horse-battery", "b": ["x"]}).encode()
    await deliver(hooks, body=body)
    await deliver(hooks, body=b"y" * (MOST_KEPT - 5) + b"correct-horse-battery")
    first, second = await received(storage)
    assert first.data["payload"]["a"] == redactor.text("correct-horse-battery")
    assert second.data["is_whole"] is False
    assert "correct" not in second.data["text"]
    assert len(second.data["text"]) == MOST_KEPT


@pytest.mark.parametrize(
    "body", [b"\xff\xfe no JSON", b"[" * 60_000, b'{"a": NaN}', b'{"a": 1e999}', b"9" * 5000, b'"\\ud800\\u0000"']
)
async def test_whatever_is_signed_is_kept_as_it_can_be(hooks, storage, body):
    assert await deliver(hooks, body=body) is Outcome.ACCEPTED
    (kept,) = await received(storage)
    json.dumps(kept.data, allow_nan=False)


async def test_what_nobody_signed_is_seen_and_never_an_event(hooks, storage):
    admitted = await hooks.admit("open", {}, address=HERE)
    assert await hooks.receive(admitted, b"disk \xff" + b"z" * 9000, address=HERE) is Outcome.OBSERVED
    assert await received(storage) == []
    (seen,) = await storage.read(observations.recent, resource=seen_by("open"), name="said")
    assert seen.taint is Taint.OUTSIDE
    assert len(seen.value) == MOST_SEEN


async def test_only_the_newest_hundred_unsigned_ones_are_kept(hooks, storage):
    for number in range(105):
        hooks._clock.advance(2)
        admitted = await hooks.admit("open", {}, address=HERE)
        await hooks.receive(admitted, f"n{number}".encode(), address=HERE)
    seen = await storage.read(observations.recent, resource=seen_by("open"), name="said", limit=200)
    assert [len(seen), seen[0].value, seen[-1].value] == [100, "n104", "n5"]


async def test_a_stranger_is_refused_alike_whether_the_webhook_exists_or_not(hooks):
    told = []
    for name in ("git", "nothing"):
        with pytest.raises(NotSigned) as refused:
            await hooks.admit(name, {}, address=HERE)
        told.append(str(refused.value))
    assert told[0] == told[1]
    assert hooks.counts == {("git", Outcome.REFUSED): 1, ("", Outcome.REFUSED): 1}


async def test_wrong_signatures_are_limited_and_right_ones_are_not(hooks):
    for number in range(2 * SIGNED.per_address):
        await deliver(hooks, body=str(number).encode())
    for _ in range(SIGNED.per_address):
        with pytest.raises(NotSigned):
            await hooks.admit("git", {}, address=HERE)
    with pytest.raises(TooMany):
        await deliver(hooks)
    assert await deliver(hooks, address="192.0.2.9") is Outcome.ACCEPTED
    hooks._clock.advance(61)
    assert await deliver(hooks) is Outcome.DUPLICATE


async def test_unsigned_ones_are_limited_always(hooks):
    for _ in range(UNSIGNED.per_address):
        await hooks.admit("open", {}, address=HERE)
    with pytest.raises(TooMany):
        await hooks.admit("open", {}, address=HERE)


async def test_a_webhook_without_its_key_asks_to_try_later_and_tells_the_owner_why(hooks):
    with pytest.raises(TryLater) as told:
        await hooks.admit("lost", signed(GITHUB), address=HERE)
    assert "lost" not in str(told.value)
    trouble = {hook.name: hooks.trouble(hook) for hook in hooks.file().hooks}
    assert "there is no secret `lost`" in trouble.pop("lost")
    assert set(trouble.values()) == {""}


async def test_a_file_that_was_never_good_is_no_webhook(hooks, world):
    world.repository.edit(HOOKS_FILE, "hooks: {")
    hooks_anew = Hooks(
        storage=hooks._storage,
        repository=type(world.repository)(),
        secrets=hooks._secrets,
        events=hooks._events,
        redactor=hooks._redactor,
        clock=hooks._clock,
    )
    assert hooks_anew.file().hooks == ()
    assert hooks.problems()
    assert hooks.file().find("git")
