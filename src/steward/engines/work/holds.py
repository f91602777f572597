"""What runs wait for: the list, and what a person says to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.runs import load
from steward.engines.work.runs import require_run
from steward.lib.record import record
from steward.lib.text import nearest
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.hold import Hold, HoldRecord, HoldState
from steward.model.ids import RunId
from steward.model.plan import Plan
from steward.model.risk import Risk, Strength
from steward.store import holds as table
from steward.store.database import Connection


@record
class HoldsInput:
    """List what runs wait for: questions to people, things to do with hands, times, conditions and events."""

    run: str = ""
    """Only of this run; then also what has ended."""


@record
class HoldLine:
    """One thing that is waited for."""

    run: RunId
    """The run."""
    title: str
    """What the run does."""
    hold: Hold
    """What is waited for, as it was approved."""
    record: HoldRecord
    """Where it stands."""
    machine: str
    """Name of the machine it is about, or empty."""
    next: str
    """What to type, or empty where nobody has to do anything."""


@record
class HoldList:
    """What is waited for, the longest first."""

    holds: tuple[HoldLine, ...]
    """A line each."""
    as_of: datetime
    """When this was so."""


@record
class AnswerInput:
    """Answer a question of a run; the run goes on with what you say.

    A question without fields is a yes. The first answer counts.
    """

    run: str
    """Run that waits."""
    hold: str
    """Its question, as `holds ls` names it."""
    set: tuple[str, ...] = ()
    """Answer to each field, `NAME=VALUE`."""


@record
class DoneInput:
    """Say that you did what a run asked of your hands; it looks at once, and goes on when it sees it."""

    run: str
    """Run that waits."""
    hold: str
    """What you did, as `holds ls` names it."""


@record
class RefuseInput:
    """Say no to a question, or that you cannot do what a run asks; the run then goes on as if a step had failed."""

    run: str
    """Run that waits."""
    hold: str
    """What you refuse, as `holds ls` names it."""
    reason: str = ""
    """Why."""


async def ls(desk: Desk, given: HoldsInput) -> HoldList:
    """List what is waited for."""
    run = await require_run(desk, given.run) if given.run else None
    lines = await desk.storage.read(_lines, run.id if run else None)
    named = tuple(_named(desk, line) for line in lines)
    return HoldList(holds=named, as_of=desk.clock.now())


async def answer(desk: Desk, given: AnswerInput) -> HoldLine:
    """Answer a question."""
    run, hold = await _meant(desk, given.run, given.hold)
    await desk.holds.answer(desk.actor, run, hold, dict(_pair(each) for each in given.set))
    return await _line_of(desk, run, hold)


async def done(desk: Desk, given: DoneInput) -> HoldLine:
    """Take a person's word, and look."""
    run, hold = await _meant(desk, given.run, given.hold)
    await desk.holds.done(desk.actor, run, hold)
    return await _line_of(desk, run, hold)


async def refuse(desk: Desk, given: RefuseInput) -> HoldLine:
    """Take a no."""
    run, hold = await _meant(desk, given.run, given.hold)
    await desk.holds.refuse(desk.actor, run, hold, given.reason)
    return await _line_of(desk, run, hold)


async def preview_answer(desk: Desk, given: AnswerInput) -> str:
    """Say what answering would do."""
    run, hold = await _meant(desk, given.run, given.hold)
    return f"answers `{hold}` of {run} with {', '.join(given.set) or 'yes'}; the run goes on"


async def preview_done(desk: Desk, given: DoneInput) -> str:
    """Say what would be looked at."""
    found = await desk.holds.find(*(await _meant(desk, given.run, given.hold)))
    return f"looks whether this shows: {'; '.join(probe.says for probe in found.proofs)}"


async def preview_refuse(desk: Desk, given: RefuseInput) -> str:
    """Say what a no would do."""
    run, hold = await _meant(desk, given.run, given.hold)
    return f"`{hold}` counts as failed; {run} puts back what it did, or goes on without, as its plan says"


async def _meant(desk: Desk, run_id: str, hold_id: str) -> tuple[RunId, str]:
    run = await require_run(desk, run_id)
    _, stored = await desk.storage.read(load, run.id)
    known = [hold.id for hold in _holds(stored.plan)]
    if hold_id in known:
        return run.id, hold_id
    near = nearest(hold_id, known)
    hint = f"did you mean `{near}`?" if near else f"it has {', '.join(known) or 'none'}"
    raise NotFound(f"{run.id} waits for nothing called `{hold_id}`", next_step=hint)


async def _line_of(desk: Desk, run: RunId, hold: str) -> HoldLine:
    lines = await desk.storage.read(_lines, run)
    return _named(desk, next(line for line in lines if line.hold.id == hold))


def _lines(connection: Connection, run_id: RunId | None) -> tuple[HoldLine, ...]:
    found = table.listing(connection) if run_id is None else table.of_run(connection, run_id)
    lines: list[HoldLine] = []
    for known in found:
        _, stored = load(connection, known.run)
        hold = next(each for each in _holds(stored.plan) if each.id == known.hold)
        lines.append(
            HoldLine(
                run=known.run,
                title=stored.plan.title,
                hold=hold,
                record=known,
                machine=hold.machine or "",
                next=_next(known, hold) if known.state is HoldState.OPEN else "",
            )
        )
    return tuple(lines)


def _named(desk: Desk, line: HoldLine) -> HoldLine:
    found = desk.workspace.inventory().find(line.machine) if line.machine else None
    return HoldLine(
        run=line.run,
        title=line.title,
        hold=line.hold,
        record=line.record,
        machine=found.name if found else line.machine,
        next=line.next,
    )


def _next(known: HoldRecord, hold: Hold) -> str:
    if hold.inquiry is not None:
        fields = "".join(f" --set {field.name}=..." for field in hold.inquiry.fields)
        return f"steward holds answer {known.run} {hold.id}{fields}"
    return f"steward holds done {known.run} {hold.id}" if hold.task is not None else ""


def _holds(plan: Plan) -> tuple[Hold, ...]:
    return plan.course.holds if plan.course else ()


def _pair(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidInput(f"`{text}` is no answer", why="there is no `=` in it", next_step="write `--set NAME=VALUE`")
    return name.strip(), value


COMMANDS = (
    CommandSpec(
        name="holds.ls",
        right=Right.READ,
        input=HoldsInput,
        output=HoldList,
        handler=ls,
        risk=Risk.READ,
        live={"run": "run"},
        examples=(
            Example(line="holds ls", does="List what runs wait for"),
            Example(line="holds ls run-2v7k9q0m3x", does="List what one run waits and waited for"),
        ),
    ),
    CommandSpec(
        name="holds.answer",
        right=Right.DECIDE,
        input=AnswerInput,
        output=HoldLine,
        handler=answer,
        preview=preview_answer,
        undo="steward undo RUN, once it has ended",
        verify="the run goes on",
        risk=Risk.REVERSIBLE,
        proof=Strength.SESSION,
        live={"run": "run"},
        examples=(
            Example(line="holds answer run-2v7k9q0m3x go-on", does="Say yes to a question"),
            Example(line="holds answer run-2v7k9q0m3x which --set disk=sdb", does="Answer a question that has a field"),
        ),
    ),
    CommandSpec(
        name="holds.done",
        right=Right.DECIDE,
        input=DoneInput,
        output=HoldLine,
        handler=done,
        preview=preview_done,
        undo="nothing to put back: what counts is what is seen",
        verify="the proof of the task",
        risk=Risk.REVERSIBLE,
        proof=Strength.SESSION,
        live={"run": "run"},
        examples=(
            Example(line="holds done run-2v7k9q0m3x insert-disk", does="Say that the disk is in; Steward looks"),
            Example(line="holds done run-2v7k9q0m3x insert-disk --dry-run", does="Tell what it would look at"),
        ),
    ),
    CommandSpec(
        name="holds.refuse",
        right=Right.DECIDE,
        input=RefuseInput,
        output=HoldLine,
        handler=refuse,
        preview=preview_refuse,
        undo="steward runs resume RUN plans the rest anew; what was put back: steward runs fork RUN",
        verify="the hold has failed",
        risk=Risk.REVERSIBLE,
        proof=Strength.SESSION,
        live={"run": "run"},
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="holds refuse run-2v7k9q0m3x go-on", does="Say no to a question"),
            Example(line='holds refuse run-2v7k9q0m3x insert-disk --reason "no spare"', does="Say why not"),
        ),
    ),
)
