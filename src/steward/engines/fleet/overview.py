"""All machines side by side: what each is, what it can carry, what runs there, what is due."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.knowhow.capabilities import capabilities_of
from steward.knowhow.facts.kernel import PLUGIN as KERNEL
from steward.knowhow.facts.kernel import is_newer
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.placement import Room, room_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.capability import Capabilities
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.graph import Graph, ThingKind
from steward.model.machine import Machine
from steward.model.risk import Risk

OVERVIEWED = (KERNEL.name, SYSTEM.name, UPDATES.name)
"""Facts that it tells from, beside what capabilities are told from."""


@record
class OverviewInput:
    """Show all machines side by side: system, size, services, updates. None is contacted."""


@record
class Overview:
    """One machine in one row."""

    machine: Machine
    """The inventory's entry."""
    seen_at: datetime | None
    """When it was last looked at (UTC)."""
    system: str
    """Operating system as it calls itself; empty when not known."""
    capabilities: Capabilities | None
    """What it can carry and what it is there for; None when it was never looked at."""
    room: Room | None
    """What of that is free; None when it was never looked at."""
    services: int
    """Services that run or are declared there."""
    services_down: int
    """How many of them are down."""
    updates: int | None
    """Packages that could be updated; None when not known."""
    security_updates: int | None
    """How many of them mend a weakness; None when not known or not told."""
    is_restart_due: bool | None
    """Whether a newer kernel waits for a restart; None when not known."""


@record
class Overviews:
    """Every machine."""

    sentence: str
    """The answer in one sentence."""
    machines: tuple[Overview, ...]
    """In the order of the inventory."""


async def overview(desk: Desk, _given: OverviewInput) -> Overviews:
    """Put all machines side by side."""
    graph = await desk.graph()
    lab = await desk.lab()
    services, down = _services(graph)
    rows = [_row(each, lab.seen.get(each.id), services[each.name], down[each.name]) for each in lab.machines]
    total = sum(services.values())
    sentence = f"{plural(len(rows), 'machine')}, {plural(total, 'service')}"
    return Overviews(sentence=sentence + (f", {sum(down.values())} down." if down else "."), machines=tuple(rows))


def _services(graph: Graph) -> tuple[Counter[str], Counter[str]]:
    every, down = Counter[str](), Counter[str]()
    for thing in graph.things:
        if thing.kind is ThingKind.SERVICE and thing.machine:
            every[thing.machine] += 1
            down[thing.machine] += thing.state == "down"
    return every, +down


def _row(machine: Machine, snapshot: Snapshot | None, services: int, down: int) -> Overview:
    system = snapshot.of(SYSTEM) if snapshot else None
    updates = snapshot.of(UPDATES) if snapshot else None
    kernel = snapshot.of(KERNEL) if snapshot else None
    return Overview(
        machine=machine,
        seen_at=snapshot.at if snapshot else None,
        system=system.name if system else "",
        capabilities=capabilities_of(snapshot) if snapshot else None,
        room=room_of(snapshot) if snapshot else None,
        services=services,
        services_down=down,
        updates=updates.count if updates else None,
        security_updates=updates.security_count if updates and updates.tells_security else None,
        is_restart_due=is_newer(kernel.newest, kernel.running) if kernel and not kernel.is_container else None,
    )


COMMANDS = (
    CommandSpec(
        name="machines.overview",
        right=Right.READ,
        input=OverviewInput,
        output=Overviews,
        handler=overview,
        risk=Risk.READ,
        examples=(
            Example(line="machines overview", does="Show all machines side by side"),
            Example(line="machines overview --json", does="The same as one JSON object"),
        ),
    ),
)
