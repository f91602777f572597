"""How states look everywhere: one of six status words, each with an icon and a color, never a color alone."""

from __future__ import annotations

ICONS = {"ok": "●", "watch": "○", "warning": "▲", "down": "■", "unknown": "?", "paused": "‖"}
"""Icons of the six status words."""

RUNS = {
    "verified": "ok",
    "waiting": "watch",
    "proposed": "watch",
    "queued": "watch",
    "running": "watch",
    "suspended": "watch",
    "verifying": "watch",
    "undoing": "warning",
    "partial": "warning",
    "unverified": "warning",
    "rolled_back": "warning",
    "stale": "warning",
    "failed": "down",
    "rollback_failed": "down",
    "denied": "paused",
    "expired": "paused",
    "cancelled": "paused",
}
"""Status word of the state of a run; one that is not here is unknown. Only a proven run is ever ok."""

OUTCOMES = {"ok": "ok", "failed": "down"}
"""Status word of the outcome of a step; one that is not here is unknown."""

STEPS = {
    "done": "ok",
    "running": "watch",
    "waiting": "watch",
    "failed": "down",
    "rolled_back": "warning",
    "pending": "paused",
    "skipped": "paused",
}
"""Status word of how a step of a run stands; one that is not here is unknown."""
