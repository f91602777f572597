"""An identity token: read only once its signature, its issuer, whom it is meant for and its time are right.

The algorithm is one of three, and the key must be of the kind that the algorithm takes, so that a public key is never
used as a shared secret. Keys come from the provider's own list; what a token says about keys is never looked at.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import jwt

from steward.lib.record import record
from steward.model.errors import NotAllowed
from steward.model.identity import SKEW, Identity

ALGORITHMS: Mapping[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Algorithms that are accepted, and the kind and curve of the key each takes."""
_LEAST_RSA_BITS = 2048
_LONGEST_TOKEN = 65_536
_MOST_GROUPS = 500
_LONGEST_NAME = 200
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")

Key = Mapping[str, Any]


class UnknownKey(NotAllowed):
    """The token is signed with a key that is not among the known ones; the provider may have changed them."""


@record
class Expected:
    """What a token must say."""

    issuer: str
    """Who it is from."""
    client_id: str
    """Whom it is meant for."""
    nonce: str
    """What this one try was begun with."""
    groups_claim: str = ""
    """Claim that holds groups."""


def identity_of(token: str, keys: Sequence[Key], expected: Expected) -> Identity:
    """Return who a token says it is.

    Raises:
        UnknownKey: it is signed with a key that is not among these.
        NotAllowed: anything about it does not hold.
    """
    claims = _verified(token, keys, expected)
    if not hmac.compare_digest(str(claims["nonce"]).encode(), expected.nonce.encode()):
        raise _refused("it belongs to another try to sign in")
    _refuse_meant_for_others(claims, expected.client_id)
    subject = claims["sub"]
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise _refused("it does not say who it is about")
    return Identity(
        issuer=expected.issuer,
        subject=subject,
        name=_text(claims.get("preferred_username")),
        groups=_groups(claims.get(expected.groups_claim)) if expected.groups_claim else (),
        authenticated=_moment(claims.get("auth_time")),
    )


def _verified(token: str, keys: Sequence[Key], expected: Expected) -> dict[str, Any]:
    if len(token) > _LONGEST_TOKEN:
        raise _refused("it is too long")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        if algorithm not in ALGORITHMS:
            raise _refused(f"it is signed by none of {', '.join(ALGORITHMS)}")
        return jwt.decode(
            token,
            _key(keys, header.get("kid"), algorithm),
            algorithms=[algorithm],
            audience=expected.client_id,
            issuer=expected.issuer,
            leeway=SKEW,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise _refused(_WHY.get(type(error), "its signature or its form is not right")) from error


_WHY: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "it is too old",
    jwt.ImmatureSignatureError: "it is from the future: set the clocks right",
    jwt.InvalidAudienceError: "it is meant for another program",
    jwt.InvalidIssuerError: "it is from another issuer",
    jwt.MissingRequiredClaimError: "it does not say all it must",
}


def _key(keys: Sequence[Key], key_id: object, algorithm: str) -> jwt.PyJWK:
    """Return the one key that a token names, of the kind its algorithm takes."""
    kind, curve = ALGORITHMS[algorithm]
    fitting = [
        key
        for key in keys
        if key.get("kty") == kind
        and (not curve or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    if len(fitting) != 1:
        raise UnknownKey("the token of the provider does not hold", why="its key is not one of the provider's")
    found = jwt.PyJWK(dict(fitting[0]), algorithm)
    if kind == "RSA" and getattr(found.key, "key_size", 0) < _LEAST_RSA_BITS:
        raise _refused("the key of the provider is too short")
    return found


def _refuse_meant_for_others(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse a token that was given to another program, or that others may use as well."""
    party, audience = claims.get("azp"), claims["aud"]
    is_shared = isinstance(audience, list) and len(cast("list[object]", audience)) > 1
    if (party is not None and party != client_id) or (is_shared and party is None):
        raise _refused("it was given to another program")


def _groups(claimed: object) -> tuple[str, ...]:
    listed = cast("list[object]", claimed) if isinstance(claimed, list) else [claimed]
    return tuple(each for each in listed[:_MOST_GROUPS] if isinstance(each, str) and len(each) <= _LONGEST_NAME)


def _text(claimed: object) -> str:
    return claimed[:_LONGEST_NAME] if isinstance(claimed, str) else ""


def _moment(claimed: object) -> datetime | None:
    if isinstance(claimed, bool) or not isinstance(claimed, int | float):
        return None
    try:
        return datetime.fromtimestamp(claimed, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _refused(why: str) -> NotAllowed:
    return NotAllowed("the token of the provider does not hold", why=why, next_step="begin again")
