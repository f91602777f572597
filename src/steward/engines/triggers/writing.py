"""Write and remove triggers: what one would start passes the gate before the text is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.judge import denied
from steward.core.schedules import form_of, upcoming
from steward.core.sources import Source
from steward.core.trigger_files import digest_of, mark_of, path_of
from steward.core.work_starting import PROPOSERS, actor_of, kind_of, order_of, uses_event
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidFile, InvalidInput, NotFound, StewardError
from steward.model.policy import Verdict
from steward.model.risk import Risk, Strength
from steward.model.trigger import Trigger, TriggerState
from steward.model.watches import why_let
from steward.store import trigger_states
from steward.store.database import Connection


@record
class CheckInput:
    """Check a trigger without starting anything: every problem with its line, and what policy says to its work.

    A schedule whose times have all passed is a problem of a text that is not kept yet; of one that is, it is only said.
    """

    what: str
    """Name of a trigger, or the path of a file."""
    text: str = ""
    """Content of the file; filled in by the terminal."""


@record
class TriggerProblem:
    """One thing that is wrong with a text."""

    line: int
    """Line, from 1."""
    column: int
    """Column, from 1."""
    what: str
    """What is wrong."""
    why: str
    """Why."""
    next_step: str
    """What to write instead."""


@record
class TriggerCheck:
    """What a check found."""

    sentence: str
    """The answer in one sentence."""
    file: str
    """What was checked."""
    problems: tuple[TriggerProblem, ...]
    """In the order of the text; none: it can be kept."""
    verdict: str
    """What policy says to what it starts now: `allow`, `ask` or `deny`; empty where nothing can be said yet."""
    each_run: str
    """What happens each time."""

    @property
    def exit_code(self) -> int:
        """2 when the text does not fit, 13 where policy says no, else 0."""
        return 2 if self.problems else 13 if self.verdict == Verdict.DENY.value else 0


@record
class AddInput:
    """Keep a trigger in the workspace, as a commit; one that is there under its name is replaced.

    What it would start is drafted first, as the trigger would ask for it: where policy says no, nothing is kept.
    """

    what: str
    """Path of its file; the file's name is the trigger's."""
    text: str = ""
    """Content of the file; filled in by the terminal."""


@record
class KeptTrigger:
    """A trigger that is kept."""

    sentence: str
    """What was done, in one sentence."""
    name: str
    """Name of the trigger."""
    file: str
    """Where it lies in the workspace."""
    commit: str
    """The commit."""
    each_run: str
    """What happens each time."""


@record
class RemoveInput:
    """Take a trigger away, as a commit; what it started goes on, its history stays."""

    name: str
    """Name of the trigger."""


async def check(desk: Desk, given: CheckInput) -> TriggerCheck:
    """Check a trigger."""
    name = _name_of(given.what)
    text = given.text or await asyncio.to_thread(desk.triggers.text_of, name)
    if not text:
        raise NotFound(f"there is no trigger `{visible_line(name)}`", next_step="`steward trigger ls` lists them")
    is_new = text != await asyncio.to_thread(desk.triggers.text_of, name)
    try:
        trigger = await asyncio.to_thread(_new if is_new else _kept, desk, text, name)
    except InvalidFile as error:
        found = tuple(
            TriggerProblem(line=one.line, column=one.column, what=one.what, why=one.why, next_step=one.next_step)
            for one in error.problems
        )
        sentence = f"{plural(len(found), 'problem')}."
        return TriggerCheck(sentence=sentence, file=path_of(name), problems=found, verdict="", each_run="")
    verdict, each_run = await gate(desk, trigger)
    over = "" if _is_ahead(desk, trigger) else "Its time has passed, and it is not due again. "
    sentence = f"Nothing is wrong with the text. {over}{each_run}"
    return TriggerCheck(
        sentence=sentence, file=path_of(name), problems=(), verdict=verdict.value if verdict else "", each_run=each_run
    )


async def add(desk: Desk, given: AddInput) -> KeptTrigger:
    """Keep a trigger."""
    trigger, each_run = await _allowed(desk, given)
    await desk.storage.write(_let, desk, trigger, digest_of(given.text))
    commit = await asyncio.to_thread(desk.triggers.write, trigger.name, given.text, desk.actor)
    sentence = f"{path_of(trigger.name)} is kept and counts from now. {each_run}"
    return KeptTrigger(
        sentence=sentence, name=trigger.name, file=path_of(trigger.name), commit=commit, each_run=each_run
    )


def _let(connection: Connection, desk: Desk, trigger: Trigger, digest: str) -> None:
    """Keep what a person let it do by itself; before its text, so that it is followed from the first look on."""
    name, why, mark = trigger.name, why_let(desk.triggers.source_of(trigger)[1]), mark_of(trigger)
    state = trigger_states.get(connection, name)
    state = state or TriggerState(name=name, digest=digest, seen_until=desk.clock.now(), memory={})
    trigger_states.put(connection, replace(state, let=mark))
    if why and state.let != mark:
        data = {"text": f"{name}: {why}, allowed by {desk.actor.name}"}
        desk.events.add(connection, "trigger.allowed", name, actor=desk.actor.id, data=data)


async def preview_add(desk: Desk, given: AddInput) -> str:
    """Say what would be committed."""
    trigger, each_run = await _allowed(desk, given)
    return f"commits {path_of(trigger.name)}; changes no machine. {each_run}"


async def remove(desk: Desk, given: RemoveInput) -> KeptTrigger:
    """Take one away."""
    commit = await asyncio.to_thread(desk.triggers.remove, given.name, desk.actor)
    await desk.storage.write(trigger_states.withdraw, given.name)
    return KeptTrigger(
        sentence=f"{path_of(given.name)} is removed; nothing starts by it any more.",
        name=given.name,
        file=path_of(given.name),
        commit=commit,
        each_run="",
    )


async def preview_remove(desk: Desk, given: RemoveInput) -> str:
    """Say what would be removed."""
    await asyncio.to_thread(desk.triggers.require, given.name)
    return f"removes {path_of(given.name)} in a commit; what it started goes on"


async def gate(desk: Desk, trigger: Trigger) -> tuple[Verdict | None, str]:
    """Say what policy says to what a trigger starts, drafted now as it would ask, and what that means for each run."""
    verdict, says = await _gate_of_work(desk, trigger)
    why = why_let(desk.triggers.source_of(trigger)[1])
    if not why:
        return verdict, says
    by_itself = f"By itself {why}. Keeping it is your yes to just that."
    return verdict, f"{by_itself} {says}" if trigger.starts else by_itself


async def _gate_of_work(desk: Desk, trigger: Trigger) -> tuple[Verdict | None, str]:
    starts = trigger.starts
    if starts is None:
        return None, "It starts nothing: it watches, and tells."
    if uses_event(starts.input):
        return (
            None,
            "Its input is known only when something arrives; each run is judged then, and asked without a grant.",
        )
    proposer = PROPOSERS.get(kind_of(starts))
    if proposer is None:
        return None, "What a goal does is judged each time it is started."
    at_its_desk = replace(desk, actor=actor_of(trigger), is_dry_run=True)
    try:
        card = await proposer(at_its_desk, order_of(trigger, starts, None))
    except (NotFound, InvalidInput):
        raise
    except StewardError as error:  # a machine that is off now, say: each start is judged anew anyway
        return None, f"It could not be drafted now ({error}); each run is judged by itself."
    decision = card.decision
    if decision.verdict is Verdict.DENY:
        raise denied(decision)
    if decision.verdict is Verdict.ALLOW:
        return (
            decision.verdict,
            f"Each run goes ahead by {', '.join(decision.grants) or 'policy'}, as long as that holds.",
        )
    return decision.verdict, "Each run will be asked: no grant covers it."


async def _allowed(desk: Desk, given: AddInput) -> tuple[Trigger, str]:
    """Return the trigger of a text, and what each of its runs will need.

    Raises:
        InvalidFile: the text does not fit.
        Denied: policy says no to what it would start.
    """
    if not given.text:
        raise InvalidInput("there is no text", next_step="give the path of a file: `steward trigger add nightly.yaml`")
    trigger = await asyncio.to_thread(_new, desk, given.text, _name_of(given.what))
    _, each_run = await gate(desk, trigger)
    return trigger, each_run


def _kept(desk: Desk, text: str, name: str) -> Trigger:
    return desk.triggers.parse(text, name=name)


def _new(desk: Desk, text: str, name: str) -> Trigger:
    """Return the trigger of a text that is to be kept; InvalidFile also where its times have all passed."""
    trigger = _kept(desk, text, name)
    if trigger.schedule is not None and not _is_ahead(desk, trigger):
        form = form_of(trigger.schedule)
        source = Source(text, file=path_of(name))
        why = f"all of `{visible_line(getattr(trigger.schedule, form))}` has passed"
        source.note(("schedule", form), "it would never be due", why=why, next_step="write a time that lies ahead")
        source.end()
    return trigger


def _is_ahead(desk: Desk, trigger: Trigger) -> bool:
    """Tell whether a trigger is due once more, where time says when."""
    schedule, now = trigger.schedule, desk.clock.now()
    if schedule is None:
        return True
    return next(upcoming(schedule, now, desk.triggers.words.zone, name=trigger.name), None) is not None


def _name_of(what: str) -> str:
    return what.rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")


COMMANDS = (
    CommandSpec(
        name="trigger.check",
        right=Right.READ,
        input=CheckInput,
        output=TriggerCheck,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="trigger check restart-web.yaml", does="Tell every problem of a file, with its line"),
            Example(
                line="trigger check nightly", does="Check a trigger of the workspace, and whether it would be asked"
            ),
        ),
    ),
    CommandSpec(
        name="trigger.add",
        right=Right.GOVERN,
        input=AddInput,
        output=KeptTrigger,
        handler=add,
        preview=preview_add,
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        undo="steward trigger rm NAME, or git revert in the workspace",
        verify="steward trigger show NAME",
        examples=(
            Example(line="trigger add restart-web.yaml", does="Keep a trigger, after its work passed the gate"),
            Example(line="trigger add restart-web.yaml --dry-run", does="Say whether each run would be asked"),
        ),
    ),
    CommandSpec(
        name="trigger.rm",
        right=Right.GOVERN,
        input=RemoveInput,
        output=KeptTrigger,
        handler=remove,
        preview=preview_remove,
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        undo="git revert in the workspace",
        verify="steward trigger ls",
        examples=(
            Example(line="trigger rm nightly", does="Take a trigger away"),
            Example(line="trigger rm nightly --dry-run", does="Say what would be removed"),
        ),
    ),
)
