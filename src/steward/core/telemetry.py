"""Numbers of others: taken once for the time before Steward came, and again and again where it cannot look itself.

1. Ask each server which machines it measures; match them with the inventory.
2. A machine that Steward looks at itself: fetch the hours before its first look, once, of the numbers it keeps.
3. A machine it cannot look at: fetch the hours before once, then the numbers of now.

They are kept apart from Steward's own under the name of their source. No check, policy or plan reads them: what
somebody else measured is shown, and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from steward.core.secrets import Secrets
from steward.core.sources import InForce
from steward.core.storage import Storage
from steward.core.telemetry_file import NO_SOURCES, parse_telemetry
from steward.core.workspace import WorkspaceFiles
from steward.lib.text import visible_line
from steward.model.errors import InvalidFile, StewardError
from steward.model.history import Point, outside
from steward.model.ids import MachineId
from steward.model.machine import FROM_OUTSIDE, Machine
from steward.model.secret import Secret
from steward.model.telemetry import TELEMETRY_FILE, Numbers, TelemetryFile, TelemetryKind, TelemetrySource
from steward.ports.clock import Clock
from steward.ports.repository import Repository
from steward.ports.telemetry_source import TelemetryServer
from steward.store import history
from steward.store.database import Connection

FACTS = ("filesystems", "memory", "load", "traffic", "sensors")
"""Facts whose numbers are taken from others."""
_FILLED_AT_ONCE = 5
"""Machines whose past is fetched in one round."""
_MOST_TROUBLES = 3
Hours = Mapping[str, Mapping[str, Sequence[Point]]]


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What the last round told of a source."""

    at: datetime
    """When it was asked (UTC)."""
    trouble: str = ""
    """Why it gave nothing, or empty."""
    matched: Mapping[str, str] = field(default_factory=dict[str, str])
    """What it measures, and the name of the machine that is."""
    unmatched: tuple[str, ...] = ()
    """What it measures and no machine is known by."""


class Telemetry:
    """Asks the servers of telemetry.yaml."""

    def __init__(  # noqa: PLR0913 - what it asks, what it reads, where it keeps
        self,
        *,
        storage: Storage,
        repository: Repository,
        workspace: WorkspaceFiles,
        secrets: Secrets,
        servers: Mapping[TelemetryKind, TelemetryServer],
        redact: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._file = InForce(repository=repository, path=TELEMETRY_FILE, parse=parse_telemetry, absent=NO_SOURCES)
        self._workspace = workspace
        self._secrets = secrets
        self._servers = servers
        self._redact = redact
        self._clock = clock
        self._filled: set[tuple[str, MachineId]] = set()
        self.states: dict[str, SourceState] = {}
        """By name of the source, since the start."""

    def file(self) -> TelemetryFile:
        """Return the sources in force; none while no version of the file was ever good."""
        try:
            return self._file.current()
        except InvalidFile:
            return TelemetryFile(sources=())

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the file as it is now."""
        return self._file.problems()

    async def tick(self) -> None:
        """Ask every source once; one that is in trouble delays no other."""
        for source in (await asyncio.to_thread(self.file)).sources:
            try:
                state = await self._round(source)
            except StewardError as error:
                trouble = visible_line(self._redact(str(error)))
                state = SourceState(at=self._clock.now(), trouble=trouble)
            self.states[source.name] = state

    async def _round(self, source: TelemetrySource) -> SourceState:
        secret = await asyncio.to_thread(self._secrets.resolve, source.secret) if source.secret else None
        hosts = await self._servers[source.kind].hosts(source, secret)
        matched = machines_of(source, hosts, self._workspace.inventory().machines)
        troubles = await self._take(source, matched, secret)
        return SourceState(
            at=self._clock.now(),
            trouble=troubles[0] if troubles else "",
            matched={visible_line(host): machine.name for host, machine in matched.items()},
            unmatched=tuple(visible_line(host) for host in hosts if host not in matched),
        )

    async def _take(
        self, source: TelemetrySource, matched: Mapping[str, Machine], secret: Secret | None
    ) -> Sequence[str]:
        """Take the numbers of each machine; return what went wrong. One that fails is no reason to leave out others."""
        room, troubles = _FILLED_AT_ONCE, list[str]()
        for host, machine in matched.items():
            try:
                if room and (source.name, machine.id) not in self._filled:
                    room -= await self._fill(source, host, machine, secret)
                if machine.transport in FROM_OUTSIDE:
                    numbers = await self._servers[source.kind].now(source, host, secret)
                    await self._storage.write(_keep, source.name, machine.id, numbers, self._clock.now())
            except StewardError as error:
                troubles.append(visible_line(self._redact(f"{machine.name}: {error}")))
                if len(troubles) == _MOST_TROUBLES:
                    break
        return troubles

    async def _fill(self, source: TelemetrySource, host: str, machine: Machine, secret: Secret | None) -> bool:
        """Fetch the past of a machine unless it is there; tell whether the server was asked for it."""
        is_watched = machine.transport in FROM_OUTSIDE
        known = await self._storage.read(_known, source.name, machine.id)
        if known.is_filled:
            self._filled.add((source.name, machine.id))
        if known.is_filled or (known.begin is None and not is_watched):
            return False
        end = self._clock.now() if known.begin is None else known.begin
        begin = self._clock.now() - timedelta(days=source.days)
        hours = await self._servers[source.kind].hours(source, host, secret, begin=begin, end=end)
        await self._storage.write(_fill, source.name, machine.id, hours, None if is_watched else known.names)
        self._filled.add((source.name, machine.id))
        return True


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is kept of a machine."""

    begin: datetime | None
    """When Steward's own numbers begin."""
    names: Collection[tuple[str, str]]
    """Which there are, by fact and name."""
    is_filled: bool
    """Whether there are some of this source."""


def machines_of(source: TelemetrySource, hosts: Sequence[str], machines: Sequence[Machine]) -> dict[str, Machine]:
    """Return which machine each is that a source measures; the first counts where two are the same one."""
    by_name = {machine.name: machine for machine in machines}
    by_word = {word.lower(): each for each in machines for word in (each.address, each.name) if word}
    found: dict[str, Machine] = {}
    taken: set[MachineId] = set()
    for host in hosts:
        told = (source.machines or {}).get(host)
        machine = by_name.get(told) if told is not None else by_word.get(without_port(host).lower())
        if machine is not None and machine.id not in taken:
            found[host] = machine
            taken.add(machine.id)
    return found


def without_port(host: str) -> str:
    """Return `nas` for `nas:9100`, and `fd00::1` for `[fd00::1]:9100`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    front, colon, port = host.rpartition(":")
    return front if colon and port.isdigit() and ":" not in front else host


def _known(connection: Connection, source: str, machine: MachineId) -> _Known:
    if history.known(connection, machine, {outside(fact, source) for fact in FACTS}):
        return _Known(begin=None, names=frozenset(), is_filled=True)
    past = history.load(connection, machine=machine, facts=FACTS).points
    begins = [points[0].at for names in past.values() for points in names.values() if points]
    names = frozenset((fact, name) for fact, names in past.items() for name in names)
    return _Known(begin=min(begins, default=None), names=names, is_filled=False)


def _keep(connection: Connection, source: str, machine: MachineId, numbers: Numbers, at: datetime) -> None:
    for fact in numbers.keys() & set(FACTS):
        history.add(connection, machine=machine, fact=outside(fact, source), at=at, numbers=numbers[fact])


def _fill(
    connection: Connection, source: str, machine: MachineId, hours: Hours, names: Collection[tuple[str, str]] | None
) -> None:
    """Keep hours; of a machine that Steward looks at itself only those of numbers that it keeps."""
    for fact in sorted(hours.keys() & set(FACTS)):
        points = {name: each for name, each in hours[fact].items() if each and (names is None or (fact, name) in names)}
        if points:
            history.fill(connection, machine=machine, fact=outside(fact, source), points=points)
