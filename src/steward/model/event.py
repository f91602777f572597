"""A durable, ordered fact that something happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steward.lib.record import record
from steward.model.ids import PrincipalId


@record
class Event:
    """What happened, when, to what, by whom. Feeds live output, triggers and the change feed."""

    seq: int
    """Position in the stream; 0 before it is stored."""
    kind: str
    """Verb in the past, `noun.verb`: `run.started`, `finding.opened`."""
    at: datetime
    """When it happened (UTC)."""
    subject: str
    """Id of what it happened to."""
    actor: PrincipalId
    """Who did it."""
    data: dict[str, Any]
    """More about it, as plain JSON; redacted before it is stored."""
