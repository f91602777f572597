"""Signatures, made here as each sender makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from steward.core.signatures import WINDOW, NotSigned, claim_of, delivery_of, key_of
from steward.model.errors import InvalidInput
from steward.model.hook import Encoding, Hook, Scheme

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"ref":"refs/heads/main"}'
KEY = b"0123456789abcdef0123456789abcdef"
GITHUB = Hook(name="git", scheme=Scheme.GITHUB, secret="secret://git")
STANDARD = Hook(name="std", scheme=Scheme.STANDARD, secret="secret://std")
GRAFANA = Hook(
    name="grafana",
    scheme=Scheme.HMAC,
    secret="secret://grafana",
    header="X-Grafana-Alerting-Signature",
    timestamp_header="X-Grafana-Alerting-Timestamp",
    separator=":",
)
PLAIN = Hook(name="plain", scheme=Scheme.HMAC, secret="secret://plain", prefix="sig=", encoding=Encoding.BASE64)


def mac(data: bytes, key: bytes = KEY) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def signed(hook: Hook, body: bytes = BODY, *, at: datetime = NOW, key: bytes = KEY) -> dict[str, list[str]]:
    """The headers that the sender of this webhook would give."""
    time = str(int(at.timestamp()))
    if hook.scheme is Scheme.GITHUB:
        return {"x-hub-signature-256": [f"sha256={mac(body, key).hex()}"]}
    if hook.scheme is Scheme.STANDARD:
        signature = base64.b64encode(mac(f"msg_1.{time}.".encode() + body, key)).decode()
        return {"webhook-id": ["msg_1"], "webhook-timestamp": [time], "webhook-signature": [f"v1,{signature}"]}
    if not hook.timestamp_header:
        return {hook.header.lower(): [f"{hook.prefix}{base64.b64encode(mac(body, key)).decode()}"]}
    signature = mac(f"{time}{hook.separator}".encode() + body, key).hex()
    return {hook.timestamp_header.lower(): [time], hook.header.lower(): [signature]}


@pytest.mark.parametrize("hook", [GITHUB, STANDARD, GRAFANA, PLAIN], ids=lambda hook: hook.name)
class TestEveryScheme:
    def test_what_the_sender_signed_is_accepted(self, hook):
        assert delivery_of(claim_of(hook, signed(hook), NOW), BODY, KEY)

    def test_another_body_or_key_is_refused(self, hook):
        claim = claim_of(hook, signed(hook), NOW)
        for body, key in ((BODY + b" ", KEY), (BODY, KEY[::-1])):
            with pytest.raises(NotSigned):
                delivery_of(claim, body, key)

    def test_a_header_that_is_missing_double_or_cut_is_refused_before_the_body(self, hook):
        good = signed(hook)
        for name, values in good.items():
            for bad in ([], values * 2, [values[0][:-1] + "!"], [""]):
                with pytest.raises(NotSigned):
                    claim_of(hook, good | {name: bad}, NOW)

    def test_the_same_delivery_is_the_same_and_another_one_is_not(self, hook):
        claim = claim_of(hook, signed(hook), NOW)
        other = claim_of(hook, signed(hook, b"x") | ({"webhook-id": ["msg_1"]} if hook is STANDARD else {}), NOW)
        assert delivery_of(claim, BODY, KEY) == delivery_of(claim, BODY, KEY)
        if hook is not STANDARD:
            assert delivery_of(claim, BODY, KEY) != delivery_of(other, b"x", KEY)

    def test_nothing_tells_what_was_wrong(self, hook):
        with pytest.raises(NotSigned) as told:
            claim_of(hook, {}, NOW)
        assert str(told.value) == "the delivery is not accepted"


@pytest.mark.parametrize("hook", [STANDARD, GRAFANA], ids=lambda hook: hook.name)
@pytest.mark.parametrize("side", [-1, 1])
def test_a_signed_time_must_be_within_five_minutes(hook, side):
    late = signed(hook, at=NOW + side * (WINDOW + timedelta(seconds=1)))
    with pytest.raises(NotSigned):
        claim_of(hook, late, NOW)
    assert claim_of(hook, signed(hook, at=NOW + side * WINDOW), NOW)


def test_one_of_several_standard_signatures_is_enough_while_a_key_is_changed():
    headers = signed(STANDARD)
    old = base64.b64encode(mac(b"old")).decode()
    headers["webhook-signature"] = [f"v1,{old} v2,anything {headers['webhook-signature'][0]}"]
    assert delivery_of(claim_of(STANDARD, headers, NOW), BODY, KEY)


def test_a_point_in_a_standard_id_cannot_move_where_the_time_begins():
    with pytest.raises(NotSigned):
        claim_of(STANDARD, signed(STANDARD) | {"webhook-id": ["msg.1"]}, NOW)


def test_the_example_of_github_is_accepted():
    """From GitHub's page on validating deliveries."""
    headers = {"x-hub-signature-256": ["sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"]}
    assert delivery_of(claim_of(GITHUB, headers, NOW), b"Hello, World!", b"It's a Secret to Everybody")


def test_keys_are_read_as_their_scheme_writes_them_and_short_ones_are_refused():
    assert key_of(STANDARD, "whsec_" + base64.b64encode(KEY).decode()) == KEY
    assert key_of(GITHUB, KEY.decode()) == KEY
    for hook, secret in ((STANDARD, "whsec_!"), (STANDARD, "whsec_YWJj"), (GITHUB, "x" * 15)):
        with pytest.raises(InvalidInput) as told:
            key_of(hook, secret)
        assert secret not in str(told.value)
