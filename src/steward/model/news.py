"""Something that happened outside, as the source that saw it tells it to the trigger that watches."""

from __future__ import annotations

from typing import Any

from steward.lib.record import record


@record
class News:
    """One thing a source tells."""

    event_id: str
    """The same thing told again has the same id, also after a restart: it is one occurrence."""
    says: str
    """What happened, in one line; holds words of others."""
    data: dict[str, Any]
    """What expressions of the trigger see as `event`; from outside, bounded."""
    did: str = ""
    """What the source itself did with it, in one line: it goes into the audit. Empty for nothing."""
