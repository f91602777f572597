"""Check who signed a webhook: what its headers say before the body is read, the signature after.

Signatures are compared in constant time over the raw bytes. A delivery is told from another by what is signed, never
by a header that anybody could change.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from steward.model.errors import InvalidInput, NotAllowed
from steward.model.hook import Encoding, Hook, Scheme

Headers = Mapping[str, Sequence[str]]
"""Every value of each header, by lower-case name."""

WINDOW = timedelta(minutes=5)
"""How far a signed time may be from ours."""
SHORTEST_KEY = 16
"""Bytes; a shorter key could be guessed from one delivery."""
_STANDARD_KEY = "whsec_"
_UNIX = re.compile(r"[0-9]{1,12}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_MOST_SIGNATURES = 8


class NotSigned(NotAllowed):
    """The delivery is not signed by whom it should be; nobody is told what was wrong with it."""

    def __init__(self) -> None:
        super().__init__("the delivery is not accepted")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What the headers of a delivery say, well-formed and in time, not proven yet."""

    signatures: tuple[bytes, ...]
    """Signatures of which one must fit."""
    before: bytes = b""
    """What is signed before the body."""
    id: str = ""
    """Signed id of the delivery; empty where the sender signs none."""


def claim_of(hook: Hook, headers: Headers, now: datetime) -> Claim:
    """Read the headers of a delivery.

    Raises:
        NotSigned: one is missing, double, malformed, or the time is not now.
    """
    if hook.scheme is Scheme.GITHUB:
        return Claim(signatures=(_decoded(_one(headers, "X-Hub-Signature-256"), "sha256=", Encoding.HEX),))
    if hook.scheme is Scheme.STANDARD:
        return _standard(headers, now)
    signature = _decoded(_one(headers, hook.header), hook.prefix, hook.encoding)
    if not hook.timestamp_header:
        return Claim(signatures=(signature,))
    time = _in_time(_one(headers, hook.timestamp_header), now)
    return Claim(signatures=(signature,), before=f"{time}{hook.separator}".encode())


def delivery_of(claim: Claim, body: bytes, key: bytes) -> str:
    """Return what tells this delivery from every other, once its signature proved right.

    Raises:
        NotSigned: it is wrong.
    """
    signed = claim.before + body
    wanted = hmac.digest(key, signed, "sha256")
    fits = [hmac.compare_digest(signature, wanted) for signature in claim.signatures]
    if not any(fits):
        raise NotSigned
    return hashlib.sha256(claim.id.encode() or signed).hexdigest()


def key_of(hook: Hook, secret: str) -> bytes:
    """Return the bytes to sign with.

    Raises:
        InvalidInput: the secret is none of this scheme, or too short.
    """
    key = secret.encode()
    if hook.scheme is Scheme.STANDARD:
        try:
            key = base64.b64decode(secret.removeprefix(_STANDARD_KEY), validate=True)
        except (binascii.Error, ValueError):
            step = f"take the `{_STANDARD_KEY}...` that the sender shows"
            raise InvalidInput(f"{hook.secret} is no key of Standard Webhooks", next_step=step) from None
    if len(key) < SHORTEST_KEY:
        step = f"give both sides at least {SHORTEST_KEY} bytes, such as `openssl rand -hex 32` prints"
        raise InvalidInput(f"{hook.secret} is too short to sign with", next_step=step)
    return key


def _standard(headers: Headers, now: datetime) -> Claim:
    delivery, time = _one(headers, "webhook-id"), _in_time(_one(headers, "webhook-timestamp"), now)
    if not _ID.fullmatch(delivery):
        raise NotSigned
    listed = [part for part in _one(headers, "webhook-signature").split(" ") if part.startswith("v1,")]
    if not 1 <= len(listed) <= _MOST_SIGNATURES:
        raise NotSigned
    signatures = tuple(_decoded(part, "v1,", Encoding.BASE64) for part in listed)
    return Claim(signatures=signatures, before=f"{delivery}.{time}.".encode(), id=delivery)


def _one(headers: Headers, name: str) -> str:
    values = headers.get(name.lower(), ())
    if len(values) != 1:
        raise NotSigned
    return values[0]


def _decoded(text: str, prefix: str, encoding: Encoding) -> bytes:
    if not text.startswith(prefix):
        raise NotSigned
    written = text[len(prefix) :]
    try:
        value = bytes.fromhex(written) if encoding is Encoding.HEX else base64.b64decode(written, validate=True)
    except ValueError:
        raise NotSigned from None
    if len(value) != hashlib.sha256().digest_size:
        raise NotSigned
    return value


def _in_time(text: str, now: datetime) -> str:
    if not _UNIX.fullmatch(text) or abs(int(text) - now.timestamp()) > WINDOW.total_seconds():
        raise NotSigned
    return text
