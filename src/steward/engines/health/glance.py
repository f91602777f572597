"""Does it work? For people who want to know only that: no names of files, no internals, nothing to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.glances import ServiceTally
from steward.core.graph import shown
from steward.engines.health.overview import unseen_of
from steward.engines.health.wrong import worst_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.command import Example
from steward.model.finding import Severity
from steward.model.graph import Thing, ThingKind
from steward.model.ids import FindingId, PlanId
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.model.run import JOB_STATES, RunState
from steward.store import approvals, facts, findings, plans, runs
from steward.store.database import Connection
from steward.store.findings import FindingLine

_MOST_NAMED = 20
_MOST_RUNS = 50
_RANK = ("down", "unknown", "warning", "watch", "ok")


class Care(StrEnum):
    """What is being done about something that does not work."""

    NOTHING = "nothing"
    """Nothing has to be done."""
    REPAIRING = "repairing"
    """A repair is under way."""
    WAITING = "waiting"
    """A repair waits for a yes."""
    KNOWN = "known"
    """It is known, and somebody has to look."""


@record
class Broken:
    """One service that does not work."""

    name: str
    """Name people use; from outside."""
    since: datetime | None
    """Since when, as far as known (UTC)."""
    care: Care
    """What is being done about it: `repairing`, `waiting` or `known`."""


@record
class GlanceGroup:
    """One machine and what it does for people."""

    name: str
    """Name of the machine."""
    state: str
    """`ok`, `warning` (works in part, or needs care), `down` (nothing works) or `unknown` (nobody can see it)."""
    since: datetime | None
    """Since when something is wrong there (UTC); None when nothing is."""
    care: Care
    """What is being done about it."""
    working: int
    """Services that work."""
    broken: tuple[Broken, ...]
    """Services that do not; at most twenty."""
    broken_count: int
    """How many do not in all."""


@record
class Glance:
    """Whether everything works."""

    sentence: str
    """The answer in one sentence."""
    state: str
    """Status word of the whole."""
    working: int
    """Services that work."""
    broken: int
    """Services that do not."""
    groups: tuple[GlanceGroup, ...]
    """Machines; what needs care first."""
    as_of: datetime
    """When this was put together (UTC)."""


@record
class GlanceInput:
    """Tell in plain words whether everything works, since when something does not, and what is done about it."""


class _Read:
    """What one look into the store gives."""

    def __init__(self, connection: Connection) -> None:
        self.found = findings.lines(connection)
        self.seen = facts.moments(connection)
        going = [
            run.plan for run in runs.listing(connection, states=(*JOB_STATES, RunState.SUSPENDED), limit=_MOST_RUNS)
        ]
        asked = [one.plan for one in approvals.listing(connection, states=(ApprovalState.PENDING,), limit=_MOST_RUNS)]
        self.repairing = _cured_by(connection, going)
        self.waiting = _cured_by(connection, asked)

    def care_of(self, found: Sequence[FindingLine]) -> Care:
        """Return what is being done about these."""
        mine = {each.id for each in found}
        if mine & self.repairing:
            return Care.REPAIRING
        return Care.WAITING if mine & self.waiting else Care.KNOWN


def _cured_by(connection: Connection, chosen: Sequence[PlanId]) -> set[FindingId]:
    stored = (plans.get(connection, each) for each in chosen)
    return {one.plan.finding for one in stored if one is not None and one.plan.finding is not None}


async def glance(desk: Desk, _input: GlanceInput) -> Glance:
    """Say whether everything works."""
    machines = desk.workspace.inventory().machines
    read = await desk.storage.read(_Read)
    tallies, graph = await desk.glances.services(), await desk.glances.graph()
    down = [thing for thing in graph.things if thing.kind is ThingKind.SERVICE and thing.state == "down"]
    blind = {name for name, _ in unseen_of(machines, read.found, read.seen, desk.clock.now())}
    groups = [_group(machine, read, down, tallies, is_blind=machine.name in blind) for machine in machines]
    broken = sum(group.broken_count for group in groups)
    return Glance(
        sentence=_sentence(groups, broken),
        state=Severity.DOWN.value if broken else _worst([group.state for group in groups]),
        working=sum(group.working for group in groups),
        broken=broken,
        groups=tuple(sorted(groups, key=lambda group: _RANK.index(group.state))),
        as_of=desk.clock.now(),
    )


def _worst(states: Sequence[str]) -> str:
    return min(states, key=_RANK.index, default="unknown")


def _group(
    machine: Machine, read: _Read, down: Sequence[Thing], tallies: Mapping[str, ServiceTally], *, is_blind: bool
) -> GlanceGroup:
    mine = [each for each in read.found if each.machine == machine.id and each.severity is not Severity.WATCH]
    working = tallies.get(machine.name, ServiceTally()).up
    things = [thing for thing in down if thing.machine == machine.name]
    return GlanceGroup(
        name=machine.name,
        state=_state(mine, things, working=working, is_blind=is_blind),
        since=min((each.since for each in mine), default=None),
        care=read.care_of(mine) if mine or things else Care.NOTHING,
        working=working,
        broken=tuple(_broken(thing, mine, read) for thing in things[:_MOST_NAMED]),
        broken_count=len(things),
    )


def _state(mine: Sequence[FindingLine], things: Sequence[Thing], *, working: int, is_blind: bool) -> str:
    if is_blind:
        return Severity.UNKNOWN.value
    if things:
        return Severity.WARNING.value if working else Severity.DOWN.value
    worst = worst_of(mine)
    return "ok" if worst is None else Severity.UNKNOWN.value if worst is Severity.UNKNOWN else Severity.WARNING.value


def _broken(thing: Thing, mine: Sequence[FindingLine], read: _Read) -> Broken:
    about = [each for each in mine if shown(each.resource) in thing.resources]
    return Broken(
        name=thing.name,
        since=min((each.since for each in about), default=None),
        care=read.care_of(about),
    )


def _sentence(groups: Sequence[GlanceGroup], broken: int) -> str:
    blind = [group.name for group in groups if group.state == Severity.UNKNOWN.value]
    if not groups:
        return "Nothing is looked after yet."
    parts = [f"Nobody can tell how {', '.join(blind[:3])} {'is' if len(blind) == 1 else 'are'}."] if blind else []
    if broken:
        parts.append(f"{plural(broken, 'service')} {'does' if broken == 1 else 'do'} not work.")
    elif any(group.state in {"down", "warning"} for group in groups):
        parts.append("Something needs care.")
    elif not blind:
        parts.append("Everything works.")
    return " ".join(parts)


COMMANDS = (
    CommandSpec(
        name="glance",
        right=Right.GLANCE,
        input=GlanceInput,
        output=Glance,
        handler=glance,
        risk=Risk.READ,
        examples=(
            Example(line="glance", does="Say in plain words whether everything works"),
            Example(line="glance --json", does="The same as one JSON object"),
        ),
    ),
)
