"""How machines did in the last day and how many services run: kept, so that the first page is there at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from steward.core.latest import Latest
from steward.core.storage import Storage
from steward.core.workspace import WorkspaceFiles
from steward.lib.record import record
from steward.model.graph import Graph, Thing, ThingKind
from steward.model.history import Point, buckets, rates, since
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.ports.clock import Clock
from steward.store import history
from steward.store.kept import Kept

HOURS = 24
_REACH = "reach"
"""Under which it is kept whether a machine answered."""
_FACTS = ("load", "memory", "filesystems", _REACH)
_EVERY_SECONDS = 300
_DAY = timedelta(hours=HOURS)
_USED, _FREE = " used_bytes", " available_bytes"


@record
class Trend:
    """One machine in the last 24 hours, an average for each hour in whole percent; None where nothing was measured."""

    cpu_percent: tuple[int | None, ...] = ()
    """How busy its processors were."""
    memory_percent: tuple[int | None, ...] = ()
    """How much of its memory was used."""
    disk_percent: tuple[int | None, ...] = ()
    """How full its fullest filesystem was."""
    disk: str = ""
    """Which that is; a word of the machine."""
    up_percent: tuple[int | None, ...] = ()
    """How much of each hour it answered."""


@record
class ServiceTally:
    """How many services of one machine there are; services are what people set up."""

    up: int = 0
    """Services that run."""
    down: int = 0
    """Services that do not and should."""
    unknown: int = 0
    """Services of which nobody can tell, or that are only declared."""


class Glances:
    """Keeps both, and makes them anew when there is something new."""

    def __init__(
        self, *, storage: Storage, workspace: WorkspaceFiles, clock: Clock, graph: Callable[[], Awaitable[Graph]]
    ) -> None:
        self._storage = storage
        self._workspace = workspace
        self._clock = clock
        self._made_for: tuple[int, tuple[Machine, ...]] | None = None
        self._trends: Mapping[MachineId, Trend] = {}
        self._counted: tuple[Graph, Mapping[str, ServiceTally]] | None = None
        self._latest_trends = Latest(self._renewed_trends)
        self._latest_graph = Latest(graph)

    async def trends(self) -> Mapping[MachineId, Trend]:
        """Return how each machine did; at most some minutes old, as the numbers themselves are."""
        return await self._latest_trends.value()

    async def graph(self) -> Graph:
        """Return the graph, as the last look or the one before saw it: to build it anew takes a moment."""
        return await self._latest_graph.value()

    async def services(self) -> Mapping[str, ServiceTally]:
        """Return how many services each machine has by its name, of the same graph."""
        graph = await self.graph()
        if self._counted is None or self._counted[0] is not graph:
            self._counted = (graph, tallies(graph))
        return self._counted[1]

    async def _renewed_trends(self) -> Mapping[MachineId, Trend]:
        now, machines = self._clock.now(), self._workspace.inventory().machines
        made_for = (int(now.timestamp()) // _EVERY_SECONDS, machines)
        if made_for != self._made_for:
            kept = await self._storage.read(
                history.many,
                machines=[machine.id for machine in machines],
                facts=_FACTS,
                begin=now - _DAY,
                step=history.step_for(_DAY),
            )
            self._trends = {key: trend_of(one, now) for key, one in kept.items()}
            self._made_for = made_for
        return self._trends


def tallies(graph: Graph) -> Mapping[str, ServiceTally]:
    """Count the services of each machine."""
    by_machine: dict[str, list[Thing]] = defaultdict(list)
    for thing in graph.things:
        if thing.kind is ThingKind.SERVICE:
            by_machine[thing.machine].append(thing)
    return {machine: _tally(things) for machine, things in by_machine.items()}


def _tally(things: Sequence[Thing]) -> ServiceTally:
    up, down = (sum(thing.state == state for thing in things) for state in ("up", "down"))
    return ServiceTally(up=up, down=down, unknown=len(things) - up - down)


def trend_of(kept: Kept, now: datetime) -> Trend:
    """Return how a machine did in the 24 hours before."""
    disk = max(_places(kept), key=lambda place: _share(kept, place) or 0.0, default="")
    room = (kept.last("filesystems", disk + _USED) or 0.0) + (kept.last("filesystems", disk + _FREE) or 0.0)
    processors = kept.last("load", "processors") or 1.0
    return Trend(
        cpu_percent=_hours(rates(kept.of("load", "busy_seconds")), now, 100 / processors),
        memory_percent=_hours(kept.of("memory", "used_percent"), now),
        disk_percent=_hours(kept.of("filesystems", disk + _USED), now, 100 / room) if room else (),
        disk=disk,
        up_percent=_hours(kept.of(_REACH, "up"), now, 100),
    )


def _places(kept: Kept) -> list[str]:
    return sorted(name.removesuffix(_USED) for name in kept.names("filesystems") if name.endswith(_USED))


def _share(kept: Kept, place: str) -> float | None:
    used, free = kept.last("filesystems", place + _USED), kept.last("filesystems", place + _FREE)
    return used / (used + free) if used is not None and free is not None and used + free > 0 else None


def _hours(points: Sequence[Point], now: datetime, scale: float = 1.0) -> tuple[int | None, ...]:
    """Return the average of each hour; empty where nothing at all is known."""
    begin = now - _DAY
    known = since(points, begin - timedelta(hours=1))
    if not known:
        return ()
    averages = buckets(known, begin=begin, end=now, count=HOURS)
    return tuple(None if each is None else round(each * scale) for each in averages)
