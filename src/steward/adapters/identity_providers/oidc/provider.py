"""A provider that speaks OpenID Connect."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

from steward.adapters.identity_providers.oidc.reading import Asker
from steward.adapters.identity_providers.oidc.settings import OidcSettings
from steward.adapters.identity_providers.oidc.tokens import Expected, Key, UnknownKey, identity_of
from steward.lib.record import record
from steward.model.errors import NotAllowed
from steward.model.identity import Authorization, Identity
from steward.ports.clock import Clock

_BASIC, _POST = "client_secret_basic", "client_secret_post"


@record
class _Provider:
    """What the provider tells of itself."""

    authorization: str
    token: str
    keys: str
    methods: tuple[str, ...]
    scopes: tuple[str, ...]
    names_itself: bool


class OidcProvider:
    """Implements `ports.identity_provider.IdentityProvider`."""

    def __init__(self, settings: OidcSettings, *, secret: Callable[[], str], clock: Clock) -> None:
        """`secret` gives the client's secret when it is needed, and an empty text for a client without one."""
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._asker = Asker(settings)
        self._told: tuple[float, _Provider] | None = None
        self._keys: tuple[float, Sequence[Key]] | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return self._settings.label

    @property
    def issuer(self) -> str:
        """Return its name in tokens."""
        return self._settings.issuer

    async def address(self, authorization: Authorization) -> str:
        """Return where to send the browser.

        Raises:
            TryLater: the provider does not answer, or not with anything that can be used.
        """
        told = await self._provider()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(authorization.verifier.encode()).digest()).rstrip(b"=")
        fields = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": authorization.redirect,
            "scope": self._scope(told),
            "state": authorization.state,
            "nonce": authorization.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if authorization.is_fresh else {}),
        }
        return f"{told.authorization}{'&' if urlsplit(told.authorization).query else '?'}{urlencode(fields)}"

    async def identity(self, authorization: Authorization, *, code: str, issuer: str) -> Identity:
        """Return who came back with this code.

        Raises:
            NotAllowed: the code or what is given for it does not hold.
            TryLater: the provider does not answer, or not with anything that can be used.
        """
        told = await self._provider()
        if (issuer or told.names_itself) and issuer != self.issuer:
            raise NotAllowed("the answer is from another provider", next_step="begin again")
        token = await self._token(told, authorization, code)
        expected = Expected(
            issuer=self.issuer,
            client_id=self._settings.client_id,
            nonce=authorization.nonce,
            groups_claim=self._settings.groups_claim,
        )
        try:
            return identity_of(token, await self._known_keys(told), expected)
        except UnknownKey:
            return identity_of(token, await self._newer_keys(told), expected)

    async def _provider(self) -> _Provider:
        now = self._clock.monotonic()
        if self._told is not None and now - self._told[0] < self._settings.known_seconds:
            return self._told[1]
        document = await self._asker.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise self._asker.unusable("it says that its issuer is another; write STEWARD_OIDC_ISSUER just as it does")
        provider = _Provider(
            authorization=self._asker.own(document, "authorization_endpoint"),
            token=self._asker.own(document, "token_endpoint"),
            keys=self._asker.own(document, "jwks_uri"),
            methods=_words(document.get("token_endpoint_auth_methods_supported")) or (_BASIC,),
            scopes=_words(document.get("scopes_supported")),
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )
        self._told = (now, provider)
        return provider

    def _scope(self, told: _Provider) -> str:
        wants_groups = self._settings.groups_claim and "groups" in told.scopes
        return "openid profile groups" if wants_groups else "openid profile"

    async def _token(self, told: _Provider, authorization: Authorization, code: str) -> str:
        """Change the code for the token that says who it is."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": authorization.redirect,
            "code_verifier": authorization.verifier,
        }
        headers: dict[str, str] = {}
        secret, client = self._secret(), self._settings.client_id
        if secret and (_BASIC in told.methods or _POST not in told.methods):
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client, **({"client_secret": secret} if secret else {})}
        status, answer = await self._asker.post(told.token, form, headers)
        token = answer.get("id_token")
        if status == 200 and isinstance(token, str):
            return token
        if status in {400, 401}:
            raise NotAllowed(f"{self.label} does not accept what came back", why=_kind(answer), next_step="begin again")
        raise self._asker.unusable(f"it answers with HTTP {status} and no token")

    async def _known_keys(self, told: _Provider) -> Sequence[Key]:
        if self._keys is None or self._clock.monotonic() - self._keys[0] >= self._settings.known_seconds:
            return await self._fetched_keys(told)
        return self._keys[1]

    async def _newer_keys(self, told: _Provider) -> Sequence[Key]:
        """Look again for a key that is not known, but not for every token that names one."""
        if self._keys is not None and self._clock.monotonic() - self._keys[0] < self._settings.again_seconds:
            return self._keys[1]
        return await self._fetched_keys(told)

    async def _fetched_keys(self, told: _Provider) -> Sequence[Key]:
        listed = (await self._asker.get(told.keys)).get("keys")
        if not isinstance(listed, list):
            raise self._asker.unusable("it does not tell its keys")
        keys = [cast("Key", each) for each in cast("list[object]", listed) if isinstance(each, dict)]
        self._keys = (self._clock.monotonic(), keys)
        return keys


def _words(told: object) -> tuple[str, ...]:
    return tuple(each for each in cast("list[object]", told) if isinstance(each, str)) if isinstance(told, list) else ()


def _kind(answer: Mapping[str, Any]) -> str:
    """Return the kind of error that the provider names, when it is one that the standard knows."""
    known = {
        "invalid_grant": "the code was used before or is too old",
        "invalid_client": "it does not know this client or its secret: look at STEWARD_OIDC_CLIENT_ID and its secret",
        "unauthorized_client": "this client may not do that there",
        "invalid_request": "it does not understand the request",
    }
    return known.get(str(answer.get("error")), "it gives no reason that Steward knows")
