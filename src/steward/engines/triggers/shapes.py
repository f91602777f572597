"""How triggers and their occurrences are told, the same in every command."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from steward.core.schedule_words import describe
from steward.core.trigger_files import ReadTrigger, TriggerFiles
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.ids import RunId
from steward.model.run import RunState
from steward.model.trigger import Occurrence, OccurrenceState, Trigger, TriggerKind, TriggerState

_COMES = {
    TriggerKind.SCHEDULE: "never",
    TriggerKind.PING: "when a sign of life stays away",
    TriggerKind.HOOK: "when a signed delivery comes",
    TriggerKind.UNIT: "when a unit failed",
    TriggerKind.JOURNAL: "when a line of the journal fits",
    TriggerKind.FILES: "when a file appears, changes or goes",
    TriggerKind.CONDITION: "when a condition comes true",
    TriggerKind.MQTT: "when a message comes",
    TriggerKind.CONSUL: "when a key or a service changes",
    TriggerKind.EVENT: "when Steward tells an event",
}
_GOOD = frozenset({"", RunState.VERIFIED.value})
_LONGEST_SAID = 200


@record
class OccurrenceLine:
    """One time it was due, or something arrived."""

    id: str
    """Id."""
    trigger: str
    """Name of the trigger."""
    due: datetime
    """When it was due, or arrived (UTC)."""
    said: str
    """What arrived, in one line; from outside. Empty for time."""
    state: OccurrenceState
    """Where it stands."""
    result: str
    """State its run ended in; empty without one."""
    reason: str
    """Why it ended so; empty while it goes on."""
    run: RunId | None
    """Run that came of it."""
    started: datetime | None
    """When the run began; None without one."""
    seconds: float | None
    """How long the run took; None while it goes on or without one."""
    is_late: bool
    """Whether it did not begin or end in time."""
    is_good: bool | None
    """Whether it ended well; None while it goes on."""


@record
class TriggerLine:
    """One trigger in one line."""

    name: str
    """Name."""
    kind: TriggerKind
    """What starts it."""
    says: str
    """What it is for."""
    when: str
    """When, in words."""
    starts: str
    """What it starts; empty: it only watches."""
    state: str
    """`on`, `off` (its file says so), `paused` or `in trouble`."""
    why: str
    """Why it is paused or in trouble."""
    next_due: datetime | None
    """When it is due next; None where no time says so."""
    last: OccurrenceLine | None
    """The newest occurrence."""
    recent: tuple[OccurrenceLine, ...]
    """The last thirty, newest first, where they were asked for; else none."""


def occurrence_line(row: Occurrence) -> OccurrenceLine:
    """Return an occurrence as it is told."""
    seconds = (row.ended - row.started).total_seconds() if row.ended and row.started else None
    is_good: bool | None = None
    if row.ended is not None:
        is_good = row.state is OccurrenceState.ENDED and row.result in _GOOD
    return OccurrenceLine(
        id=row.id,
        trigger=row.trigger,
        due=row.due,
        said=visible_line(str(row.event.get("says") or ""))[:_LONGEST_SAID],
        state=row.state,
        result=row.result,
        reason=row.reason,
        run=row.run,
        started=row.started,
        seconds=seconds,
        is_late=row.is_late,
        is_good=is_good,
    )


def trigger_line(
    read: ReadTrigger,
    state: TriggerState | None,
    rows: Sequence[Occurrence],
    next_due: datetime | None,
    zone: str,
    *,
    is_whole: bool = False,
) -> TriggerLine:
    """Return a trigger as it is told; of its occurrences, newest first, all of them or only the first."""
    trigger = read.trigger
    standing, why = _standing(trigger, state)
    return TriggerLine(
        name=trigger.name,
        kind=trigger.kind,
        says=trigger.says,
        when=_when(trigger, zone),
        starts=started_by(trigger),
        state=standing,
        why=why,
        next_due=next_due if standing in ("on", "in trouble") else None,
        last=occurrence_line(rows[0]) if rows else None,
        recent=tuple(occurrence_line(row) for row in rows) if is_whole else (),
    )


def _when(trigger: Trigger, zone: str) -> str:
    schedule = trigger.schedule
    if schedule is None:
        return _COMES[trigger.kind]
    if trigger.kind is TriggerKind.PING:
        expected = f"at least every {schedule.every}" if schedule.every else describe(schedule, zone)
        return f"a sign of life is expected {expected}"
    return describe(schedule, zone)


def started_by(trigger: Trigger) -> str:
    """Return what a trigger starts, in words."""
    starts = trigger.starts
    if starts is None:
        return ""
    if starts.command:
        return starts.command
    return f"workflow {starts.workflow}" if starts.workflow else f"goal {starts.goal}"


def _standing(trigger: Trigger, state: TriggerState | None) -> tuple[str, str]:
    if not trigger.is_on:
        return "off", "its file says `enabled: false`"
    if state is not None and state.paused is not None:
        return "paused", f"by {state.paused_by}" + (f": {state.pause_reason}" if state.pause_reason else "")
    if state is not None and state.troubled is not None:
        return "in trouble", state.trouble
    return "on", ""


def usual_seconds(rows: tuple[Occurrence, ...]) -> float:
    """Return how long a trigger's runs usually take; 0 where that is not known."""
    took = [(row.ended - row.started) / timedelta(seconds=1) for row in rows if row.ended and row.started]
    return round(median(took), 1) if took else 0.0


def problems_of(files: TriggerFiles) -> tuple[str, ...]:
    """Return what is wrong with files as they are now."""
    return tuple(str(problem) for problem in files.look().problems)
