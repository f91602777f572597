"""Coming in through others, composed: the provider of the settings, and the proxies that may name somebody."""

from __future__ import annotations

from pathlib import Path

from steward.adapters.identity_providers.oidc.provider import OidcProvider
from steward.adapters.identity_providers.oidc.settings import OidcSettings
from steward.app.settings import Settings
from steward.core.access import Access
from steward.core.audit import Audit
from steward.core.identities import Identities, Mapping
from steward.core.storage import Storage
from steward.lib.redact import Redactor
from steward.model.errors import TryLater
from steward.ports.clock import Clock

_SECRET_NAME = "oidc-client"  # noqa: S105 - what it is called where it is masked


def identities_of(
    settings: Settings, *, storage: Storage, clock: Clock, access: Access, audit: Audit, redactor: Redactor
) -> Identities | None:
    """Return who comes in through the provider of the settings, or None where there is none."""
    ways = settings.ways
    if not ways.oidc_issuer:
        return None
    provider = OidcProvider(
        OidcSettings(
            issuer=ways.oidc_issuer,
            client_id=ways.oidc_client_id,
            label=ways.oidc_name,
            groups_claim=ways.oidc_groups_claim,
        ),
        secret=lambda: _secret(ways.oidc_client_secret_file, redactor),
        clock=clock,
    )
    mappings = [Mapping(group=group, role=role) for group, role in ways.oidc_roles]
    return Identities(storage=storage, clock=clock, access=access, audit=audit, provider=provider, mappings=mappings)


def _secret(file: Path | None, redactor: Redactor) -> str:
    """Read the secret when it is needed, so that a new one needs no restart; from then on it is masked."""
    if file is None:
        return ""
    try:
        secret = file.read_text("utf-8").strip()
        redactor.add(_SECRET_NAME, secret)
    except (OSError, ValueError) as error:
        step = "sign in with your password; the owner mends STEWARD_OIDC_CLIENT_SECRET_FILE"
        why = f"its file cannot be read, or holds less than a secret: {type(error).__name__}"
        raise TryLater("the secret for the provider cannot be used", why=why, next_step=step) from error
    return secret
