"""Schedules as a calendar: what is due next, this week, and as a feed."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice, takewhile

from steward.core.calendar_feed import Feed, FeedEntry, calendar_feed
from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.quiet_hours import QuietHours, quiet_hours
from steward.core.schedule_week import WeekDay, monday_of, stretch_of, week
from steward.core.schedules import upcoming
from steward.engines.triggers.listing import ListInput, TriggerList, listed
from steward.engines.triggers.shapes import OccurrenceLine, occurrence_line, started_by, usual_seconds
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.brake import BrakeState
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from steward.model.trigger import Schedule, Trigger, TriggerKind
from steward.store import occurrences, trigger_states

_AHEAD = timedelta(days=28)
_MOST = 1_000


@record
class ScheduleListInput:
    """List schedules: when each is due, what it starts, when it is due next and how it went last."""


@record
class NextInput:
    """Tell what is due next, over all schedules, and how long it usually takes."""

    limit: int = 10
    """How many."""


@record
class NextDue:
    """One time something is due."""

    trigger: str
    """Name of the trigger."""
    due: datetime
    """When (UTC)."""
    starts: str
    """What it starts."""
    usual_seconds: float
    """How long that usually takes; 0: not known."""


@record
class NextList:
    """What is due next."""

    sentence: str
    """The answer in one sentence."""
    next: tuple[NextDue, ...]
    """Soonest first."""


@record
class WeekInput:
    """Show a week, day by day: what was due and what came of it, and what is due yet."""

    monday: str = ""
    """First day, `2026-03-02`; empty: this week's Monday."""


@record
class Week:
    """Seven days."""

    sentence: str
    """The answer in one sentence."""
    zone: str
    """Time zone of the days."""
    quiet: tuple[QuietHours, ...]
    """Hours in which a rule of the policy holds changes back; what is due then is refused or asked about."""
    brake: BrakeState
    """Brake that is on: while it is, nothing that is due begins."""
    days: tuple[WeekDay, ...]
    """Days, with what was due and what is due yet."""
    happened: tuple[OccurrenceLine, ...]
    """What came of what was due, oldest first; a moment of a day that is not here lies ahead."""


@record
class FeedInput:
    """Write what is due in the next four weeks as iCalendar, for a calendar program."""


@record
class FeedText:
    """A feed."""

    text: str
    """iCalendar."""


async def schedules(desk: Desk, _given: ScheduleListInput) -> TriggerList:
    """List schedules."""
    every = await listed(desk, ListInput(kind=TriggerKind.SCHEDULE.value))
    lines = every.triggers
    sentence = f"{plural(len(lines), 'schedule')}."
    return TriggerList(sentence=sentence, total=len(lines), triggers=lines, problems=every.problems)


async def soonest(desk: Desk, given: NextInput) -> NextList:
    """Tell what is due next."""
    limit = max(1, min(given.limit, 100))
    merged = heapq.merge(*(_moments(desk, trigger) for trigger in await _active(desk)), key=lambda pair: pair[0])
    found: list[NextDue] = []
    for due, trigger in islice(merged, limit):
        rows = await desk.storage.read(occurrences.listing, trigger=trigger.name, limit=30)
        found.append(
            NextDue(trigger=trigger.name, due=due, starts=started_by(trigger), usual_seconds=usual_seconds(rows))
        )
    sentence = f"{found[0].trigger} is due next." if found else "Nothing is due."
    return NextList(sentence=sentence, next=tuple(found))


async def this_week(desk: Desk, given: WeekInput) -> Week:
    """Show a week."""
    zone = desk.triggers.words.zone
    try:
        first = date.fromisoformat(given.monday) if given.monday else monday_of(desk.clock.now(), zone)
    except ValueError as error:
        raise InvalidInput(f"`{given.monday}` is no day", next_step="write `--monday 2026-03-02`") from error
    after, until = stretch_of(first, zone)
    names = [
        name
        for name, read in (await asyncio.to_thread(desk.triggers.look)).triggers.items()
        if read.trigger.kind is TriggerKind.SCHEDULE
    ]
    rows = await desk.storage.read(occurrences.between, after, until, triggers=names, limit=_MOST)
    ahead = {
        (trigger.name, moment)
        for trigger in await _active(desk)
        if trigger.schedule is not None
        for moment in _between(trigger, trigger.schedule, (max(after, desk.clock.now()), until), zone)
    }
    due = ahead | {(row.trigger, row.due) for row in rows}
    counts = Counter(name for name, _ in due)
    cut = ", ".join(name for name in sorted(counts) if counts[name] >= _MOST)
    sentence = f"{plural(len(due), 'start')} in the week of {first}." + (f" Not all of {cut} are shown." if cut else "")
    happened = tuple(occurrence_line(row) for row in rows)
    quiet = await asyncio.to_thread(lambda: quiet_hours(desk.policy.rules()))
    return Week(
        sentence=sentence,
        zone=zone,
        quiet=quiet,
        brake=await desk.brakes.state(),
        days=week(first, due, zone, [each.hours for each in quiet]),
        happened=happened,
    )


async def feed(desk: Desk, _given: FeedInput) -> FeedText:
    """Write a feed."""
    now = desk.clock.now()
    merged = heapq.merge(*(_moments(desk, trigger) for trigger in await _active(desk)), key=lambda pair: pair[0])
    entries = [
        FeedEntry(trigger=trigger.name, due=due, says=trigger.says, starts=started_by(trigger))
        for due, trigger in islice(takewhile(lambda pair: pair[0] <= now + _AHEAD, merged), _MOST)
    ]
    quiet = await asyncio.to_thread(lambda: quiet_hours(desk.policy.rules()))
    hours = tuple(each.hours for each in quiet)
    made = Feed(title="Steward", made=now, zone=desk.triggers.words.zone, quiet_hours=hours)
    return FeedText(text=await asyncio.to_thread(calendar_feed, made, entries))


async def _active(desk: Desk) -> list[Trigger]:
    """Return schedules that start something: on, and not paused."""
    seen = await asyncio.to_thread(desk.triggers.look)
    known = await desk.storage.read(trigger_states.listing)
    return [
        read.trigger
        for name, read in sorted(seen.triggers.items())
        if read.trigger.kind is TriggerKind.SCHEDULE
        and read.trigger.is_on
        and not (name in known and known[name].paused is not None)
    ]


def _between(trigger: Trigger, schedule: Schedule, stretch: tuple[datetime, datetime], zone: str) -> Iterator[datetime]:
    after, until = stretch
    moments = upcoming(schedule, after, zone, name=trigger.name)
    return islice(takewhile(lambda at: at <= until, moments), _MOST)


def _moments(desk: Desk, trigger: Trigger) -> Iterator[tuple[datetime, Trigger]]:
    if trigger.schedule is not None:
        zone = desk.triggers.words.zone
        for moment in upcoming(trigger.schedule, desk.clock.now(), zone, name=trigger.name):
            yield moment, trigger


COMMANDS = (
    CommandSpec(
        name="schedule.ls",
        right=Right.READ,
        input=ScheduleListInput,
        output=TriggerList,
        handler=schedules,
        risk=Risk.READ,
        examples=(
            Example(line="schedule ls", does="List schedules and when each is due next"),
            Example(line="schedule ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="schedule.next",
        right=Right.READ,
        input=NextInput,
        output=NextList,
        handler=soonest,
        risk=Risk.READ,
        examples=(
            Example(line="schedule next", does="Tell the next ten starts, and how long each usually takes"),
            Example(line="schedule next --limit 30", does="Tell the next thirty"),
        ),
    ),
    CommandSpec(
        name="schedule.week",
        right=Right.READ,
        input=WeekInput,
        output=Week,
        handler=this_week,
        risk=Risk.READ,
        examples=(
            Example(line="schedule week", does="Show this week, day by day"),
            Example(line="schedule week --monday 2026-03-02", does="Show another week"),
        ),
    ),
    CommandSpec(
        name="schedule.ics",
        right=Right.READ,
        input=FeedInput,
        output=FeedText,
        handler=feed,
        risk=Risk.READ,
        examples=(
            Example(line="schedule ics", does="Write four weeks as iCalendar"),
            Example(line="schedule ics --json", does="The same as one JSON object"),
        ),
    ),
)
