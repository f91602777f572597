"""Approvals and runs in one line each, as every list shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from steward.core.desk import Desk
from steward.core.waits import waits_of
from steward.lib.record import record
from steward.model.approval import Approval, ApprovalState, short
from steward.model.ids import PlanId, RunId
from steward.model.plan import Plan
from steward.model.run import Run, RunState
from steward.model.step_state import StepEnding, undo_state
from steward.store import approvals, plans, steps
from steward.store.database import Connection
from steward.store.run_pages import Wanted, page

_APART = timedelta(minutes=1)
"""A run and the question about it are kept at the same moment, within this."""


@record
class ApprovalLine:
    """One plan that waits, in one line."""

    code: str
    """Four letters to decide with."""
    title: str
    """What it does."""
    machines: tuple[str, ...]
    """Where."""
    risk: str
    """Class."""
    state: str
    """Where the approval stands."""
    created: datetime
    """Asked when."""
    expires: datetime
    """From then on the answer is no."""
    fingerprint: str
    """First 8 digits of what is approved."""
    run: str
    """Run to follow."""
    commands: tuple[str, ...] = ()
    """What its steps are, each kind once."""
    decided_by: str = ""
    """Name of the person who decided; empty while nobody did."""
    decided_channel: str = ""
    """By which way in."""
    decided_at: datetime | None = None
    """When it was decided, or time decided."""
    reason: str = ""
    """Why it was rejected, expired or went stale."""


@record
class RunLine:
    """One run in one line."""

    id: str
    """Id."""
    title: str
    """What it does."""
    machines: tuple[str, ...]
    """Where."""
    state: str
    """Where it stands."""
    created: datetime
    """Proposed when."""
    started: datetime | None
    """Begun when."""
    ended: datetime | None
    """Ended when."""
    reason: str
    """Why it ended so."""
    risk: str
    """Class."""
    commands: tuple[str, ...]
    """Commands of its steps."""
    asked_by: str
    """Who asked for it."""
    allowed_by: str
    """Who said yes; `grant` where a standing grant did, empty while nobody has."""
    undo: str
    """`ready`, `done`, `lost`, `nothing` to put back, or `open` while that cannot be said."""
    waits_for: tuple[str, ...] = ()
    """Of a suspended run what it waits for: `person`, `hands`, `time`, `condition`, `event`."""


async def approval_lines(
    desk: Desk, states: tuple[ApprovalState, ...], *, limit: int = 200, code: str = ""
) -> tuple[ApprovalLine, ...]:
    """Return approvals in these states, newest first; with a code only those that ever waited under it."""
    listed = await desk.storage.read(approvals.listing, states=states, limit=limit, code=code)
    is_decided = any(approval.decided_by for approval in listed)
    names: Mapping[str, str] = await names_of_people(desk) if is_decided else {}
    return tuple([_approval_line(approval, await _plan(desk, approval.plan), names) for approval in listed])


async def names_of_people(desk: Desk) -> Mapping[str, str]:
    """Return the names of everybody who may ever have decided, by id; the owner's id is a name."""
    people, _ = await desk.access.people.listing()
    return {person.id: person.name for person in people}


async def run_lines(desk: Desk, states: tuple[RunState, ...] | None, *, limit: int) -> tuple[RunLine, ...]:
    """Return runs in these states, newest first."""
    return await desk.storage.read(lines_of, Wanted(states=states or ()), limit=limit)


def lines_of(connection: Connection, wanted: Wanted, *, limit: int) -> tuple[RunLine, ...]:
    """Return the runs that are wanted, newest first."""
    found = page(connection, wanted, limit=limit)
    if not found:
        return ()
    times = [run.created for run, _ in found]
    since, until = min(times) - _APART, max(times) + _APART
    allowed = approvals.of_plans(connection, [run.plan for run, _ in found], since=since, until=until)
    known: dict[str, list[StepEnding]] = {}
    for ending in steps.endings(connection, [run.id for run, _ in found]):
        known.setdefault(ending.run, []).append(ending)
    waiting = waits_of(connection, {run.id: plan for run, plan in found if run.state is RunState.SUSPENDED})
    lines = (_run_line(run, plan, allowed.get(run.plan), known.get(run.id, [])) for run, plan in found)
    return tuple(replace(line, waits_for=waiting.get(RunId(line.id), ())) for line in lines)


async def _plan(desk: Desk, plan_id: PlanId) -> Plan | None:
    stored = await desk.storage.read(plans.get, plan_id)
    return stored.plan if stored else None


def _approval_line(approval: Approval, plan: Plan | None, names: Mapping[str, str]) -> ApprovalLine:
    by = approval.decided_by or ""
    return ApprovalLine(
        code=approval.code,
        title=plan.title if plan else approval.plan,
        machines=tuple(target.name for target in plan.targets) if plan else (),
        risk=approval.risk.value,
        state=approval.state.value,
        created=approval.created,
        expires=approval.expires,
        fingerprint=short(approval.fingerprint),
        run=approval.run,
        commands=tuple(dict.fromkeys(step.command.name for step in plan.steps)) if plan else (),
        decided_by=names.get(by, by),
        decided_channel=approval.decided_channel,
        decided_at=approval.decided_at,
        reason=approval.reason,
    )


def _run_line(run: Run, plan: Plan, approval: Approval | None, endings: Sequence[StepEnding]) -> RunLine:
    return RunLine(
        id=run.id,
        title=plan.title,
        machines=tuple(target.name for target in plan.targets),
        state=run.state.value,
        created=run.created,
        started=run.started,
        ended=run.ended,
        reason=run.reason,
        risk=plan.risk.value,
        commands=tuple(dict.fromkeys(step.command.name for step in plan.steps)),
        asked_by=plan.requester.id,
        allowed_by=_allowed_by(approval),
        undo=undo_state(run, plan, endings).value,
    )


def _allowed_by(approval: Approval | None) -> str:
    """Only what grants cover is never asked about; a no is nobody's yes."""
    if approval is None:
        return "grant"
    return "" if approval.state is ApprovalState.REJECTED else approval.decided_by or ""
