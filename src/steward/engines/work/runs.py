"""Runs: what is being done, what was done, and the receipt that proves it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.command import Example, Outcome
from steward.model.errors import Conflict, InvalidInput, NotFound
from steward.model.event import Event
from steward.model.ids import PlanId, RunId
from steward.model.receipt import Receipt
from steward.model.risk import Risk, Strength
from steward.model.run import ENDED, Run, RunState
from steward.model.step_state import UndoState, undo_state
from steward.store import approvals, audit, events, findings, holds, plans, resumptions, runs, steps
from steward.store.database import Connection

_POLL_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 100
"""Below the patience of the terminal; whoever wants to wait longer asks again."""
_PAGE = 500
_LEAVES = {
    RunState.VERIFIED: 0,
    RunState.UNVERIFIED: 10,
    RunState.PARTIAL: 11,
    RunState.ROLLED_BACK: 20,
    RunState.ROLLBACK_FAILED: 21,
    RunState.DENIED: 13,
    RunState.STALE: 5,
    RunState.EXPIRED: 5,
}


@record
class RunEnd:
    """Where a followed run stands when following ends."""

    run: Run
    """The run."""

    @property
    def exit_code(self) -> int:
        """0 verified, 10 unverified, 11 partial, 20 rolled back, 21 rollback failed, 13 denied, 5 stale or expired."""
        return _LEAVES.get(self.run.state, 1) if self.run.state in ENDED else 0


@record
class RunNow:
    """A run right after somebody decided about it; the decision was taken, however the run ends."""

    run: Run
    """The run."""


@record
class ShowInput:
    """Show the receipt of a run: what was asked, allowed, done and proven."""

    run: str
    """Run."""


@record
class LogsInput:
    """Show what a run did and printed."""

    run: str
    """Run."""
    follow: bool = False
    """Stay until it ends."""


@record
class WaitInput:
    """Wait until a run has ended, and return its receipt; when the time is over, the receipt as it is then.

    A run that waits for approval has not ended: ask again while a person thinks.
    """

    run: str
    """Run."""
    seconds: int = 30
    """Longest wait, from 0 to 100."""


@record
class CancelInput:
    """End a run: what has started is ended, nothing more starts, nothing is put back by itself."""

    run: str
    """Run."""
    reason: str = ""
    """Why."""


class Settled(StrEnum):
    """What a person who looked can say of a step."""

    OK = "ok"
    FAILED = "failed"


@record
class SettleInput:
    """Say how a step ended that nobody else can know, after looking yourself; the run then goes on from there."""

    run: str
    """Run whose outcome is unknown."""
    outcome: Settled
    """`ok` or `failed`."""


async def show(desk: Desk, given: ShowInput) -> Receipt:
    """Put the receipt of a run together."""
    run = await require_run(desk, given.run)
    stored = await desk.storage.read(plans.get, PlanId(run.plan))
    if stored is None:
        raise NotFound(f"the plan of {run.id} is not in the store")
    records = await desk.storage.read(steps.of_run, run.id)
    endings = await desk.storage.read(steps.endings, (run.id,))
    return Receipt(
        run=run,
        plan=stored.plan,
        approval=await desk.storage.read(approvals.of_plan, run.plan),
        steps=tuple(records),
        finding=await desk.storage.read(findings.get, stored.plan.finding) if stored.plan.finding else None,
        fingerprint=stored.fingerprint,
        audit=tuple(row.seq for row in await desk.storage.read(audit.rows, subject=run.id)),
        can_undo=undo_state(run, stored.plan, endings) is UndoState.READY,
        gone_on=await desk.storage.read(resumptions.of_run, run.id),
        holds=await desk.storage.read(holds.of_run, run.id),
    )


async def wait(desk: Desk, given: WaitInput) -> Receipt:
    """Wait until a run has ended, telling what happens meanwhile, and return its receipt."""
    if not 0 <= given.seconds <= _LONGEST_WAIT_SECONDS:
        step = f"give a number from 0 to {_LONGEST_WAIT_SECONDS}, and ask again when it is over"
        raise InvalidInput(f"{given.seconds} seconds cannot be waited", next_step=step)
    run = await require_run(desk, given.run)
    end = desk.clock.monotonic() + given.seconds
    seen = 0
    while run.state not in ENDED and desk.clock.monotonic() < end:
        page = await desk.storage.read(events.after, seen, subject=run.id, limit=_PAGE)
        for event in page:
            seen = event.seq
            await desk.emit(_as_line(event))
        await desk.clock.sleep(_POLL_SECONDS)
        run = await require_run(desk, given.run)
    return await show(desk, ShowInput(run=run.id))


async def logs(desk: Desk, given: LogsInput) -> RunEnd:
    """Send what happened in a run, and with `follow` what happens until it ends."""
    run = await require_run(desk, given.run)
    seen = 0
    while True:
        ended = run.state in ENDED or not given.follow
        page = await desk.storage.read(events.after, seen, subject=run.id, limit=_PAGE)
        for event in page:
            seen = event.seq
            await desk.emit(_as_line(event))
        if ended and len(page) < _PAGE:
            return RunEnd(run=run)
        if not page:
            await desk.clock.sleep(_POLL_SECONDS)
        run = await require_run(desk, given.run)


def _as_line(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "at": event.at.isoformat(),
        "kind": event.kind,
        "step": data.get("step", ""),
        "text": data.get("text", data.get("reason", "")),
    }


async def cancel(desk: Desk, given: CancelInput) -> RunNow:
    """Cancel a run."""
    run = await require_run(desk, given.run)
    if run.state in ENDED:
        raise Conflict(
            f"{run.id} has already ended", why=f"it is {run.state.value}", next_step=f"steward undo {run.id}"
        )
    why = f"cancelled by {desk.actor.name}" + (f": {given.reason}" if given.reason else "")
    if run.state is RunState.WAITING:
        await desk.storage.write(runs.move, run.id, to=RunState.CANCELLED, at=desk.clock.now(), reason=why)
        approval = await desk.storage.read(approvals.of_plan, run.plan)
        if approval is not None:
            await desk.approvals.lapse(approval, to=ApprovalState.STALE, reason=why)
    await desk.storage.write(_ask_to_end, desk, run.id, why)
    await desk.performer.end_cancelled()
    return RunNow(run=await require_run(desk, given.run))


def _ask_to_end(connection: Connection, desk: Desk, run_id: RunId, why: str) -> None:
    """Ask for the end of a run; one that only waits has nobody to ask and is put on the queue to come to it."""
    runs.request_cancel(connection, run_id, reason=why)
    run = runs.get(connection, run_id)
    if run is not None and run.state is RunState.SUSPENDED:
        desk.holds.cancel(connection, run_id)


async def preview_cancel(desk: Desk, given: CancelInput) -> str:
    """Say what cancelling would do."""
    run = await require_run(desk, given.run)
    return f"ends {run.id}, which is {run.state.value}; what it has done stays until you undo it"


async def settle(desk: Desk, given: SettleInput) -> RunNow:
    """Record a person's word for every step whose outcome nobody knows."""
    run = await require_run(desk, given.run)
    if run.state is not RunState.UNKNOWN:
        raise Conflict(f"the outcome of {run.id} is not unknown", why=f"it is {run.state.value}")
    for record_ in await desk.storage.read(steps.of_run, run.id):
        if record_.outcome is Outcome.UNKNOWN:
            await desk.storage.write(
                steps.finish,
                record_.key,
                outcome=Outcome(given.outcome.value),
                exit_code=None,
                output=record_.output,
                output_hash=record_.output_hash,
                at=desk.clock.now(),
                note=f"settled by {desk.actor.name}; {record_.note}",
            )
    await desk.reconcile(run.id)
    return RunNow(run=await require_run(desk, given.run))


async def preview_settle(desk: Desk, given: SettleInput) -> str:
    """Say what settling would do."""
    run = await require_run(desk, given.run)
    return f"takes your word that the unknown steps of {run.id} ended `{given.outcome.value}` and takes the proof"


async def require_run(desk: Desk, run_id: str) -> Run:
    """Return a run.

    Raises:
        NotFound: there is none of this id.
    """
    run = await desk.storage.read(runs.get, RunId(run_id))
    if run is None:
        raise NotFound(f"there is no run {run_id}", next_step="`steward runs ls` lists them")
    return run


_LIVE = {"run": "run"}
COMMANDS = (
    CommandSpec(
        name="runs.show",
        right=Right.READ,
        input=ShowInput,
        output=Receipt,
        handler=show,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="runs show run-2v7k9q0m3x", does="Show the receipt of a run"),
            Example(line="runs show run-2v7k9q0m3x --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="runs.logs",
        right=Right.READ,
        input=LogsInput,
        output=RunEnd,
        handler=logs,
        risk=Risk.READ,
        streams=True,
        live=_LIVE,
        examples=(
            Example(line="runs logs run-2v7k9q0m3x --follow", does="Watch a run until it ends"),
            Example(line="runs logs run-2v7k9q0m3x --json", does="Its log as JSON lines"),
        ),
    ),
    CommandSpec(
        name="runs.wait",
        right=Right.READ,
        input=WaitInput,
        output=Receipt,
        handler=wait,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="runs wait run-2v7k9q0m3x", does="Wait up to 30 seconds for a run and show its receipt"),
            Example(line="runs wait run-2v7k9q0m3x --seconds 100 --json", does="Wait longer, for a script"),
        ),
    ),
    CommandSpec(
        name="runs.cancel",
        right=Right.DECIDE,
        input=CancelInput,
        output=RunNow,
        handler=cancel,
        preview=preview_cancel,
        undo="steward undo RUN puts back what had been done",
        verify="the run is `cancelled`",
        risk=Risk.REVERSIBLE,
        proof=Strength.NONE,
        live=_LIVE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="runs cancel run-2v7k9q0m3x", does="End a run now"),
            Example(line='runs cancel run-2v7k9q0m3x --reason "wrong machine"', does="End a run and say why"),
        ),
    ),
    CommandSpec(
        name="runs.settle",
        right=Right.DECIDE,
        input=SettleInput,
        output=RunNow,
        handler=settle,
        preview=preview_settle,
        undo="steward undo RUN, once it has ended",
        verify="the run's own proof",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="runs settle run-2v7k9q0m3x ok", does="Say that an unknown step did succeed"),
            Example(line="runs settle run-2v7k9q0m3x failed", does="Say that it did not, so that it is put back"),
        ),
    ),
)
