"""Who somebody is at a provider of identities, and which person here that is.

An identity is an issuer and a subject; names and addresses of mail are words of the provider and link nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import PrincipalId

FLOW_LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""
SKEW = timedelta(seconds=60)
"""How far the clocks of the provider and of this machine may be apart."""


class Purpose(StrEnum):
    """What somebody is sent to the provider for."""

    SIGN_IN = "sign_in"
    """To open a session."""
    JOIN = "join"
    """To accept an invitation."""
    LINK = "link"
    """To link the account there to themself here."""
    PROVE = "prove"
    """To prove anew that it is them."""


@record
class Authorization:
    """What one browser is sent to the provider with."""

    redirect: str
    """Address at which it comes back."""
    state: str
    """Names this one try; comes back in the address."""
    nonce: str
    """Comes back in the signed token."""
    verifier: str
    """Secret of PKCE: only whoever began can finish."""
    is_fresh: bool = False
    """Whether the provider must ask for the credential anew, signed in there or not."""


@record
class Identity:
    """Somebody as the provider says, signed by it; every word is from outside."""

    issuer: str
    """The provider."""
    subject: str
    """Who it is there; never given to anybody else."""
    name: str = ""
    """What they are called there."""
    groups: tuple[str, ...] = ()
    """Groups they are in there."""
    authenticated: datetime | None = None
    """When they last gave their credential there, where the provider says so (UTC)."""


@record
class Link:
    """An identity that is one of our people."""

    issuer: str
    """The provider."""
    subject: str
    """Who it is there."""
    person: PrincipalId
    """Who it is here."""
    created: datetime
    """When it was linked (UTC)."""
    name: str = ""
    """What they were called there then; from outside, for display only."""
    is_mapped: bool = False
    """Whether a group of the provider made the person: their role then follows their groups."""
    lapsed: datetime | None = None
    """When they were shut out because no group of theirs had a role any more, or None."""
