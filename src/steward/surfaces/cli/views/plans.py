"""A plan as it is shown before a decision. The text that was hashed is printed as it is, never wrapped or shortened."""

from __future__ import annotations

from steward.surfaces.cli.style import Cell, Style
from steward.surfaces.cli.table import pairs
from steward.surfaces.cli.views.policy import reasons_list
from steward.surfaces.cli.views.shape import Object, block, following, part, rows, sections, text

_SHORT = 8
_STATES = {"consumed": "approved"}
"""Words of people: a consumed approval is one that was given and has started its run."""


def card(result: Object, style: Style) -> str:
    """Write the plan, its fingerprint, what policy says, the approval, and the next step."""
    decision = part(result, "decision")
    return sections(
        block(result, "shown"),
        pairs(_facts(result, style), style),
        reasons_list(rows(decision, "reasons"), style),
        following(result),
    )


def preview(result: Object, style: Style) -> str:
    """Write what a command would do, as the daemon tells it."""
    del style
    return block(result, "preview")


def approval_line(approval: Object, style: Style) -> str:
    """Write code, state and expiry of an approval."""
    if not approval:
        return ""
    state = text(approval, "state")
    parts = [text(approval, "code"), _STATES.get(state, state)]
    if state == "pending":
        parts.append(f"expires {style.left(text(approval, 'expires'))} ({style.clock(text(approval, 'expires'))})")
    if text(approval, "decided_by"):
        parts.append(f"by {text(approval, 'decided_by')} ({text(approval, 'decided_strength')})")
    return ", ".join(each for each in parts if each)


def _facts(result: Object, style: Style) -> list[tuple[str, Cell]]:
    decision = part(result, "decision")
    verdict = text(decision, "verdict")
    least = text(decision, "least")
    says = ", ".join(each for each in (verdict, text(decision, "risk"), f"{least} proof" if least else "") if each)
    run = part(result, "run")
    return [
        ("Fingerprint", text(result, "fingerprint")[:_SHORT]),
        ("Decision", (says, {"allow": "ok", "ask": "watch", "deny": "down"}.get(verdict, ""))),
        ("Approval", approval_line(part(result, "approval"), style)),
        ("Run", ", ".join(each for each in (text(run, "id") or text(result, "run"), text(run, "state")) if each)),
    ]
