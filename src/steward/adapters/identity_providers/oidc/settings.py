"""Which provider, what we are called there, and how patient Steward is with it."""

from __future__ import annotations

from steward.lib.record import record


@record
class OidcSettings:
    """Settings of one provider."""

    issuer: str
    """Its name and address: `https://id.home.example`."""
    client_id: str
    """What Steward is called there."""
    label: str
    """What people call it."""
    groups_claim: str = ""
    """Claim that holds the groups of somebody; empty when they are of no interest."""
    answer_seconds: float = 10.0
    """Longest one question may take in all."""
    answer_bytes: int = 1_048_576
    """Most that is read of one answer."""
    known_seconds: float = 600.0
    """How long its addresses and keys are taken as known."""
    again_seconds: float = 30.0
    """Least time between two looks for a key that is not among the known ones."""
