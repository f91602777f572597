"""What somebody wants done, and the card it becomes: what goes into a proposal and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from steward.core.carrying import Past
from steward.core.expand import FindWorkflow
from steward.core.workflows import no_other
from steward.lib.record import record
from steward.model.approval import Approval, ApprovalState
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.ids import MachineId, RunId
from steward.model.plan import Plan, PlanStep
from steward.model.policy import Decision, Verdict
from steward.model.principal import Principal
from steward.model.taint import Taint
from steward.model.workflow import Workflow


@record
class PlanCard:
    """A plan as it is put before a person."""

    plan: Plan
    """The plan."""
    shown: str
    """Exactly what a person is shown; its hash is part of the plan."""
    fingerprint: str
    """What an approval binds."""
    decision: Decision
    """What policy says, with every reason."""
    inputs: tuple[str, ...] = ()
    """What its programs read on standard input, whole; the plan names each by its SHA-256. Empty once it is kept."""
    sources: str = ""
    """The workflow it was made of and those it calls, as they are kept with it. Empty once it is kept."""
    approval: Approval | None = None
    """The question that waits, or None for a preview or where a grant answered."""
    run: RunId | None = None
    """The run to follow, or None for a preview."""
    next: str = ""
    """What to type next."""
    to_type: str = ""
    """What must be typed out to approve it, unless with a passkey: the machines it hits, where it cannot be undone."""

    @property
    def exit_code(self) -> int:
        """12 while it waits for a person, 13 where policy says no, else 0."""
        if self.decision.verdict is Verdict.DENY:
            return 13
        return 12 if self.approval is not None and self.approval.state is ApprovalState.PENDING else 0


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An occurrence of a trigger that somebody took to start it."""

    occurrence: str
    """Its id."""
    by: str
    """Who took it: a text that nobody else has."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants done."""

    workflow: Workflow
    """The steps."""
    actor: Principal
    """Who wants it."""
    if_nothing: str = "nothing changes"
    """What happens if nothing is done."""
    finding: Finding | None = None
    """Finding it is to cure."""
    undoes: str | None = None
    """Run it undoes."""
    snapshots: Mapping[MachineId, Snapshot] = field(default_factory=dict[MachineId, Snapshot])
    """Looks at machines that are fresh enough; the others are looked at now."""
    is_interactive: bool = False
    """Whether who asked sits at a terminal and answers now; the question then waits 15 minutes instead of 12 hours."""
    given: Mapping[str, Any] | None = None
    """Inputs of the workflow, which is then expanded; None for steps that are meant as they are."""
    find: FindWorkflow = no_other
    """Other workflows that it calls."""
    is_named: bool = False
    """Whether the workflow lies in the workspace or the library, so that its runs are found by its name."""
    ready_steps: tuple[PlanStep, ...] = ()
    """Steps that are resolved already: the undo of a run is taken from its plan, not planned anew."""
    taint: Taint = Taint.TRUSTED
    """Whether others had a say in its inputs."""
    past: Past | None = None
    """Earlier run from which it takes over what was done."""
    is_asked_again: bool = False
    """Whether Steward asks again after that run ended at a value nobody had agreed to; it does so once."""
    occurrence: Claim | None = None
    """Claimed occurrence of a trigger that wants it: the run is linked to it in the transaction that keeps the run."""
