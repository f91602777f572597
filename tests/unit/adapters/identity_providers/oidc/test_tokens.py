"""Tokens that were forged, altered, meant for others or kept too long open nothing; real keys, real signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from steward.adapters.identity_providers.oidc.tokens import ALGORITHMS, Expected, UnknownKey, identity_of
from steward.model.errors import NotAllowed

ISSUER, CLIENT, NONCE = "https://id.home.example", "steward", "n-once"
EXPECTED = Expected(issuer=ISSUER, client_id=CLIENT, nonce=NONCE, groups_claim="groups")
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def public(key: Any, algorithm: Any, **more: str) -> dict[str, Any]:
    """The public half, as a provider lists it."""
    return {**json.loads(algorithm.to_jwk(key.public_key())), **more}


KEYS = (
    public(RSA, jwt.algorithms.RSAAlgorithm, kid="rsa", use="sig"),
    public(EC, jwt.algorithms.ECAlgorithm, kid="ec"),
    public(ED, jwt.algorithms.OKPAlgorithm, kid="ed", alg="EdDSA"),
)
SIGNERS: Mapping[str, tuple[Any, str]] = {"RS256": (RSA, "rsa"), "ES256": (EC, "ec"), "EdDSA": (ED, "ed")}


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says; None takes a claim away."""
    now = int(time.time())
    told = {"iss": ISSUER, "sub": "s-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": NONCE, **changed}
    return {name: value for name, value in told.items() if value is not None}


def signed(told: Mapping[str, Any], algorithm: str = "RS256", *, key: Any = None, **headers: Any) -> str:
    """A token signed by the key of its algorithm, or by another."""
    own, kid = SIGNERS[algorithm]
    return jwt.encode(dict(told), key or own, algorithm, headers={"kid": kid, **headers})


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def shared_secret_token(secret: bytes, header: Mapping[str, Any]) -> str:
    """A token signed with a secret that both sides know, as nobody's library would let us."""
    text = f"{part(header)}.{part(claims())}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_that_is_right_tells_who_it_is(algorithm: str):
    told = claims(preferred_username="Anna", groups=["a", 7, "b"], auth_time=1_000, email="x@home.example")
    identity = identity_of(signed(told, algorithm), KEYS, EXPECTED)
    assert (identity.issuer, identity.subject, identity.name) == (ISSUER, "s-1", "Anna")
    assert identity.groups == ("a", "b")
    assert identity.authenticated is not None
    assert identity.authenticated.timestamp() == 1_000


def test_the_one_key_of_its_kind_serves_a_token_that_names_none():
    token = jwt.encode(claims(), EC, "ES256")
    assert identity_of(token, KEYS, EXPECTED).subject == "s-1"
    with pytest.raises(UnknownKey):
        identity_of(token, (*KEYS, {**KEYS[1], "kid": "another"}), EXPECTED)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"nonce": "another"}, "another try"),
        ({"nonce": None}, "all it must"),
        ({"nonce": ["n-once"]}, "another try"),
        ({"aud": "other"}, "another program"),
        ({"aud": None}, "all it must"),
        ({"aud": [CLIENT, "other"]}, "another program"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "another program"),
        ({"azp": "other"}, "another program"),
        ({"iss": "https://id.home.example.evil"}, "another issuer"),
        ({"iss": ISSUER + "/"}, "another issuer"),
        ({"iss": None}, "all it must"),
        ({"exp": 1}, "too old"),
        ({"exp": None}, "all it must"),
        ({"exp": "tomorrow"}, "not right"),
        ({"iat": None}, "all it must"),
        ({"sub": None}, "all it must"),
        ({"sub": ""}, "whom|who"),
        ({"sub": "x" * 256}, "who"),
        ({"sub": "a\nb"}, "who"),
    ],
)
def test_a_token_that_says_something_else_is_refused(changed: dict[str, Any], why: str):
    with pytest.raises(NotAllowed, match=why):
        identity_of(signed(claims(**changed)), KEYS, EXPECTED)


@pytest.mark.parametrize(("name", "good", "bad"), [("exp", -30, -90), ("iat", 30, 90), ("nbf", 30, 90)])
def test_clocks_may_be_a_minute_apart_and_not_more(name: str, good: int, bad: int):
    now = int(time.time())
    assert identity_of(signed(claims(**{name: now + good})), KEYS, EXPECTED).subject == "s-1"
    with pytest.raises(NotAllowed):
        identity_of(signed(claims(**{name: now + bad})), KEYS, EXPECTED)


def test_several_programs_are_fine_when_it_was_given_to_us():
    token = signed(claims(aud=[CLIENT, "other"], azp=CLIENT))
    assert identity_of(token, KEYS, EXPECTED).subject == "s-1"


def test_an_unsigned_token_is_refused():
    for algorithm in ("none", "None", "NONE", "", None):
        token = f"{part({'alg': algorithm, 'kid': 'rsa'})}.{part(claims())}."
        with pytest.raises(NotAllowed):
            identity_of(token, KEYS, EXPECTED)


def test_a_public_key_is_never_a_shared_secret():
    pem = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    listed = json.dumps(KEYS[0]).encode()
    modulus = base64.urlsafe_b64decode(KEYS[0]["n"] + "==")
    oct_key = {"kty": "oct", "kid": "rsa", "k": part(b"secret" * 8), "alg": "HS256"}
    for secret in (pem, listed, modulus, b"", b"secret" * 8):
        for header in ({"alg": "HS256", "kid": "rsa"}, {"alg": "RS256", "kid": "rsa"}, {"alg": "HS256"}):
            with pytest.raises(NotAllowed):
                identity_of(shared_secret_token(secret, header), (*KEYS, oct_key), EXPECTED)


@pytest.mark.parametrize("algorithm", ["RS384", "PS256"])
def test_an_algorithm_that_is_not_on_the_list_is_refused_however_good_the_key(algorithm: str):
    token = jwt.encode(claims(), RSA, algorithm, headers={"kid": "rsa"})
    with pytest.raises(NotAllowed, match="none of"):
        identity_of(token, KEYS, EXPECTED)


def test_a_signature_of_another_key_and_an_altered_token_are_refused():
    with pytest.raises(NotAllowed):
        identity_of(signed(claims(), key=OTHER_RSA), KEYS, EXPECTED)
    head, body, signature = signed(claims()).split(".")
    with pytest.raises(NotAllowed):
        identity_of(f"{head}.{part(claims(sub='owner'))}.{signature}", KEYS, EXPECTED)
    with pytest.raises(NotAllowed):
        identity_of(f"{head}.{body}.", KEYS, EXPECTED)


def test_a_key_that_the_token_brings_along_is_never_used():
    brought = public(OTHER_RSA, jwt.algorithms.RSAAlgorithm, kid="mine")
    token = signed(claims(), key=OTHER_RSA, kid="mine", jwk=brought, jku="https://evil.example/keys")
    with pytest.raises(UnknownKey):
        identity_of(token, KEYS, EXPECTED)
    with pytest.raises(NotAllowed):
        identity_of(signed(claims(), key=OTHER_RSA, jwk=brought), KEYS, EXPECTED)


def test_a_key_of_another_kind_or_for_another_use_is_not_taken():
    with pytest.raises(UnknownKey):
        identity_of(signed(claims(), kid="ec"), KEYS, EXPECTED)
    with pytest.raises(UnknownKey):
        identity_of(signed(claims()), [{**KEYS[0], "use": "enc"}], EXPECTED)
    with pytest.raises(UnknownKey):
        identity_of(signed(claims()), [{**KEYS[0], "alg": "RS512"}], EXPECTED)
    with pytest.raises(UnknownKey):
        identity_of(signed(claims(), "ES256"), [{**KEYS[1], "crv": "P-384"}], EXPECTED)


def test_a_short_key_and_one_that_is_broken_are_refused():
    with pytest.raises(NotAllowed):
        identity_of(signed(claims()), [{**KEYS[0], "n": "AQAB"}], EXPECTED)
    with pytest.raises(NotAllowed):
        identity_of(signed(claims()), [{"kty": "RSA", "kid": "rsa"}], EXPECTED)


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "." * 5, "x" * 70_000, "e30.e30.e30", "\x00.\x00.\x00", "é.é.é"]
)
def test_what_is_no_token_is_refused_and_breaks_nothing(token: str):
    with pytest.raises(NotAllowed):
        identity_of(token, KEYS, EXPECTED)


def test_a_header_that_demands_more_than_we_know_is_refused():
    token = signed(claims(), crit=["b64"], b64=False)
    with pytest.raises(NotAllowed):
        identity_of(token, KEYS, EXPECTED)


def test_groups_are_read_only_where_somebody_wants_them():
    plain = Expected(issuer=ISSUER, client_id=CLIENT, nonce=NONCE)
    assert identity_of(signed(claims(groups=["a"])), KEYS, plain).groups == ()
    assert identity_of(signed(claims(groups="a")), KEYS, EXPECTED).groups == ("a",)
    assert identity_of(signed(claims(groups={"a": 1})), KEYS, EXPECTED).groups == ()
    assert identity_of(signed(claims(auth_time=True)), KEYS, EXPECTED).authenticated is None
    assert identity_of(signed(claims(auth_time=1e300)), KEYS, EXPECTED).authenticated is None
