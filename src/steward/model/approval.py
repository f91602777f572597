"""What binds an approval, and the states it can be in.

    pending ──approve──> approved ──consume──> consumed
       │                    │
       ├──reject──> rejected │
       ├──time────> expired <┤
       └──world───> stale  <─┘

Every arrow is one conditional UPDATE with row count 1; the first answer wins on every channel.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from steward.lib.canonical import content_hash, digest
from steward.lib.codec import encode
from steward.lib.record import record
from steward.model.ids import ApprovalId, PlanId, PrincipalId, RunId
from steward.model.plan import SCHEMA, Plan
from steward.model.risk import Risk, Strength


class ApprovalState(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    CONSUMED = "consumed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"


@record
class Approval:
    """One question to a person about one plan; answered once, used once."""

    id: ApprovalId
    """Id."""
    code: str
    """Four letters a person types."""
    plan: PlanId
    """The plan."""
    run: RunId
    """The run that shows how it goes; no job of it exists before the approval is consumed."""
    fingerprint: str
    """What was approved: SHA-256 over the canonical plan."""
    intent_hash: str
    """The same without ids, requester and times: recognizes the same wish asked again."""
    requester: PrincipalId
    """Who asked."""
    risk: Risk
    """Class of the plan."""
    least: Strength
    """Weakest proof that may approve it."""
    created: datetime
    """Wall clock (UTC)."""
    created_monotonic: float
    """Seconds of the monotonic clock, comparable within one boot only."""
    boot: str
    """Boot the monotonic time belongs to."""
    expires: datetime
    """From then on the answer is no."""
    state: ApprovalState = ApprovalState.PENDING
    """Where it stands."""
    decided_by: PrincipalId | None = None
    """Person who decided, or None."""
    decided_strength: Strength | None = None
    """How well they proved who they are."""
    decided_channel: str = ""
    """By which way in."""
    decided_at: datetime | None = None
    """When."""
    reason: str = ""
    """Why it was rejected, expired or went stale."""


def fingerprint(plan: Plan) -> str:
    """Return `SHA-256("steward-plan-v1\\0" + JCS(plan))`: flip any field and it differs."""
    return digest(bound(plan), domain=SCHEMA)


def intent_hash(plan: Plan) -> str:
    """Return the fingerprint of what is wanted, without ids, requester and times.

    How far it reaches follows from the steps and from what stands on them now: one service more is no other wish.
    """
    wish = bound(plan)
    for field in ("id", "requester", "created", "not_before", "expires", "shown_hash", "policy_version", "blast"):
        del wish[field]
    for step in wish["steps"]:
        for action in (step["action"], *step["undo"]["actions"]):
            del action["key"]
    if "resumed" in wish.get("course", {}) and not wish["course"]["resumed"]["carried"]:
        del wish["course"]["resumed"]  # nothing is taken over: it is the same wish as one from the beginning
    return digest(wish, domain="steward-intent-v1")


def bound(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is bound; what came to the shape later and is absent changes no older fingerprint."""
    bound: dict[str, Any] = encode(plan)
    for later, holder in (("course", bound), *(("flow", step) for step in bound["steps"])):
        if holder[later] is None:
            del holder[later]
    for later in ("resumed", "sources"):
        if "course" in bound and not bound["course"][later]:
            del bound["course"][later]
    for hold in bound["course"]["holds"] if "course" in bound else ():
        for later in ("block", "tolerated"):
            if not hold[later]:
                del hold[later]
    return bound


def name_to_type(plan: Plan) -> str:
    """Return what a person types out before a yes to what cannot be put back: the machines it hits, by name.

    Empty for every milder plan: what is typed each time is typed without reading.
    """
    return " ".join(sorted(target.name for target in plan.targets)) if plan.risk is Risk.DESTRUCTIVE else ""


def is_typed(plan: Plan, typed: str) -> bool:
    """Tell whether just the machines that a plan hits were typed out, in whatever order; true where none must be."""
    wanted = name_to_type(plan)
    return not wanted or sorted(typed.replace(",", " ").split()) == wanted.split()


def is_whole(plan: Plan, shown: str, approved: str) -> bool:
    """Tell whether a stored plan and its stored text are still the ones this fingerprint was given for."""
    return fingerprint(plan) == approved and content_hash(shown.encode()) == plan.shown_hash


def short(full_fingerprint: str) -> str:
    """Return the first 8 hex digits, which every channel, the audit and the receipt show."""
    return full_fingerprint[:8]
