"""A plan as an agent is told of it: what a person will see, and where its run is followed.

The whole plan with its exact words stays in the store; an agent needs what it can tell its person. The code is shown
because people compare it; it decides nothing, for deciding takes the proof of a person.
"""

from __future__ import annotations

from typing import Any

from steward.lib.record import record
from steward.model.approval import ApprovalState, short


@record
class Proposal:
    """A plan that was put before a person, or that a grant of the owner let run."""

    run: str
    """Run to follow with `runs_wait`; empty for a mere preview."""
    state: str
    """`pending` while a person has not decided, `granted` where a standing grant did, else the decision."""
    code: str
    """Four letters under which people find it; empty where nobody is asked."""
    fingerprint: str
    """First 8 digits of what is approved, for people to compare."""
    title: str
    """What it does."""
    risk: str
    """Class."""
    reasons: tuple[str, ...]
    """What policy says."""
    shown: str
    """Exactly what the person is shown."""
    expires: str
    """From then on the answer is no."""
    next: str
    """What to do now."""


def proposal_of(card: dict[str, Any]) -> Proposal:
    """Tell a plan card, given as plain JSON."""
    approval: dict[str, Any] = card["approval"] or {}
    run = str(card["run"] or "")
    state = str(approval.get("state") or ("granted" if run else "preview"))
    return Proposal(
        run=run,
        state=state,
        code=str(approval.get("code", "")),
        fingerprint=short(card["fingerprint"]),
        title=card["plan"]["title"],
        risk=card["plan"]["risk"],
        reasons=tuple(f"{reason['rule']}: {reason['why']}" for reason in card["decision"]["reasons"]),
        shown=card["shown"],
        expires=card["plan"]["expires"],
        next=_next(state, run),
    )


def _next(state: str, run: str) -> str:
    if state == ApprovalState.PENDING:
        return (
            "Tell your person that this plan waits, with its code and fingerprint: they decide in their terminal or on "
            f"the web page, and you cannot. Then ask `runs_wait` for {run}."
        )
    return f"Ask `runs_wait` for {run}." if run else ""
