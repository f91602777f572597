"""How long certificates are still valid."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate, Certificates
from steward.model.measure import Measure


def cert_days(seen: Certificates, argument: str, at: datetime) -> int | None:
    """Return the days of the certificate that ends first: of those served, or of those the argument names."""
    named = _named(seen, argument) if argument else list(seen.served.values())
    ends = [one.ends_at for one in named]
    return (min(ends) - at).days if ends else None


def _named(seen: Certificates, argument: str) -> list[Certificate]:
    served = {key: one for key, one in seen.served.items() if argument in (key, *one.names)}
    return [*served.values()] or [one for path, one in seen.files.items() if path == argument]


PLUGINS = (
    Measure(
        name="CERT_DAYS",
        summary="Whole days the certificate is still valid that ends first; negative when it has ended.",
        fact=CERTIFICATES,
        take=cert_days,
        argument="name it is served for, with or without port, or path of its file",
        example="[CERT_DAYS] > 14",
    ),
)
