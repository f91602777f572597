"""A provider that is down, too talkative, somebody else or half configured is an error that says so, never a way in."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from steward.adapters.identity_providers.oidc.provider import OidcProvider
from steward.adapters.identity_providers.oidc.settings import OidcSettings
from steward.model.errors import NotAllowed, StewardError, TryLater, Unreachable
from steward.model.identity import Authorization
from steward.testing.clock import MovedClock
from tests.suites.sshd import free_port
from tests.unit.adapters.identity_providers.oidc.test_tokens import ED, KEYS, claims

TRY = Authorization(redirect="https://home.example/oidc/callback", state="s", nonce="n-once", verifier="v" * 43)


@dataclass(kw_only=True)
class Told:
    """What a server on loopback answers, and what it was asked."""

    port: int = 0
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    keys: Any = field(default_factory=lambda: list(KEYS))
    token: tuple[int, Any] = (200, {})
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def provider(self, secret: str = "", **more: Any) -> OidcProvider:
        settings = OidcSettings(issuer=self.issuer, client_id="steward", label="Home ID", **more)
        self.clock = MovedClock()
        return OidcProvider(settings, secret=lambda: secret, clock=self.clock)


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
            told.asked.append((self.path, self.headers.get("authorization", ""), parse_qs(body)))
            status, answer = told.status, told.document
            if self.path == "/keys":
                answer = told.keys if isinstance(told.keys, bytes) else {"keys": told.keys}
            if self.path == "/token":
                status, answer = told.token
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"content-length": str(len(raw)), **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    told.document = {
        "issuer": told.issuer,
        "authorization_endpoint": f"{told.issuer}/authorize?tenant=1",
        "token_endpoint": f"{told.issuer}/token",
        "jwks_uri": f"{told.issuer}/keys",
    }
    token = jwt.encode(claims(iss=told.issuer), ED, "EdDSA", headers={"kid": "ed"})
    told.token = (200, {"id_token": token, "access_token": "x", "token_type": "Bearer"})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    server.shutdown()
    thread.join(10)
    server.server_close()


async def test_who_it_is_is_asked_with_the_verifier_and_the_secret_in_a_header(told: Told):
    provider = told.provider(secret="top:secret %")
    assert (await provider.address(TRY)).startswith(f"{told.issuer}/authorize?tenant=1&response_type=code&")
    assert (await provider.identity(TRY, code="c-1", issuer="")).subject == "s-1"
    path, authorization, form = next(each for each in told.asked if each[0] == "/token")
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == "steward:top%3Asecret%20%25"
    assert form["code_verifier"] == [TRY.verifier]
    assert form["redirect_uri"] == [TRY.redirect]
    assert "client_secret" not in form
    assert path == "/token"


async def test_a_secret_goes_into_the_form_where_the_provider_takes_no_header_and_a_public_client_has_none(told: Told):
    told.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await told.provider(secret="secret").identity(TRY, code="c", issuer="")
    assert told.asked[-2][2]["client_secret"] == ["secret"]
    told.asked.clear()
    await told.provider().identity(TRY, code="c", issuer="")
    sent = next(each for each in told.asked if each[0] == "/token")
    assert (sent[1], sent[2]["client_id"], "client_secret" in sent[2]) == ("", ["steward"], False)


async def test_to_prove_anew_the_provider_must_ask_anew_and_groups_are_asked_for_where_they_are_wanted(told: Told):
    told.document["scopes_supported"] = ["openid", "groups"]
    address = await told.provider(groups_claim="groups").address(
        Authorization(redirect="r", state="s", nonce="n", verifier="v", is_fresh=True)
    )
    assert "prompt=login&max_age=0" in address
    assert "scope=openid+profile+groups" in address


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://127.0.0.1:1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://127.0.0.1\n/token"},
    ],
)
async def test_a_provider_that_is_another_or_sends_elsewhere_is_not_used(told: Told, change: dict[str, Any]):
    told.document |= change
    with pytest.raises(TryLater):
        await told.provider().address(TRY)
    assert [path for path, _, _ in told.asked] == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("answer", [b"no json", b"[]", b"[" * 100_000, b'{"issuer": ' + b'"x' * 700_000 + b'"}', b""])
async def test_an_answer_that_cannot_be_read_or_is_too_large_is_an_error(told: Told, answer: bytes):
    told.document = answer  # type: ignore[assignment]
    with pytest.raises(TryLater):
        await told.provider().address(TRY)


async def test_no_redirection_is_followed_and_nothing_packed_is_unpacked(told: Told):
    told.status, told.headers = 302, {"location": "/keys"}
    with pytest.raises(TryLater):
        await told.provider().address(TRY)
    told.status, told.headers = 200, {"content-encoding": "gzip"}
    with pytest.raises(TryLater):
        await told.provider().address(TRY)
    assert len(told.asked) == 2


async def test_a_provider_that_does_not_answer_leaves_the_password(told: Told):
    gone = OidcProvider(
        OidcSettings(issuer=f"http://127.0.0.1:{free_port()}", client_id="steward", label="Home ID"),
        secret=lambda: "",
        clock=MovedClock(),
    )
    with pytest.raises(Unreachable, match="Home ID does not answer") as told_error:
        await gone.address(TRY)
    assert "password" in told_error.value.next_step


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"error": "invalid_grant", "error_description": "<b>evil</b>"}), NotAllowed),
        ((401, {"error": "<b>evil</b>"}), NotAllowed),
        ((200, {"id_token": 7}), TryLater),
        ((200, {"id_token": "a.b.c"}), NotAllowed),
        ((500, {}), TryLater),
        ((302, {"id_token": "x"}), TryLater),
    ],
)
async def test_a_code_that_is_not_taken_opens_nothing_and_no_word_of_the_provider_is_repeated(
    told: Told, answer: tuple[int, Any], kind: type[StewardError]
):
    told.token = answer
    with pytest.raises(kind) as error:
        await told.provider().identity(TRY, code="c", issuer="")
    assert "evil" not in str(error.value)


async def test_an_answer_of_another_issuer_is_refused_and_a_missing_one_where_the_provider_names_itself(told: Told):
    for said in ("https://other.example", f"{told.issuer}/"):
        with pytest.raises(NotAllowed):
            await told.provider().identity(TRY, code="c", issuer=said)
    told.document["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(NotAllowed):
        await told.provider().identity(TRY, code="c", issuer="")
    assert (await told.provider().identity(TRY, code="c", issuer=told.issuer)).subject == "s-1"
    assert [path for path, _, _ in told.asked].count("/token") == 1


async def test_new_keys_are_looked_for_but_not_for_every_token(told: Told):
    told.keys = []
    provider = told.provider()
    for _ in range(3):
        with pytest.raises(NotAllowed):
            await provider.identity(TRY, code="c", issuer="")
    assert [path for path, _, _ in told.asked].count("/keys") == 1
    told.keys = list(KEYS)
    told.clock.advance(31)
    assert (await provider.identity(TRY, code="c", issuer="")).subject == "s-1"
    assert [path for path, _, _ in told.asked].count("/.well-known/openid-configuration") == 1


async def test_a_key_that_the_provider_took_back_serves_no_longer_than_ten_minutes(told: Told):
    provider = told.provider()
    await provider.identity(TRY, code="c", issuer="")
    told.keys = []
    told.clock.advance(601)
    with pytest.raises(NotAllowed):
        await provider.identity(TRY, code="c", issuer="")
