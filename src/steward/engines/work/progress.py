"""How far a run is: the state of each step, how long it may still take by its past, and what a person does next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.resuming import first_left
from steward.core.runs import load
from steward.core.workflow_order import in_order
from steward.engines.work.retry import remaining, was_undone, why_not
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.hold import Hold, HoldRecord, HoldState
from steward.model.plan import Plan, PlanStep
from steward.model.risk import Risk
from steward.model.run import ENDED, JOB_STATES, Ending, Run, RunState, StepEnd, StepRecord
from steward.model.step_state import StepEnding, StepState, UndoState, is_back, step_state, undo_state
from steward.store import holds, resumptions, steps
from steward.store.database import Connection
from steward.store.run_pages import Wanted, page

_PAST = 30
_PLANS_READ = 150
"""Most plans read to find such runs: where others share their first command, fewer past runs are shown."""
_BEGUN = (
    RunState.VERIFIED,
    RunState.PARTIAL,
    RunState.UNVERIFIED,
    RunState.ROLLED_BACK,
    RunState.ROLLBACK_FAILED,
    RunState.FAILED,
    RunState.UNKNOWN,
)
"""How runs end that had begun and that nobody ended early."""
_WENT_WELL = frozenset({RunState.VERIFIED, RunState.UNVERIFIED})
_OVER = frozenset({StepState.DONE, StepState.FAILED, StepState.ROLLED_BACK})
_WAITED = {
    HoldState.OPEN: StepState.WAITING,
    HoldState.DONE: StepState.DONE,
    HoldState.FAILED: StepState.FAILED,
    HoldState.EXPIRED: StepState.FAILED,
    HoldState.CANCELLED: StepState.SKIPPED,
    HoldState.SKIPPED: StepState.SKIPPED,
}
_ENDS = {
    StepEnd.FAILED: StepState.FAILED,
    StepEnd.LOST: StepState.FAILED,
    StepEnd.SKIPPED: StepState.SKIPPED,
    StepEnd.DROPPED: StepState.SKIPPED,
    StepEnd.PUT_BACK: StepState.ROLLED_BACK,
}
"""How a step stands whose end was written down beside the outcome of its action."""


class NextStep(StrEnum):
    """What a person does next about a run."""

    DECIDE = "decide"
    ANSWER = "answer"
    WATCH = "watch"
    SETTLE = "settle"
    RETRY = "retry"
    LOOK = "look"
    NOTHING = "nothing"


@record
class ProgressInput:
    """Tell how far a run is: each step's state, how long it may still take, and what to do next."""

    run: str
    """Run."""


@record
class StepLine:
    """One step of a run."""

    id: str
    """Name within the plan."""
    says: str
    """Its effect in one line."""
    machine: str
    """Where."""
    command: str
    """The command it came from."""
    state: StepState
    """Where it stands."""
    kind: str = "command"
    """What it is: `command`, or what the run waits for: `ask`, `physical`, `wait`."""
    needs: tuple[str, ...] = ()
    """Steps that must have succeeded before, and those that must only have ended."""
    lane: str = ""
    """Machine or item of a fan-out it belongs to."""
    why: str = ""
    """Why it was skipped, dropped or put back, failed or ended."""
    is_back: bool
    """Whether it was put back."""
    started: datetime | None
    """When its intent was written down."""
    ended: datetime | None
    """When its end was written down."""
    undo_started: datetime | None
    """When putting it back began."""
    undo_ended: datetime | None
    """When putting it back ended."""


@record
class PastRun:
    """An earlier run of the same commands."""

    id: str
    """Id."""
    state: RunState
    """How it ended."""
    ended: datetime | None
    """When."""
    seconds: float
    """How long it took."""


@record
class Progress:
    """How far a run is."""

    state: RunState
    """Where the run stands."""
    done: int
    """Steps that have ended."""
    total: int
    """Steps in all."""
    steps: tuple[StepLine, ...]
    """Every step of the plan, in order."""
    usual_seconds: float | None
    """How long such a run usually takes; None without a past run that went well."""
    likely_end: datetime | None
    """When it may end, by that; None when that cannot be said, or it takes longer already."""
    past: tuple[PastRun, ...]
    """The last 30 runs of the same commands, newest first."""
    undo: UndoState
    """Whether it can be put back."""
    can_retry: bool
    """Whether what did not end well can be planned anew."""
    retry_from: str
    """The first step that would be planned anew, or empty."""
    resume_from: str = ""
    """For a run of a workflow: the first step from which it can go on, or empty."""
    can_fork: bool = False
    """Whether it can be begun anew, with other inputs too."""
    gone_on: tuple[str, ...] = ()
    """Runs that go on from it, oldest first."""
    next: NextStep
    """What a person does next."""
    as_of: datetime
    """When this was so."""


async def progress(desk: Desk, given: ProgressInput) -> Progress:
    """Tell how far a run is."""
    run = await require_run(desk, given.run)
    return await desk.storage.read(_progress, run, desk.clock.now())


def _progress(connection: Connection, known: Run, now: datetime) -> Progress:
    run, stored = load(connection, known.id)
    plan = stored.plan
    endings, records = steps.endings(connection, (run.id,)), steps.of_run(connection, run.id)
    told = {ending.step: ending for ending in holds.endings(connection, run.id)}
    lines = tuple(_told(_line(run, plan, step, endings, records), told.get(step.id)) for step in plan.steps)
    waited = {known.hold: known for known in holds.of_run(connection, run.id)}
    lines += tuple(
        _told(_hold_line(run, plan, hold, waited.get(hold.id)), told.get(hold.id))
        for hold in (plan.course.holds if plan.course else ())
    )
    lines = _ordered(lines)
    past = _past(connection, run, plan)
    usual = _usual(past)
    is_undone = was_undone(connection, run, plan)
    again = remaining(plan, endings, is_undone=is_undone) if why_not(run, plan) is None else ()
    is_ended = run.state in ENDED and run.state is not RunState.UNKNOWN
    resume_from = first_left(connection, run, plan) if is_ended and plan.course else ""
    undo = UndoState.DONE if is_undone else undo_state(run, plan, endings)
    return Progress(
        state=run.state,
        done=sum(_is_over(line) for line in lines),
        total=len(lines),
        steps=lines,
        usual_seconds=usual,
        likely_end=_likely_end(run, usual, now),
        past=past,
        undo=undo,
        can_retry=bool(again),
        retry_from=again[0].id if again else "",
        resume_from=resume_from,
        can_fork=is_ended and plan.course is not None,
        gone_on=tuple(each.successor for each in resumptions.of_run(connection, run.id)),
        next=_next(run, can_retry=bool(again or resume_from)),
        as_of=now,
    )


def _is_over(line: StepLine) -> bool:
    """Tell whether a step has ended; one that was never come to has not, one whose condition was false has."""
    return line.state in _OVER or (line.state is StepState.SKIPPED and line.ended is not None)


def _line(
    run: Run, plan: Plan, step: PlanStep, endings: Sequence[StepEnding], records: Sequence[StepRecord]
) -> StepLine:
    own = next((each for each in records if each.step == step.id and not each.is_undo), None)
    undone = [each for each in records if each.step == step.id and each.is_undo]
    return StepLine(
        id=step.id,
        says=step.says,
        machine=plan.target(step.machine).name,
        command=step.command.name,
        state=step_state(run, step, endings),
        needs=(*step.needs, *(step.flow.after if step.flow else ())),
        lane=step.flow.lane if step.flow else "",
        is_back=is_back(step, endings),
        started=own.intent_at if own else None,
        ended=own.ended_at if own else None,
        undo_started=undone[0].intent_at if undone else None,
        undo_ended=undone[-1].ended_at if undone else None,
    )


def _ordered(lines: tuple[StepLine, ...]) -> tuple[StepLine, ...]:
    """Return steps and holds, each after what it needs, so that a hold stands where the run comes to it."""
    by_id = {line.id: line for line in lines}
    return tuple(by_id[name] for name in in_order({line.id: line.needs for line in lines}, "run"))


def _hold_line(run: Run, plan: Plan, hold: Hold, known: HoldRecord | None) -> StepLine:
    unbegun = StepState.SKIPPED if run.state in ENDED else StepState.PENDING
    return StepLine(
        id=hold.id,
        says=hold.says,
        machine=next((target.name for target in plan.targets if target.machine == hold.machine), ""),
        command="",
        state=_WAITED[known.state] if known else unbegun,
        kind=hold.kind.value,
        needs=(*hold.needs, *hold.after),
        lane=hold.lane,
        why=known.note if known else "",
        is_back=False,
        started=known.opened if known else None,
        ended=known.ended if known else None,
        undo_started=None,
        undo_ended=None,
    )


def _told(line: StepLine, ending: Ending | None) -> StepLine:
    """Return a line with what was written down of its end beside the outcome of its action."""
    if ending is None:
        return line
    return replace(line, state=_ENDS.get(ending.end, line.state), why=ending.why, ended=line.ended or ending.at)


def _past(connection: Connection, run: Run, plan: Plan) -> tuple[PastRun, ...]:
    """Return what the same commands of the same workflow did before, in the same order; an undo is another kind."""
    wanted = Wanted(states=_BEGUN, commands=tuple(step.command.name for step in plan.steps))
    found = page(connection, wanted, limit=_PAST + 1, reach=_PLANS_READ)
    return tuple(
        PastRun(id=other.id, state=other.state, ended=other.ended, seconds=_seconds(other))
        for other, its_plan in found
        if other.id != run.id and _kind(its_plan) == _kind(plan)
    )[:_PAST]


def _kind(plan: Plan) -> tuple[bool, str]:
    return bool(plan.undoes), plan.course.workflow if plan.course else ""


def _seconds(run: Run) -> float:
    return (run.ended - run.started).total_seconds() if run.started and run.ended else 0.0


def _usual(past: Sequence[PastRun]) -> float | None:
    took = [each.seconds for each in past if each.state in _WENT_WELL]
    return median(took) if took else None


def _likely_end(run: Run, usual: float | None, now: datetime) -> datetime | None:
    if usual is None or run.started is None or run.state not in JOB_STATES:
        return None
    end = run.started + timedelta(seconds=usual)
    return end if end > now else None


def _next(run: Run, *, can_retry: bool) -> NextStep:
    if run.state in {RunState.PROPOSED, RunState.WAITING}:
        return NextStep.DECIDE
    if run.state is RunState.SUSPENDED:
        return NextStep.ANSWER
    if run.state not in ENDED:
        return NextStep.WATCH
    if run.state is RunState.UNKNOWN:
        return NextStep.SETTLE
    if run.state in {RunState.PARTIAL, RunState.UNVERIFIED, RunState.ROLLBACK_FAILED}:
        return NextStep.LOOK
    return NextStep.RETRY if can_retry else NextStep.NOTHING


COMMANDS = (
    CommandSpec(
        name="runs.progress",
        right=Right.READ,
        input=ProgressInput,
        output=Progress,
        handler=progress,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="runs progress run-2v7k9q0m3x", does="Tell which step a run is at and when it may end"),
            Example(line="runs progress run-2v7k9q0m3x --json", does="The same as one JSON object"),
        ),
    ),
)
