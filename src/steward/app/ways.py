"""Settings of coming in through others: a provider of identities, or a proxy that says whom it let in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from steward.app.paths import PREFIX
from steward.model.access import Role
from steward.model.errors import InvalidInput

NAMES = (
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET_FILE",
    "OIDC_NAME",
    "OIDC_GROUPS_CLAIM",
    "OIDC_ROLES",
    "FORWARD_AUTH_HEADER",
    "FORWARD_AUTH_PROXIES",
    "FORWARD_AUTH_OWNER",
)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_TAKEN = ("authorization", "connection", "content-", "cookie", "forwarded", "host", "origin", "sec-", "x-forwarded-")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SOME_NAME = "your provider"


@dataclass(frozen=True, kw_only=True)
class WaysSettings:
    """Who beside Steward may say who somebody is."""

    oidc_issuer: str
    """Address of a provider of identities that speaks OpenID Connect, just as it writes it itself."""
    oidc_client_id: str
    """What Steward is called at the provider."""
    oidc_client_secret_file: Path | None
    """File with the secret that the provider gave for it; none for a public client."""
    oidc_name: str
    """What people call the provider: the word on the button."""
    oidc_groups_claim: str
    """Claim of the provider's token that holds the groups of somebody."""
    oidc_roles: tuple[tuple[str, Role], ...]
    """Which group may come in with which role, such as `admins=operator`, with commas between; never `owner`."""
    forward_auth_header: str
    """Header in which a proxy says whom it let in, such as `Remote-User`; off unless given."""
    forward_auth_proxies: tuple[str, ...]
    """Addresses of the proxies of which it is believed, out of the trusted ones."""
    forward_auth_owner: str
    """What these proxies call the owner; unless given they cannot let the owner in."""


def read_ways(environment: Mapping[str, str]) -> WaysSettings:
    """Put the settings together.

    Raises:
        InvalidInput: a value does not fit, with its name.
    """
    given = {name: environment.get(f"{PREFIX}{name}", "").strip() for name in NAMES}
    _refuse_half(given)
    file = given["OIDC_CLIENT_SECRET_FILE"]
    return WaysSettings(
        oidc_issuer=_issuer(given["OIDC_ISSUER"]),
        oidc_client_id=given["OIDC_CLIENT_ID"],
        oidc_client_secret_file=Path(file).expanduser() if file else None,
        oidc_name=given["OIDC_NAME"] or _SOME_NAME,
        oidc_groups_claim=given["OIDC_GROUPS_CLAIM"],
        oidc_roles=_roles(given["OIDC_ROLES"]),
        forward_auth_header=_header(given["FORWARD_AUTH_HEADER"]),
        forward_auth_proxies=tuple(part.strip() for part in given["FORWARD_AUTH_PROXIES"].split(",") if part.strip()),
        forward_auth_owner=given["FORWARD_AUTH_OWNER"],
    )


_BELONGS = (
    ("OIDC_CLIENT_ID", "OIDC_ISSUER"),
    ("OIDC_ISSUER", "OIDC_CLIENT_ID"),
    ("OIDC_CLIENT_SECRET_FILE", "OIDC_ISSUER"),
    ("OIDC_ROLES", "OIDC_GROUPS_CLAIM"),
    ("OIDC_GROUPS_CLAIM", "OIDC_ROLES"),
    ("OIDC_ROLES", "OIDC_ISSUER"),
    ("FORWARD_AUTH_HEADER", "FORWARD_AUTH_PROXIES"),
    ("FORWARD_AUTH_PROXIES", "FORWARD_AUTH_HEADER"),
    ("FORWARD_AUTH_OWNER", "FORWARD_AUTH_HEADER"),
)
"""Settings that mean nothing without another."""


def _refuse_half(given: Mapping[str, str]) -> None:
    for name, other in _BELONGS:
        if given[name] and not given[other]:
            step = f"set {PREFIX}{other} too, or take {PREFIX}{name} away"
            raise InvalidInput(f"{PREFIX}{name} needs {PREFIX}{other}", where="environment", next_step=step)


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if text and (not is_safe or not parts.hostname or parts.username is not None or parts.query or parts.fragment):
        step = "give an address with https, such as https://id.home.example"
        raise InvalidInput(f"{PREFIX}OIDC_ISSUER is `{text}`", where="environment", next_step=step)
    return text


def _roles(text: str) -> tuple[tuple[str, Role], ...]:
    known = {role.value: role for role in Role if role is not Role.OWNER}
    found: list[tuple[str, Role]] = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        group, _, role = (word.strip() for word in part.rpartition("="))
        if not group or role not in known:
            step = f"give GROUP=ROLE with commas between; roles are {', '.join(known)}"
            raise InvalidInput(f"{PREFIX}OIDC_ROLES says `{part}`", where="environment", next_step=step)
        found.append((group, known[role]))
    return tuple(found)


def _header(text: str) -> str:
    if text and (not _HEADER.fullmatch(text) or text.lower().startswith(_TAKEN)):
        step = "give the name of a header that only your proxy sets, such as Remote-User"
        raise InvalidInput(f"{PREFIX}FORWARD_AUTH_HEADER is `{text}`", where="environment", next_step=step)
    return text
