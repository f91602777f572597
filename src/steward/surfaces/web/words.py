"""Which of the six status words colors what a page shows."""

from __future__ import annotations

from steward.lib.tones import OUTCOMES, RUNS, STEPS

RAN = ("verified", "partial", "unverified", "rolled_back", "rollback_failed", "failed", "unknown")
"""States of runs that may have changed something."""
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
_UNDO = {"ready": "ok", "done": "warning", "lost": "down", "nothing": "paused", "open": "watch"}
_OCCURRENCES = {
    "due": "watch",
    "claimed": "watch",
    "started": "watch",
    "asked": "watch",
    "ended": "ok",
    "skipped": "paused",
    "missed": "warning",
    "refused": "down",
    "failed": "down",
}
_TRIGGERS = {"on": "ok", "off": "paused", "paused": "paused", "in trouble": "warning"}
_TABLES = {
    "run": RUNS,
    "approval": _APPROVALS,
    "risk": _RISKS,
    "outcome": OUTCOMES,
    "step": STEPS,
    "undo": _UNDO,
    "grant": _GRANTS,
    "occurrence": _OCCURRENCES,
    "trigger": _TRIGGERS,
}


def tone_of(kind: str, word: str) -> str:
    """Return the status word that colors a state; one nobody knows is unknown, never good."""
    return _TABLES[kind].get(word, "unknown")


def answer_of(holds: object) -> tuple[str, str]:
    """Return key and status word of a probe's answer; what is not a clear yes or no is unknown."""
    return ("yes", "ok") if holds is True else ("no", "down") if holds is False else ("unknown", "unknown")
