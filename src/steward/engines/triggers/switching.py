"""Pause, resume and fire triggers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.trigger_files import ReadTrigger
from steward.engines.triggers.shapes import OccurrenceLine, occurrence_line
from steward.lib.io.ids import new_id
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, NotFound
from steward.model.risk import Risk, Strength
from steward.model.taint import Taint
from steward.model.trigger import (
    Occurrence,
    OccurrenceState,
    Overlap,
    Trigger,
    TriggerKind,
    TriggerState,
    occurrence_id,
)
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

_FINDS = frozenset({TriggerKind.FILES, TriggerKind.UNIT, TriggerKind.JOURNAL, TriggerKind.MQTT, TriggerKind.CONSUL})
"""Kinds that are not followed while they are paused, and whose memory finds afterwards what came about."""
_OPEN = (OccurrenceState.DUE, OccurrenceState.CLAIMED, OccurrenceState.STARTED, OccurrenceState.ASKED)


@record
class PauseTriggerInput:
    """Let a trigger start nothing until somebody resumes it; what it started goes on.

    Times, deliveries and events of Steward that come meanwhile are shown as skipped. Files, units, journals, brokers
    and Consul are not followed; what came about, and is still there to see, is found afterwards. A condition is asked
    again from then on. Signs of life are kept, but one that stays away or says that it failed is not told.
    """

    name: str
    """Name of the trigger."""
    reason: str = ""
    """Why, for whoever finds it paused."""


@record
class ResumeTriggerInput:
    """Let a paused trigger go on, from now."""

    name: str
    """Name of the trigger."""


@record
class Switched:
    """How a trigger stands now."""

    sentence: str
    """What was done, in one sentence."""
    name: str
    """Name of the trigger."""


@record
class FireInput:
    """Let a trigger be due now: what it starts is judged and asked like always, as the trigger.

    While a run of it goes on, its `overlap` says what becomes of this one; one that is paused is refused. With
    --occurrence a missed one that waits for your word is due after all.
    """

    name: str
    """Name of the trigger."""
    occurrence: str = ""
    """A missed occurrence that waits for a person."""


@record
class Fired:
    """What is due."""

    sentence: str
    """What was done, in one sentence."""
    occurrence: OccurrenceLine
    """The occurrence; `steward trigger history NAME` tells what comes of it."""


async def pause(desk: Desk, given: PauseTriggerInput) -> Switched:
    """Pause one."""
    read = await asyncio.to_thread(desk.triggers.require, given.name)

    def write(connection: Connection) -> bool:
        now = desk.clock.now()
        _known(connection, desk, read)
        is_new = trigger_states.pause(connection, given.name, by=desk.actor.id, at=now, reason=given.reason)
        if is_new:
            _tell(connection, desk, given.name, "trigger.paused")
        return is_new

    is_new = await desk.storage.write(write)
    sentence = f"{given.name} is paused." if is_new else f"{given.name} was paused before."
    return Switched(sentence=sentence, name=given.name)


async def resume(desk: Desk, given: ResumeTriggerInput) -> Switched:
    """Let one go on."""
    read = await asyncio.to_thread(desk.triggers.require, given.name)

    def write(connection: Connection) -> bool:
        is_new = trigger_states.resume(connection, given.name)
        if is_new and read.trigger.kind is TriggerKind.PING:  # else what stayed away meanwhile is told at once
            trigger_states.count_from(connection, given.name, desk.clock.now())
        if is_new:
            _tell(connection, desk, given.name, "trigger.resumed")
        return is_new

    if not await desk.storage.write(write):
        raise Conflict(f"{given.name} is not paused", next_step=f"`steward trigger show {given.name}`")
    return Switched(sentence=f"{given.name} goes on from now.", name=given.name)


async def preview_resume(desk: Desk, given: ResumeTriggerInput) -> str:
    """Say what would go on."""
    kind = (await asyncio.to_thread(desk.triggers.require, given.name)).trigger.kind
    if kind in _FINDS:
        return f"{given.name} would go on where it was paused: what came about meanwhile is found, and acted on"
    return f"{given.name} would go on from now; nothing that was left out is made up for"


async def fire(desk: Desk, given: FireInput) -> Fired:
    """Start what it starts."""
    read = await asyncio.to_thread(desk.triggers.require, given.name)
    await _demand_unpaused(desk, given.name)
    if given.occurrence:
        desk.require(Strength.STEP_UP)
        row, before = await desk.storage.write(_admit, desk, given)
        says = _what_comes(read.trigger, before)
        return Fired(sentence=f"{row.id} is due after all. {says}", occurrence=occurrence_line(row))
    if desk.is_dry_run:
        raise Conflict("this has no preview", next_step=f"`steward trigger check {given.name}` says what it would do")
    now = desk.clock.now()
    row = Occurrence(
        id=occurrence_id(given.name, f"fired {new_id('fire')}"),
        trigger=given.name,
        due=now,
        event={"kind": "fired", "by": desk.actor.id, "taint": Taint.TRUSTED.value},
    )

    def write(connection: Connection) -> tuple[Occurrence, ...]:
        _known(connection, desk, read)
        before = _under_way(connection, given.name)
        occurrences.add(connection, [row])
        _tell(connection, desk, given.name, "trigger.fired")
        return before

    says = _what_comes(read.trigger, await desk.storage.write(write))
    return Fired(sentence=f"{given.name} is due now, as {row.id}. {says}", occurrence=occurrence_line(row))


def _under_way(connection: Connection, name: str) -> tuple[Occurrence, ...]:
    """Return what of a trigger begins, goes on or waits for an approval, newest first."""
    found = occurrences.listing(connection, trigger=name, states=_OPEN)
    return tuple(row for row in found if row.state is not OccurrenceState.ASKED or row.run)


def _what_comes(trigger: Trigger, before: Sequence[Occurrence]) -> str:
    """Say what becomes of one that is due now, as far as that is known before it is looked at."""
    told = f"`steward trigger show {trigger.name}` tells what came of it."
    if len(before) < (trigger.most_at_once if trigger.overlap is Overlap.ALLOW else 1):
        return told
    then = "waits for that" if trigger.overlap is Overlap.QUEUE else "is skipped unless a run ends first"
    return f"{before[0].run or before[0].id} is not at its end: this one {then} (`overlap`). {told}"


async def _demand_unpaused(desk: Desk, name: str) -> None:
    """Refuse to start what a person paused: whoever may propose may fire, and only a person lets it go on."""
    state = await desk.storage.read(trigger_states.get, name)
    if state is not None and state.paused is not None:
        why = f"{state.paused_by} paused it" + (f": {visible_line(state.pause_reason)}" if state.pause_reason else "")
        raise Conflict(f"{name} is paused", why=why, next_step=f"`steward trigger resume {name}`")


def _known(connection: Connection, desk: Desk, read: ReadTrigger) -> None:
    """Keep a row for a trigger that was not looked at yet."""
    name = read.trigger.name
    if trigger_states.get(connection, name) is None:
        fresh = TriggerState(name=name, digest=read.digest, seen_until=desk.clock.now(), memory={})
        trigger_states.put(connection, fresh)


def _admit(connection: Connection, desk: Desk, given: FireInput) -> tuple[Occurrence, tuple[Occurrence, ...]]:
    """Let a missed one be due; return it, and what is under way besides."""
    row = occurrences.get(connection, given.occurrence)
    if row is None or row.trigger != given.name:
        step = f"`steward trigger history {given.name}`"
        raise NotFound(f"{given.name} has no occurrence `{visible_line(given.occurrence)}`", next_step=step)
    waits = row.state is OccurrenceState.ASKED and row.run is None
    before = _under_way(connection, given.name)
    reason = f"it was missed; {desk.actor.id} lets it run after all"
    if not waits or not occurrences.move(connection, row, to=OccurrenceState.DUE, at=desk.clock.now(), reason=reason):
        raise Conflict(f"{row.id} does not wait for anybody", why=f"it is {row.state.value}")
    _tell(connection, desk, given.name, "trigger.fired")
    return replace(row, state=OccurrenceState.DUE, reason=reason), before


def _tell(connection: Connection, desk: Desk, name: str, kind: str) -> None:
    text = f"{name}: {kind.partition('.')[2]} by {desk.actor.name}"
    desk.events.add(connection, kind, name, actor=desk.actor.id, data={"text": text})


COMMANDS = (
    CommandSpec(
        name="trigger.pause",
        right=Right.BRAKE,
        input=PauseTriggerInput,
        output=Switched,
        handler=pause,
        risk=Risk.REVERSIBLE,
        remarks=frozenset({"reason"}),
        examples=(
            Example(line="trigger pause nightly", does="Let it start nothing until it is resumed"),
            Example(line='trigger pause nightly --reason "visitors"', does="The same, and say why"),
        ),
    ),
    CommandSpec(
        name="trigger.resume",
        right=Right.DECIDE,
        input=ResumeTriggerInput,
        output=Switched,
        handler=resume,
        preview=preview_resume,
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        undo="steward trigger pause NAME",
        verify="steward trigger show NAME",
        examples=(
            Example(line="trigger resume nightly", does="Let a paused trigger go on, from now"),
            Example(line="trigger resume nightly --dry-run", does="Say what would go on"),
        ),
    ),
    CommandSpec(
        name="trigger.fire",
        right=Right.PROPOSE,
        input=FireInput,
        output=Fired,
        handler=fire,
        risk=Risk.READ,
        examples=(
            Example(line="trigger fire nightly", does="Let it be due now, judged like always"),
            Example(
                line="trigger fire nightly --occurrence occ-2b7e151628aed2a6abf7",
                does="Let a missed one be due after all",
            ),
        ),
    ),
)
