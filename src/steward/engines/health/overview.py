"""The first page in one answer: what is wrong, what waits, what is being done, how the machines are, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.glances import ServiceTally, Trend
from steward.core.lines import ApprovalLine, RunLine, approval_lines, run_lines
from steward.core.team import Team, team_of
from steward.core.trigger_problems import trigger_problems
from steward.core.waits import waits_of
from steward.engines.health.asking import AskingRun, asking
from steward.engines.health.beats import ServiceBeat, beats_of
from steward.engines.health.changed import Changed
from steward.engines.health.machine_row import MachineRow, row_of
from steward.engines.health.telling import Told, answer_of, news_of, tone_of
from steward.engines.health.unseen import KEY_CHECK, REACH_CHECK
from steward.engines.health.wrong import WrongGroup, grouped, severe_first
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.brake import BrakeState
from steward.model.command import Example
from steward.model.finding import Severity
from steward.model.ids import MachineId, RunId
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.model.run import ENDED, UNDER_WAY, RunState
from steward.store import differences, facts, findings, plans, runs, steps
from steward.store.database import Connection
from steward.store.findings import FindingLine

_OLD = timedelta(hours=1)
"""Who was not looked at for so long is not seen: then nobody looks, for a machine that does not answer is a finding."""
_DAY = timedelta(hours=24)
_MOST_CHANGES = 12
_MOST_RUNS = 10
_LATELY = 3


@record
class OverviewInput:
    """Tell everything of the first page: is something wrong, what waits, what is done, how the machines are."""

    machine: str = ""
    """Also list the services of this machine, by name or id, each with its last 24 hours."""


@record
class Doing:
    """One run that is under way."""

    id: RunId
    """Id."""
    title: str
    """What it does."""
    machines: tuple[str, ...]
    """Where."""
    state: str
    """Where it stands."""
    started: datetime
    """Since when it runs (UTC)."""
    step: str
    """What it does now; empty before the first step."""
    step_number: int
    """Which step that is, from 1."""
    steps: int
    """How many steps it has."""
    waits_for: tuple[str, ...] = ()
    """Of a suspended run what it waits for: `person`, `hands`, `time`, `condition`, `event`."""


@record
class Overview:
    """The first page."""

    sentence: str
    """The answer in one or a few sentences: the next two together."""
    answer: str
    """What cannot be seen, what is wrong, what waits."""
    news: str
    """What changed since yesterday."""
    tone: str
    """Status word of the whole; `unknown` when something cannot be seen."""
    brake: BrakeState
    """Brake that is on."""
    waiting: tuple[ApprovalLine, ...]
    """What waits for a person, oldest first."""
    asking: tuple[AskingRun, ...]
    """What runs that are under way wait for from people, the longest first."""
    wrong: tuple[WrongGroup, ...]
    """What is wrong, worst first, the same on many machines as one."""
    wrong_count: int
    """How many findings in all."""
    running: tuple[Doing, ...]
    """What is being done."""
    lately: tuple[RunLine, ...]
    """The last runs that ended."""
    machines: tuple[MachineRow, ...]
    """Every machine, in the order of the inventory."""
    services: ServiceTally
    """How many services there are in all."""
    opened: tuple[ServiceBeat, ...]
    """Services of the machine that was asked for, those that need care first."""
    changed: tuple[Changed, ...]
    """What changed in the last 24 hours, newest first; at most twelve."""
    changed_count: int
    """How much changed in all."""
    problems: tuple[str, ...]
    """What is wrong with the workspace's files, and with who should carry runs out."""
    looked_at: datetime | None
    """When the machine was looked at that was looked at least lately (UTC)."""
    as_of: datetime
    """When this was put together (UTC)."""


class _Read:
    """What one look into the store gives."""

    def __init__(self, connection: Connection, known: Mapping[MachineId, str], now: datetime) -> None:
        found = (each for each in findings.lines(connection) if each.machine in known)
        self.found: tuple[FindingLine, ...] = severe_first(found)
        self.seen = facts.moments(connection)
        since = now - _DAY
        self.changed = tuple(
            each for each in differences.listing(connection, since=since, limit=_MOST_CHANGES) if each.machine in known
        )
        self.changed_count = differences.count(connection, since=since)
        self.doing = _doing(connection)
        self.asking = asking(connection)


async def overview(desk: Desk, given: OverviewInput) -> Overview:
    """Put the first page together."""
    machines, now = desk.workspace.inventory().machines, desk.clock.now()
    names = {machine.id: machine.name for machine in machines}
    chosen = desk.workspace.require(given.machine) if given.machine else None
    read = await desk.storage.read(_Read, names, now)
    waiting = (await approval_lines(desk, (ApprovalState.PENDING,)))[::-1]
    lately = await run_lines(desk, tuple(ENDED), limit=_LATELY)
    brake = await desk.brakes.state()
    team = await desk.storage.read(team_of, desk.storage.database)
    tallies = await desk.glances.services()
    told = _told(desk, machines, read, brake, waiting, tallies)
    answer, news = answer_of(told), news_of(told)
    return Overview(
        sentence=f"{answer} {news}".strip(),
        answer=answer,
        news=news,
        tone=tone_of(told),
        brake=brake,
        waiting=waiting,
        asking=read.asking,
        wrong=grouped(read.found, names),
        wrong_count=len(read.found),
        running=read.doing,
        lately=lately,
        machines=_rows(desk, machines, read, brake, tallies, await desk.glances.trends()),
        services=_sum(list(tallies.values())),
        opened=await beats_of(desk, chosen) if chosen else (),
        changed=tuple(Changed(machine=names[each.machine], difference=each) for each in read.changed),
        changed_count=read.changed_count,
        problems=(*_problems(desk, team), *await trigger_problems(desk)),
        looked_at=min((read.seen[key] for key in names if key in read.seen), default=None),
        as_of=now,
    )


def _problems(desk: Desk, team: Team) -> tuple[str, ...]:
    return (
        *([team.problem] if team.problem else []),
        *(str(problem) for problem in (*desk.workspace.problems(), *desk.policy.problems())),
        *(str(problem) for problem in desk.repositories.problems()),
        *desk.policy.loosened(),
    )


def _told(
    desk: Desk,
    machines: Sequence[Machine],
    read: _Read,
    brake: BrakeState,
    waiting: Sequence[ApprovalLine],
    tallies: Mapping[str, ServiceTally],
) -> Told:
    names = {machine.id: machine.name for machine in machines}
    unseen = unseen_of(machines, read.found, read.seen, desk.clock.now())
    blind = {name for name, _ in unseen}
    whole = _sum(list(tallies.values()))
    return Told(
        now=desk.clock.local(),
        brake=brake.brake,
        unseen=unseen,
        wrong=[
            each
            for each in read.found
            if each.severity is not Severity.WATCH and not (each.check == REACH_CHECK and names[each.machine] in blind)
        ],
        machines=len(machines),
        services_up=whole.up,
        services_down=whole.down,
        waiting=len(waiting) + len(read.asking),
        changed=[(names[each.machine], each) for each in read.changed],
    )


def unseen_of(
    machines: Sequence[Machine],
    found: Sequence[FindingLine],
    seen: Mapping[MachineId, datetime],
    now: datetime,
) -> list[tuple[str, datetime | None]]:
    """Return the machines that cannot be seen: never looked at, not answering, or not looked at for an hour."""
    silent = {each.machine for each in found if each.check in {REACH_CHECK, KEY_CHECK}}
    return [
        (machine.name, seen.get(machine.id))
        for machine in machines
        if machine.id not in seen or machine.id in silent or now - seen[machine.id] > _OLD
    ]


def _sum(tallies: Sequence[ServiceTally]) -> ServiceTally:
    return ServiceTally(
        up=sum(one.up for one in tallies),
        down=sum(one.down for one in tallies),
        unknown=sum(one.unknown for one in tallies),
    )


def _rows(
    desk: Desk,
    machines: Sequence[Machine],
    read: _Read,
    brake: BrakeState,
    tallies: Mapping[str, ServiceTally],
    trends: Mapping[MachineId, Trend],
) -> tuple[MachineRow, ...]:
    mine: dict[MachineId, list[FindingLine]] = {}
    for each in read.found:
        mine.setdefault(each.machine, []).append(each)
    blind = {name for name, _ in unseen_of(machines, read.found, read.seen, desk.clock.now())}
    return tuple(
        row_of(
            machine,
            mine.get(machine.id, []),
            brake,
            seen=desk.seen(machine.id),
            seen_at=read.seen.get(machine.id),
            is_unseen=machine.name in blind,
            services=tallies.get(machine.name, ServiceTally()),
            trend=trends.get(machine.id, Trend()),
        )
        for machine in machines
    )


def _doing(connection: Connection) -> tuple[Doing, ...]:
    """Return what is under way, each with the step it is at; outputs, which may be large, stay where they are."""
    found: list[Doing] = []
    for run in runs.listing(connection, states=tuple(UNDER_WAY), limit=_MOST_RUNS):
        stored = plans.get(connection, run.plan)
        if stored is None:
            continue
        says = {step.id: step.says for step in stored.plan.steps}
        begun = list(dict.fromkeys(each for each in steps.begun(connection, run.id) if each in says))
        is_waiting = run.state is RunState.SUSPENDED
        found.append(
            Doing(
                id=run.id,
                title=stored.plan.title,
                machines=tuple(target.name for target in stored.plan.targets),
                state=run.state.value,
                started=run.started or run.created,
                step=says[begun[-1]] if begun else "",
                step_number=len(begun),
                steps=len(says),
                waits_for=waits_of(connection, {run.id: stored.plan}).get(run.id, ()) if is_waiting else (),
            )
        )
    return tuple(found)


OVERVIEW = CommandSpec(
    name="overview",
    right=Right.READ,
    input=OverviewInput,
    output=Overview,
    handler=overview,
    risk=Risk.READ,
    live={"machine": "machine"},
    examples=(
        Example(line="overview", does="Tell everything of the first page"),
        Example(line="overview --json", does="Give it as one JSON object"),
    ),
)
COMMANDS = (OVERVIEW,)
