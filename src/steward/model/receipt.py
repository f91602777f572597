"""The run told as proof."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.approval import Approval
from steward.model.finding import Finding
from steward.model.hold import HoldRecord
from steward.model.plan import Plan
from steward.model.resumed import Resumption
from steward.model.run import Run, StepRecord


@record
class Receipt:
    """Everything that shows what was asked, allowed, done and proven."""

    run: Run
    """How it went, with what the probes saw before and after."""
    plan: Plan
    """What was to be done."""
    approval: Approval | None
    """Who allowed it; None when a standing grant did."""
    steps: tuple[StepRecord, ...]
    """What was done, in order, undo included."""
    finding: Finding | None
    """Why it was done."""
    fingerprint: str
    """Full fingerprint of the plan that ran."""
    audit: tuple[int, ...]
    """Numbers of the audit rows that belong to it."""
    can_undo: bool
    """Whether `steward undo` can be offered."""
    gone_on: tuple[Resumption, ...] = ()
    """Runs that go on from it, oldest first."""
    holds: tuple[HoldRecord, ...] = ()
    """What it waited for, and what came of that, in order."""
