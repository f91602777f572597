"""How states look: icon, word and color, never color alone. Only the six status words have a color."""

from __future__ import annotations

ICONS = {"ok": "●", "watch": "○", "warning": "▲", "down": "■", "unknown": "?", "paused": "‖"}
"""Icons of the six status words."""

RAN = ("verified", "unverified", "rolled_back", "rollback_failed", "failed", "unknown")
"""States of runs that may have changed something."""
_RUNS = {
    "verified": "ok",
    "waiting": "watch",
    "proposed": "watch",
    "queued": "watch",
    "running": "watch",
    "verifying": "watch",
    "undoing": "warning",
    "unverified": "warning",
    "rolled_back": "warning",
    "stale": "warning",
    "failed": "down",
    "rollback_failed": "down",
    "denied": "paused",
    "expired": "paused",
    "cancelled": "paused",
}
_APPROVALS = {
    "pending": "watch",
    "approved": "ok",
    "consumed": "ok",
    "rejected": "paused",
    "expired": "paused",
    "stale": "warning",
}
_RISKS = {"read": "ok", "reversible": "watch", "risky": "warning", "destructive": "down", "never": "down"}
_GRANTS = {"active": "ok", "probation": "watch", "suspended": "warning", "expired": "paused", "revoked": "paused"}
_OUTCOMES = {"ok": "ok", "failed": "down"}
_TABLES = {"run": _RUNS, "approval": _APPROVALS, "risk": _RISKS, "outcome": _OUTCOMES, "grant": _GRANTS}


def tone_of(kind: str, word: str) -> str:
    """Return the status word that colors a state; one nobody knows is unknown, never good."""
    return _TABLES[kind].get(word, "unknown")


def answer_of(holds: object) -> tuple[str, str]:
    """Return key and status word of a probe's answer; what is not a clear yes or no is unknown."""
    return ("yes", "ok") if holds is True else ("no", "down") if holds is False else ("unknown", "unknown")
