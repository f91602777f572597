"""To the provider and back: each try has secrets of its own, belongs to one browser and serves once.

The browser holds 256 random bits; state, nonce and the verifier of PKCE come out of them, and the store has digests.
So any process of Steward can finish what another began, and the store gives nobody a way in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as entropy
from dataclasses import dataclass

from steward.core.limits import Attempts, Limit
from steward.core.storage import Storage
from steward.model.errors import NotAllowed
from steward.model.identity import FLOW_LASTS, Authorization, Identity, Purpose
from steward.ports.clock import Clock
from steward.ports.identity_provider import IdentityProvider
from steward.store import identities as table
from steward.store.identities import Flow

STARTS = Limit(what="beginnings of a sign-in", per_address=20, overall=200, window_seconds=300.0)
"""Every try is a row of the store, and a question to the provider."""
_LONGEST = 4_096


@dataclass(frozen=True, kw_only=True)
class Start:
    """Why somebody is to go to the provider."""

    purpose: Purpose
    """What for."""
    redirect: str
    """Address at which the browser is to come back."""
    address: str
    """Address of the client."""
    next: str = "/"
    """Where to go on to."""
    session: str = ""
    """Session it belongs to."""
    invitation: str = ""
    """Digest of the invitation that is accepted."""
    name: str = ""
    """Name that was chosen."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A try that was begun."""

    address: str
    """Where to send the browser."""
    cookie: str
    """What it must hold when it comes back."""


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What a browser came back with; every word is from outside."""

    cookie: str
    """What it holds."""
    state: str
    """Which try it says it is."""
    code: str = ""
    """What the provider gave it."""
    error: str = ""
    """What the provider says went wrong."""
    issuer: str = ""
    """Which provider it says it comes from."""


class Flows:
    """Sends browsers to the provider and takes them back."""

    def __init__(self, *, storage: Storage, clock: Clock, provider: IdentityProvider) -> None:
        self._storage = storage
        self._clock = clock
        self._provider = provider
        self._starts = Attempts(STARTS, clock=clock)

    async def begin(self, start: Start) -> Begun:
        """Begin a try.

        Raises:
            TooMany: too many were begun lately.
            TryLater: the provider cannot be used now.
        """
        self._starts.begin(start.address)
        cookie, now = entropy.token_urlsafe(32), self._clock.now()
        state = _derived(cookie, "state")
        flow = Flow(
            digest=_digest(state),
            browser=_digest(cookie),
            purpose=start.purpose,
            redirect=start.redirect,
            created=now,
            expires=now + FLOW_LASTS,
            next=start.next,
            session=start.session,
            invitation=start.invitation,
            name=start.name,
        )
        address = await self._provider.address(_authorization(flow, cookie))
        await self._storage.write(table.begin, flow)
        return Begun(address=address, cookie=cookie)

    async def finish(self, returned: Returned) -> tuple[Flow, Identity]:
        """End a try and return it, and who it is.

        Raises:
            NotAllowed: it is not this browser's, serves no more, or the provider let nobody in.
            TryLater: the provider cannot be used now.
        """
        flow = await self._taken(returned)
        if flow is None:
            why = "it was finished before, began more than ten minutes ago, or in another browser"
            raise NotAllowed("this sign-in does not belong here", why=why, next_step="begin again at the sign-in page")
        if returned.error or not 0 < len(returned.code) <= _LONGEST:
            why = _WHY.get(returned.error, "it gives no reason that Steward knows")
            raise NotAllowed(f"{self._provider.label} let nobody in", why=why, next_step="begin again")
        authorization = _authorization(flow, returned.cookie)
        return flow, await self._provider.identity(authorization, code=returned.code, issuer=returned.issuer)

    async def _taken(self, returned: Returned) -> Flow | None:
        cookie, state = returned.cookie, returned.state
        if not cookie or len(cookie) > _LONGEST or not _same(state, _derived(cookie, "state")):
            return None
        now = self._clock.now()
        return await self._storage.write(table.take, _digest(state), browser=_digest(cookie), now=now)


_WHY = {
    "access_denied": "it was called off there",
    "login_required": "nobody signed in there",
    "interaction_required": "it wanted to ask something there",
    "consent_required": "nobody agreed there to tell Steward who it is",
    "account_selection_required": "no account was chosen there",
    "invalid_request": "it does not understand what Steward asks",
    "invalid_scope": "it does not give what Steward asks for",
    "unauthorized_client": "it does not know this Steward: look at the client it has for it",
    "server_error": "it made a mistake of its own",
    "temporarily_unavailable": "it cannot do it now",
}
"""Errors that the standards name; the words of the provider are never shown."""


def _authorization(flow: Flow, cookie: str) -> Authorization:
    return Authorization(
        redirect=flow.redirect,
        state=_derived(cookie, "state"),
        nonce=_derived(cookie, "nonce"),
        verifier=_derived(cookie, "verifier"),
        is_fresh=flow.purpose is Purpose.PROVE,
    )


def _derived(cookie: str, what: str) -> str:
    """Return a secret that only the holder of the cookie can know."""
    mixed = hmac.new(cookie.encode(), f"steward-identity-{what}-v1".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mixed).rstrip(b"=").decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
