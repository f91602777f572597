"""Which triggers there are, how each is doing, and what came of it lately."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.schedules import upcoming
from steward.core.trigger_files import ReadTrigger, TriggerSet, path_of
from steward.engines.triggers.shapes import (
    OccurrenceLine,
    TriggerLine,
    occurrence_line,
    problems_of,
    trigger_line,
    usual_seconds,
)
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from steward.model.trigger import Missed, Occurrence, Overlap, Trigger, TriggerKind, TriggerState
from steward.store import occurrences, trigger_states
from steward.store.database import Connection

STATES = ("on", "off", "paused", "in trouble", "late")
"""How triggers can stand, as a list can be narrowed to it."""
_NEXT = 10
_LAST = 30
_COMMITS = 10
_LONGEST_DIFFERENCE = 400


@record
class ListInput:
    """List what starts work by itself, when each is due next, and how it went last."""

    kind: str = ""
    """Only this kind: `schedule`, `hook`, `ping`."""
    state: str = ""
    """Only those that are `on`, `off`, `paused`, `in trouble`, or whose newest occurrence is `late`."""
    recent: bool = False
    """Also tell the last thirty occurrences of each."""


@record
class TriggerList:
    """Every trigger."""

    sentence: str
    """The answer in one sentence."""
    total: int
    """How many there are in all."""
    triggers: tuple[TriggerLine, ...]
    """Triggers in force that were asked for, by name."""
    problems: tuple[str, ...]
    """What is wrong with their files."""

    @property
    def exit_code(self) -> int:
        """10 when a file or a trigger is in trouble, else 0."""
        return 10 if self.problems or any(line.state == "in trouble" for line in self.triggers) else 0


@record
class ShowInput:
    """Show one trigger: its text, the next ten times it is due, the last thirty and how they went.

    One that is paused or off has no next times, until it is resumed or its file says `enabled: true`.
    """

    name: str
    """Name of the trigger."""


@record
class TriggerCommit:
    """One commit of a trigger's file."""

    commit: str
    """The commit."""
    difference: str
    """What it changed, as a unified diff; of the oldest one that is told, its whole text."""


@record
class TriggerPage:
    """One trigger."""

    trigger: TriggerLine
    """It, in one line."""
    file: str
    """Its file in the workspace."""
    text: str
    """What the file says now."""
    problem: str
    """What is wrong with the file as it is now; the version before it is in force. Empty when all is well."""
    commits: tuple[TriggerCommit, ...]
    """The newest commits of its file."""
    missed: Missed
    """What becomes of missed occurrences."""
    overlap: Overlap
    """What happens when it is due while its run before goes on."""
    jitter_seconds: int
    """Put off by up to so long."""
    start_within_seconds: int
    """Not begun so long after it was due: an alert by itself."""
    end_within_seconds: int
    """Not at its end so long after it was due: an alert by itself; 0: never."""
    next: tuple[datetime, ...]
    """The next ten times it is due (UTC); none of one that is paused or off."""
    history: tuple[OccurrenceLine, ...]
    """The last thirty, newest first."""
    usual_seconds: float
    """How long its runs usually take; 0: not known."""
    pings: tuple[str, ...]
    """For a ping: the newest signs of life."""


@record
class HistoryInput:
    """Tell what came of triggers: when each was due, how it went, how long it took and why."""

    name: str = ""
    """Only this trigger."""
    limit: int = _LAST
    """At most so many, newest first."""


@record
class TriggerHistory:
    """What came of triggers."""

    sentence: str
    """The answer in one sentence."""
    occurrences: tuple[OccurrenceLine, ...]
    """Newest first."""


async def listed(desk: Desk, given: ListInput) -> TriggerList:
    """List triggers."""
    _require_known("kind", given.kind, [kind.value for kind in TriggerKind])
    _require_known("state", given.state, STATES)
    seen = await asyncio.to_thread(desk.triggers.look)
    known = await desk.storage.read(trigger_states.listing)
    last = await desk.storage.read(_newest, seen, _LAST if given.recent else 1)
    every = tuple(
        _line(desk, read, known.get(name), last[name], is_whole=given.recent)
        for name, read in sorted(seen.triggers.items())
    )
    lines = tuple(line for line in every if _is_asked_for(line, given))
    wrong = sum(line.state == "in trouble" for line in lines)
    sentence = f"{plural(len(lines), 'trigger')}" + (f", {wrong} in trouble." if wrong else ".")
    problems = await asyncio.to_thread(problems_of, desk.triggers)
    return TriggerList(sentence=sentence, total=len(every), triggers=lines, problems=problems)


async def show(desk: Desk, given: ShowInput) -> TriggerPage:
    """Show one."""
    read = await asyncio.to_thread(desk.triggers.require, given.name)
    trigger = read.trigger
    known = await desk.storage.read(trigger_states.listing)
    rows = await desk.storage.read(occurrences.listing, trigger=trigger.name, limit=_LAST)
    state = known.get(trigger.name)
    problems = await asyncio.to_thread(lambda: desk.triggers.look().problems)
    is_ping = trigger.kind is TriggerKind.PING
    line = _line(desk, read, state, rows)
    return TriggerPage(
        trigger=line,
        file=path_of(trigger.name),
        text=await asyncio.to_thread(desk.triggers.text_of, trigger.name),
        problem=next((str(problem) for problem in problems if problem.file == path_of(trigger.name)), ""),
        commits=await asyncio.to_thread(_commits, desk, trigger.name),
        missed=trigger.missed,
        overlap=trigger.overlap,
        jitter_seconds=trigger.schedule.jitter_seconds if trigger.schedule else 0,
        start_within_seconds=trigger.start_within_seconds,
        end_within_seconds=trigger.end_within_seconds,
        next=tuple(islice(_upcoming(desk, trigger), _NEXT)) if line.next_due else (),
        history=tuple(occurrence_line(row) for row in rows),
        usual_seconds=usual_seconds(rows),
        pings=_pings(state) if is_ping else (),
    )


async def history(desk: Desk, given: HistoryInput) -> TriggerHistory:
    """Tell what came of them."""
    if given.name:
        await asyncio.to_thread(desk.triggers.require, given.name)
    limit = max(1, min(given.limit, 1_000))
    rows = await desk.storage.read(occurrences.listing, trigger=given.name or None, limit=limit)
    lines = tuple(occurrence_line(row) for row in rows)
    bad = sum(line.is_good is False for line in lines)
    sentence = f"{plural(len(lines), 'occurrence')}" + (f", {bad} of them not well." if bad else ".")
    return TriggerHistory(sentence=sentence, occurrences=lines)


def _line(
    desk: Desk, read: ReadTrigger, state: TriggerState | None, rows: Sequence[Occurrence], *, is_whole: bool = False
) -> TriggerLine:
    due = next(_upcoming(desk, read.trigger), None)
    return trigger_line(read, state, rows, due, desk.triggers.words.zone, is_whole=is_whole)


def _require_known(field: str, value: str, known: Sequence[str]) -> None:
    if value and value not in known:
        raise InvalidInput(f"there is no {field} `{visible_line(value)}`", next_step=f"one of {', '.join(known)}")


def _is_asked_for(line: TriggerLine, given: ListInput) -> bool:
    is_late = line.last is not None and line.last.is_late
    state_fits = is_late if given.state == "late" else given.state in ("", line.state)
    return given.kind in ("", line.kind.value) and state_fits


def _commits(desk: Desk, name: str) -> tuple[TriggerCommit, ...]:
    kept = tuple(islice(desk.triggers.history(name), _COMMITS))
    befores = (*(text for _, text in kept[1:]), "")
    return tuple(
        TriggerCommit(commit=commit, difference=_difference(before, text))
        for (commit, text), before in zip(kept, befores, strict=False)
    )


def _difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return "\n".join(islice(lines, 2, _LONGEST_DIFFERENCE))


def _upcoming(desk: Desk, trigger: Trigger) -> Iterator[datetime]:
    if trigger.schedule is None or trigger.kind is not TriggerKind.SCHEDULE:
        return iter(())
    return upcoming(trigger.schedule, desk.clock.now(), desk.triggers.words.zone, name=trigger.name)


def _newest(connection: Connection, seen: TriggerSet, limit: int) -> dict[str, tuple[Occurrence, ...]]:
    return {name: occurrences.listing(connection, trigger=name, limit=limit) for name in seen.triggers}


def _pings(state: TriggerState | None) -> tuple[str, ...]:
    kept: list[dict[str, Any]] = state.memory.get("pings", []) if state is not None else []
    return tuple(_ping(each) for each in kept[:_NEXT])


def _ping(kept: Mapping[str, Any]) -> str:
    seconds = kept.get("seconds")
    return f"{str(kept['at'])[:19]} {kept['kind']}" + (f" after {seconds} s" if seconds is not None else "")


COMMANDS = (
    CommandSpec(
        name="trigger.ls",
        right=Right.READ,
        input=ListInput,
        output=TriggerList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="trigger ls", does="List what starts work by itself"),
            Example(line="trigger ls --kind ping --json", does="Only signs of life, as one JSON object"),
        ),
    ),
    CommandSpec(
        name="trigger.show",
        right=Right.READ,
        input=ShowInput,
        output=TriggerPage,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="trigger show nightly", does="Show its text, the next ten times and the last thirty"),
            Example(line="trigger show nightly --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="trigger.history",
        right=Right.READ,
        input=HistoryInput,
        output=TriggerHistory,
        handler=history,
        risk=Risk.READ,
        by_place=("name",),
        examples=(
            Example(line="trigger history nightly", does="Tell the last thirty times, how long each took and why"),
            Example(line="trigger history --limit 100", does="Tell the last hundred of all triggers"),
        ),
    ),
)
