"""Run the real scanner with the real checks and store over the simulated week, and list what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from steward.app.plugins import KnowHow, load_know_how
from steward.core.events import Events
from steward.core.look import Executors, Look
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.engines.health.scan import Scanner
from steward.lib.redact import Redactor
from steward.model.fact import CommandOutput
from steward.model.finding import Finding, Severity
from steward.model.ids import MachineId, PrincipalId
from steward.model.machine import Machine, Transport
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.ports.executor import Executor
from steward.store import findings
from steward.store.database import Database
from steward.store.migrate import migrate
from steward.testing.clock import MovedClock
from steward.testing.places import MemoryRepository
from tests.real.week import server
from tests.real.week.life import ANY, Live
from tests.real.week.replay import Actor, Replay
from tests.real.week.world import World

BEGIN = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
"""A Saturday evening, just after the recorded cases of the made-up server."""
WEEK = timedelta(days=7)
LOUD = frozenset({Severity.WARNING, Severity.DOWN, Severity.UNKNOWN})
_OWNER = Principal(
    id=PrincipalId("owner"), kind=PrincipalKind.PERSON, name="owner", strength=Strength.STEP_UP, channel="test"
)


@dataclass
class Week:
    """What came of it."""

    looks: int = 0
    alarms: list[str] = field(default_factory=list[str])
    """Findings of warning or worse, one line each time one was opened."""
    watched: list[str] = field(default_factory=list[str])
    """The others, in the same way."""
    unread: dict[str, str] = field(default_factory=dict[str, str])
    """Facts that could not be read at the end, by machine and name, with the reason."""
    _open: set[str] = field(default_factory=set[str])

    def take(self, found: Iterable[Finding], day: float) -> None:
        """Note what was not there at the look before."""
        now = {f"{finding.id} {finding.severity}": finding for finding in found}
        for key, finding in now.items():
            if key not in self._open:
                said = f"day {day:.2f}: {finding.severity} {finding.check}: {finding.title}"
                (self.alarms if finding.severity in LOUD else self.watched).append(said)
        self._open = set(now)


def actors(
    recordings: Mapping[str, Mapping[str, CommandOutput]],
    begin: datetime,
    know_how: KnowHow,
    more: Mapping[str, Live],
) -> dict[str, Actor]:
    """Return the machines: those that were recorded, and the made-up server, on which `more` may go wrong."""

    def world(name: str) -> World:
        return World(name=name, begin=begin, now=begin)

    found = {name: Actor(outputs=outputs, live=ANY, world=world(name)) for name, outputs in recordings.items()}
    made_up = server.recorded({fact.name: fact for fact in know_how.facts})
    live = {**ANY, **server.LIVE, **more}
    return found | {server.NAME: Actor(outputs=made_up, live=live, world=world(server.NAME))}


async def run_week(
    folder: Path,
    recordings: Mapping[str, Mapping[str, CommandOutput]],
    *,
    step: timedelta,
    begin: datetime = BEGIN,
    span: timedelta = WEEK,
    live: Mapping[str, Live] | None = None,
) -> Week:
    """Look at every machine every `step`, and keep what was found."""
    know_how = load_know_how()
    played = actors(recordings, begin, know_how, live or {})
    clock = MovedClock(begin)
    replay = Replay(played)
    database = Database(f"sqlite:///{folder / 'week.db'}")
    migrate(database, backups=folder, now=begin)
    storage = Storage(database)
    workspace = WorkspaceFiles(repository=MemoryRepository())
    workspace.create("the owner")
    for name in played:
        workspace.add_machine(_machine(name), _OWNER)
    executors = Executors({Transport.SSH: cast("Executor", replay)})
    scanner = Scanner(
        look=Look(facts=know_how.facts, executors=executors, clock=clock, redact=str),
        checks=know_how.checks,
        storage=storage,
        workspace=workspace,
        events=Events(clock=clock, redactor=Redactor()),
        clock=clock,
    )
    week = Week()
    while clock.now() <= begin + span:
        replay.turn(clock.now())
        await scanner.all()
        week.looks += len(played)
        week.take(await storage.read(findings.still_open), (clock.now() - begin) / timedelta(days=1))
        clock.advance(step.total_seconds())
    for name in played:
        seen = scanner.seen[MachineId(f"mch-{name}")]
        week.unread |= {f"{name} {fact}": why for fact, why in seen.unread.items()}
    storage.close()
    return week


def _machine(name: str) -> Machine:
    return Machine(
        id=MachineId(f"mch-{name}"),
        name=name,
        address=f"{name}.home.arpa",
        user="root",
        host_key="SHA256:" + "a" * 43,
    )
