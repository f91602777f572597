"""What may run without asking.

active ──expires──> expired
└────a person──> revoked
"""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.lib.record import record
from steward.model.ids import GrantId, MachineId, PrincipalId
from steward.model.probe import Scalar

LONGEST = timedelta(days=90)
"""No grant lives longer."""


@record
class Grant:
    """One typed command, on named machines, with these very input values, so often a day, until then."""

    id: GrantId
    """Id."""
    command: str
    """Name of the command. Never a destructive one, never a shell."""
    targets: tuple[MachineId, ...]
    """Machines it covers; empty covers none."""
    where: dict[str, Scalar]
    """Input fields that must have exactly these values; other fields are free."""
    daily_maximum: int
    """Most uses in 24 hours."""
    created: datetime
    """When (UTC)."""
    expires: datetime
    """At most 90 days later."""
    created_by: PrincipalId
    """Person who gave it, or `steward` where autonomy was earned and a person confirmed."""
    revoked: datetime | None = None
    """When it was taken back, or None."""
