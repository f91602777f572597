"""A run: how one plan goes, from the proposal to its proven end.

                              ┌─> suspended      (only waits: for a person, a time, an event; holds no machine)
                              v       v
    proposed ─> waiting ─> queued ─> running ─> verifying ─> verified
        │          │          │         │           ├──────> partial      (what failed was tolerated and put back)
        │          │          │         │           ├──────> unverified   (proof could not be taken)
        │          │          │         │           └─> undoing ─> rolled_back
        │          │          │         ├─────────────────^   └──> rollback_failed
        │          │          │         ├─> failed     (nothing to undo)
        │          │          │         ├─> unknown ─> verifying | undoing | failed  (reconciled with the machine)
        │          │          │         └─> stale      (a precondition no longer holds)
        │          ├─> denied, expired, stale          (no job ever existed)
        └─> denied └─> cancelled <── queued, running, verifying

`proposed` and `waiting` exist only as a row that people can look at. The durable job is created together with
the consumption of the approval, in one transaction; a job of a gated plan cannot exist before.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from steward.lib.record import record
from steward.model.command import Outcome
from steward.model.ids import ChangeId, PlanId, RunId
from steward.model.probe import ProbeResult


class RunState(StrEnum):
    """Where a run stands."""

    PROPOSED = "proposed"
    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDED = "suspended"
    VERIFYING = "verifying"
    UNDOING = "undoing"
    VERIFIED = "verified"
    PARTIAL = "partial"
    UNVERIFIED = "unverified"
    ROLLED_BACK = "rolled_back"
    ROLLBACK_FAILED = "rollback_failed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    EXPIRED = "expired"
    STALE = "stale"
    CANCELLED = "cancelled"


_S = RunState
TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    _S.PROPOSED: frozenset({_S.WAITING, _S.QUEUED, _S.DENIED}),
    _S.WAITING: frozenset({_S.QUEUED, _S.DENIED, _S.EXPIRED, _S.STALE, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.CANCELLED, _S.STALE, _S.EXPIRED}),
    _S.RUNNING: frozenset({_S.SUSPENDED, _S.VERIFYING, _S.UNDOING, _S.FAILED, _S.UNKNOWN, _S.STALE, _S.CANCELLED}),
    _S.SUSPENDED: frozenset({_S.QUEUED}),
    _S.VERIFYING: frozenset({_S.VERIFIED, _S.PARTIAL, _S.UNVERIFIED, _S.UNDOING, _S.FAILED, _S.CANCELLED}),
    _S.UNDOING: frozenset({_S.ROLLED_BACK, _S.ROLLBACK_FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.VERIFYING, _S.UNDOING, _S.FAILED, _S.ROLLED_BACK, _S.ROLLBACK_FAILED}),
}
ENDED = frozenset(set(RunState) - set(TRANSITIONS)) | {RunState.UNKNOWN}
"""States in which nothing more happens by itself; `unknown` may still be reconciled."""
JOB_STATES = frozenset({_S.QUEUED, _S.RUNNING, _S.VERIFYING, _S.UNDOING})
"""States in which a durable job exists and is not finished."""
UNDER_WAY = JOB_STATES | {_S.SUSPENDED, _S.UNKNOWN}
"""States of a run that began and is not over for people: it works, it waits, or somebody has to look."""


def may_become(now: RunState, then: RunState) -> bool:
    """Tell whether the diagram has an arrow from `now` to `then`."""
    return then in TRANSITIONS.get(now, frozenset())


class StepEnd(StrEnum):
    """How a step or a hold ended, as its run needs to know it."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"
    """A precondition no longer holds, or a value is none of those approved; nothing was started."""
    HELD = "held"
    """A brake or a cancellation kept it from starting."""
    SKIPPED = "skipped"
    """Its condition is false; what needs it goes on."""
    DROPPED = "dropped"
    """What it needs did not happen, so it does not either."""
    LOST = "lost"
    """It failed within what is tolerated and could not be put back: that is not tolerated."""
    PUT_BACK = "put_back"
    """It failed within what is tolerated, or stood in such a lane, and was put back; the others go on."""


@record
class Ending:
    """How one step or hold of a run ended, where that is more than the outcome of its action."""

    run: RunId
    """The run."""
    step: str
    """Id of the step or hold."""
    end: StepEnd
    """How it ended."""
    why: str
    """In one line."""
    at: datetime
    """When (UTC)."""


@record
class StepRecord:
    """What became of one action of a run; the row is written before the effect and completed after it."""

    run: RunId
    """The run."""
    step: str
    """Id of the plan step."""
    key: str
    """Idempotency key of the action."""
    is_undo: bool = False
    """Whether the action puts something back."""
    intent_at: datetime | None = None
    """When the intent was committed (UTC)."""
    attempt: int = 1
    """Which worker in turn carries it out: one more whenever somebody takes it over; only the last is listened to."""
    is_started: bool = True
    """False when it is certain that the program never started."""
    outcome: Outcome | None = None
    """How it came out; None while it is not known to have ended."""
    exit_code: int | None = None
    """Exit status of the program."""
    output: str = ""
    """What it printed, redacted and capped; from outside."""
    output_hash: str = ""
    """SHA-256 of everything it printed, taken on the machine."""
    ended_at: datetime | None = None
    """When the result was committed (UTC)."""
    note: str = ""
    """What a person should know: why it was not started, how it was reconciled."""


@record
class Run:
    """One row that people follow."""

    id: RunId
    """Id."""
    plan: PlanId
    """The plan."""
    change: ChangeId
    """The change it belongs to."""
    state: RunState
    """Where it stands."""
    created: datetime
    """When it was proposed (UTC)."""
    started: datetime | None = None
    """When the job began."""
    ended: datetime | None = None
    """When it ended."""
    reason: str = ""
    """Why it ended as it did, in one line."""
    cancel_reason: str = ""
    """Who asked to end it and why; empty while nobody did."""
    before: tuple[ProbeResult, ...] = ()
    """What the proof probes saw before the first action."""
    after: tuple[ProbeResult, ...] = ()
    """What they saw after the last one."""
