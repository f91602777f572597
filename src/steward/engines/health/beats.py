"""The services of one machine, each with how the last 24 hours were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from steward.core.desk import Desk
from steward.core.glances import HOURS
from steward.lib.record import record
from steward.model.graph import Thing, ThingKind
from steward.model.history import buckets, since
from steward.model.machine import Machine
from steward.store import history
from steward.store.kept import Kept

_FACTS = {"container": "containers", "unit": "units"}
"""Which fact keeps whether it was up, by the kind of what findings call it."""
_DAY = timedelta(hours=HOURS)
_ORDER = ("down", "", "declared", "up")


@record
class ServiceBeat:
    """One service and its last 24 hours."""

    id: str
    """Id in the graph."""
    name: str
    """Name people use; from outside."""
    state: str
    """`up`, `down`, `declared` (said to be, not seen) or empty where nobody can tell."""
    image: str
    """Image it runs; empty for a unit."""
    says: str
    """One line about it: its ports, what it calls itself."""
    at: datetime | None
    """When it was seen (UTC); None for what was only declared."""
    beats: tuple[int | None, ...]
    """How much of each hour it worked, in percent, oldest first; None where nobody looked. The worst of its parts."""


async def beats_of(desk: Desk, machine: Machine) -> tuple[ServiceBeat, ...]:
    """Return the services of a machine, those that need care first."""
    graph, now = await desk.glances.graph(), desk.clock.now()
    things = [thing for thing in graph.things if thing.kind is ThingKind.SERVICE and thing.machine == machine.name]
    kept = await desk.storage.read(
        history.many,
        machines=[machine.id],
        facts=sorted(_FACTS.values()),
        begin=now - _DAY,
        step=history.step_for(_DAY),
    )
    known = kept.get(machine.id, Kept())
    told = (_beat(thing, known, now) for thing in things)
    return tuple(sorted(told, key=lambda one: (_ORDER.index(one.state) if one.state in _ORDER else 1, one.name)))


def _beat(thing: Thing, kept: Kept, now: datetime) -> ServiceBeat:
    parts = [hours for resource in thing.resources if (hours := _hours(resource, kept, now))]
    return ServiceBeat(
        id=thing.id,
        name=thing.name,
        state=thing.state,
        image=thing.image,
        says=thing.says,
        at=thing.at,
        beats=tuple(_worst(hour) for hour in zip(*parts, strict=True)),
    )


def _hours(resource: str, kept: Kept, now: datetime) -> tuple[float | None, ...]:
    kind, _, name = resource.partition(" ")
    fact = _FACTS.get(kind)
    points = since(kept.of(fact, f"{name} up"), now - _DAY - timedelta(hours=1)) if fact else ()
    return buckets(points, begin=now - _DAY, end=now, count=HOURS) if points else ()


def _worst(hour: Sequence[float | None]) -> int | None:
    return min((math.floor(each * 100) for each in hour if each is not None), default=None)
