"""What an error looks like on its way out; the front door writes it (RFC 9457)."""

from __future__ import annotations

from typing import Any

_TEXTS = {
    "type": "Names the kind of error, for programs: `urn:steward:error:...`.",
    "title": "The kind in words.",
    "detail": "All of it on one line.",
    "what": "What failed.",
    "where": "Where.",
    "why": "Why.",
    "next_step": "What to do.",
    "needs": "`step_up`: give the password and send it again; `sign_in`: sign in first.",
    "diagnostic": "Finds our mistake in the log.",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "An error: what failed, where, why, and what to do. A part without content is left out.",
    "properties": {
        **{name: {"type": "string", "description": says} for name, says in _TEXTS.items()},
        "status": {"type": "integer", "description": "HTTP status."},
    },
    "required": ["type", "title", "status", "detail", "what"],
    "additionalProperties": False,
}
