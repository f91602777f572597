"""What somebody proves who they are with, beside the password: passkeys, an authenticator app, recovery codes.

authenticator: none ──begin──> waiting ──a right code──> on ──disable, reset──> none
recovery code: kept ──used, made anew, reset──> gone
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from steward.lib.record import record
from steward.model.ids import PasskeyId, PrincipalId

CHALLENGE_LASTS = timedelta(minutes=5)
"""How long a challenge, or a sign-in that waits for its code, holds."""
RECOVERY_CODES = 10
"""How many are made at a time."""


@record
class Passkey:
    """A key that never leaves a device or a password manager of its owner; of it only the public half is kept."""

    id: PasskeyId
    """Id, for renaming and removing."""
    person: PrincipalId
    """Whose it is."""
    name: str
    """What they call it."""
    host: str
    """Name of Steward it works at; browsers offer it nowhere else."""
    created: datetime
    """When it was added (UTC)."""
    last_used: datetime | None = None
    """Last time it was accepted, or None."""
    is_synced: bool = False
    """Whether the device said that it copies the key to others of its owner."""


@record
class Proofs:
    """What somebody has to prove who they are, beside the password."""

    passkeys: tuple[Passkey, ...]
    """Passkeys, oldest first."""
    has_authenticator: bool
    """Whether codes of an authenticator app are asked for."""
    recovery_codes: int
    """Recovery codes that are left."""


@record
class RelyingParty:
    """This Steward, as passkeys know it."""

    id: str
    """Name of the host, without port."""
    origin: str
    """Origin of its pages."""


def relying_party(origin: str) -> RelyingParty | None:
    """Return the party that pages of this origin speak for; None where browsers know no passkeys.

    That is at an address instead of a name, and without encryption anywhere but at `localhost`.
    """
    parts = urlsplit(origin)
    name = (parts.hostname or "").rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        is_safe = parts.scheme == "https" or name == "localhost" or name.endswith(".localhost")
        return RelyingParty(id=name, origin=f"{parts.scheme}://{parts.netloc}") if name and is_safe else None
    return None
