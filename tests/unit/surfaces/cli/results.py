"""Results as the daemon gives them."""

from __future__ import annotations

from typing import Any

FINDING: dict[str, Any] = {
    "id": "find-0123456789",
    "check": "failed_units",
    "title": "nginx.service has failed on nuc-2",
    "severity": "down",
    "resource": {"id": "res-1", "kind": "unit", "name": "nginx.service", "machine": "machine-2"},
    "machine": "machine-2",
    "evidence": [
        {
            "resource": "res-1",
            "name": "active_state",
            "value": "failed",
            "source": "systemctl on nuc-2",
            "at": "2026-03-01T11:59:46Z",
            "taint": "trusted",
        }
    ],
    "if_nothing": "the web pages stay down",
    "fix": "restart_unit",
    "since": "2026-03-01T09:00:00Z",
}

LINE: dict[str, Any] = {
    "code": "K7QM",
    "title": "Restart nginx.service on nuc-2",
    "machines": ["nuc-2"],
    "risk": "reversible",
    "state": "pending",
    "created": "2026-03-01T11:50:00Z",
    "expires": "2026-03-01T23:00:00Z",
    "fingerprint": "9f1c2b3a",
    "run": "run-1",
}

STATUS: dict[str, Any] = {
    "sentence": "nginx.service has failed on nuc-2. 1 plan waits for you.",
    "brake": {"brake": "none", "epoch": 1, "since": None, "by": "", "reason": "", "until": None},
    "machines": [
        {
            "id": "machine-1",
            "name": "nas",
            "status": "ok",
            "autonomy": "watch",
            "seen_at": "2026-03-01T11:59:30Z",
            "findings": 0,
            "note": "",
        },
        {
            "id": "machine-2",
            "name": "nuc-2",
            "status": "down",
            "autonomy": "ask",
            "seen_at": "2026-03-01T11:59:46Z",
            "findings": 1,
            "note": "nginx.service has failed on nuc-2",
        },
    ],
    "findings": [FINDING],
    "waiting": [LINE],
    "running": [],
    "problems": [],
    "as_of": "2026-03-01T12:00:00Z",
}

SHOWN = """Restart nginx.service on nuc-2

Why        nginx.service has failed on nuc-2
Risk       reversible

What changes
  1. Restart nginx.service on nuc-2  [reversible]
     $ /usr/bin/systemctl restart nginx.service
"""

PLAN: dict[str, Any] = {
    "id": "plan-1",
    "title": "Restart nginx.service on nuc-2",
    "goal": "nginx.service is active",
    "risk": "reversible",
    "requester": {"id": "uid-1000", "kind": "person", "channel": "cli"},
    "steps": [{"id": "step-1", "says": "Restart nginx.service on nuc-2"}],
}

APPROVAL: dict[str, Any] = {
    "code": "K7QM",
    "state": "pending",
    "expires": "2026-03-01T23:00:00Z",
    "decided_by": None,
    "decided_strength": None,
    "decided_channel": "",
    "decided_at": None,
    "reason": "",
}

FINGERPRINT = "9f1c2b3a" + "0" * 56

CARD: dict[str, Any] = {
    "plan": PLAN,
    "shown": SHOWN,
    "fingerprint": FINGERPRINT,
    "decision": {
        "verdict": "ask",
        "risk": "reversible",
        "least": "step_up",
        "reasons": [{"verdict": "ask", "rule": "changes are asked", "why": "it is reversible and no grant covers it"}],
        "grant": None,
    },
    "approval": APPROVAL,
    "run": "run-1",
    "next": "steward approvals approve K7QM",
}

APPROVED: dict[str, Any] = {
    **APPROVAL,
    "state": "consumed",
    "decided_by": "owner",
    "decided_strength": "step_up",
    "decided_channel": "cli",
    "decided_at": "2026-03-01T11:59:00Z",
}

STARTED: dict[str, Any] = {**CARD, "approval": APPROVED, "next": "steward runs logs run-1 --follow"}


def run_in(state: str, reason: str = "") -> dict[str, Any]:
    """Return the run in a state."""
    return {
        "id": "run-1",
        "plan": "plan-1",
        "state": state,
        "created": "2026-03-01T11:58:00Z",
        "started": "2026-03-01T11:59:00Z",
        "ended": "2026-03-01T11:59:38Z",
        "reason": reason,
        "before": [{"probe": {"says": "nginx.service is active"}, "holds": False, "seen": "failed"}],
        "after": [{"probe": {"says": "nginx.service is active"}, "holds": state == "verified", "seen": "active"}],
    }


def receipt_in(state: str, reason: str = "") -> dict[str, Any]:
    """Return the receipt of the run in a state."""
    return {
        "run": run_in(state, reason),
        "plan": PLAN,
        "approval": APPROVED,
        "steps": [
            {
                "run": "run-1",
                "step": "step-1",
                "key": "k",
                "is_undo": False,
                "outcome": "ok",
                "exit_code": 0,
                "output": "started\nall good\n",
                "note": "",
            }
        ],
        "finding": FINDING,
        "fingerprint": FINGERPRINT,
        "audit": [12, 13],
        "can_undo": state == "verified",
    }
