"""The record a mutating plan belongs to: why, what, how it went. A row, and a Markdown file in the workspace.

open ──(its run ends)──> closed
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import ChangeId, FindingId, PlanId, RunId


class ChangeState(StrEnum):
    """Where a change stands."""

    OPEN = "open"
    CLOSED = "closed"


@record
class Change:
    """Why something was changed, and what came of it."""

    id: ChangeId
    """Id."""
    title: str
    """What it is about."""
    why: str
    """The finding or the person's wish, in words."""
    finding: FindingId | None
    """Finding it answers."""
    plan: PlanId
    """Its plan."""
    run: RunId
    """Its run."""
    state: ChangeState
    """Where it stands."""
    opened: datetime
    """When (UTC)."""
    closed: datetime | None = None
    """When its run ended."""
    result: str = ""
    """State the run ended in."""
    commit: str = ""
    """Commit of the workspace that holds its file, or empty."""
