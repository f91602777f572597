"""What a service stands on, and what is wrong there: the part of `why` that follows the graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from steward.core.desk import Desk
from steward.core.things import find_things, findings_of, foundations, is_about, told_way, ways
from steward.engines.health.changed import BEFORE_A_FINDING
from steward.lib.record import record
from steward.lib.text import age, plural
from steward.model.difference import Difference
from steward.model.errors import NotFound
from steward.model.finding import Finding
from steward.model.graph import Graph, Link, Thing, ThingKind
from steward.model.machine import Machine
from steward.store import differences
from steward.store.database import Connection

_MOST_CHANGES = 20
_MOST_READ = 1_000
_FEW = 3


@record
class Ground:
    """One thing that a service stands on."""

    name: str
    """Name; from outside."""
    kind: ThingKind
    """What it is."""
    machine: str
    """Machine it is on; empty where there is none."""
    way: str
    """Everything between, from the service to this."""
    state: str
    """`up`, `down`, `declared` or empty where nobody can tell."""
    source: str
    """The fact that told it, or the file and line that declares it."""
    at: datetime | None
    """When it was seen (UTC); None for what was only declared."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What somebody asked about, with everything below."""

    roots: tuple[Thing, ...]
    """What was asked about; several for a project."""
    grounds: tuple[Ground, ...]
    """What it stands on, nearest first."""
    findings: tuple[tuple[Finding, str], ...]
    """What is wrong, its own first, then nearest first; each with the way to it, empty for its own."""
    changed: tuple[Difference, ...]
    """What changed about it and what it stands on in 24 hours, newest first."""


async def standing_of(
    desk: Desk, target: str, found: Iterable[Finding], machines: tuple[Machine, ...]
) -> Standing | None:
    """Return how what somebody asks about stands, or None when no thing goes by that name.

    Raises:
        InvalidInput: it could be on several machines.
    """
    graph = await desk.graph()
    try:
        roots = find_things(graph, target)
    except NotFound:
        return None
    links = foundations(graph, roots)
    return Standing(
        roots=roots,
        grounds=_grounds(graph, links),
        findings=_findings(graph, roots, links, findings_of(graph, found, machines)),
        changed=await _changed(desk, (*roots, *(link.thing for link in links)), machines),
    )


def is_named(standing: Standing, target: str) -> bool:
    """Tell whether somebody meant these by their own name, and not by the name of a container or unit."""
    names = {name for root in standing.roots for name in (root.id, root.name, f"{root.machine}/{root.name}")}
    projects = {name.rpartition("/")[0] for name in names}
    return target in names | projects


def _grounds(graph: Graph, links: tuple[Link, ...]) -> tuple[Ground, ...]:
    between = ways(graph, links)
    return tuple(
        Ground(
            name=link.thing.name,
            kind=link.thing.kind,
            machine=link.thing.machine,
            way=told_way(between[link.thing.id]),
            state=link.thing.state,
            source=link.edge.source,
            at=link.edge.at,
        )
        for link in links
    )


def _findings(
    graph: Graph, roots: tuple[Thing, ...], links: tuple[Link, ...], known: dict[str, tuple[Finding, ...]]
) -> tuple[tuple[Finding, str], ...]:
    between = ways(graph, links)
    own = [(finding, "") for root in roots for finding in known.get(root.id, ())]
    below = [(finding, told_way(between[link.thing.id])) for link in links for finding in known.get(link.thing.id, ())]
    return (*own, *below)


async def _changed(desk: Desk, things: tuple[Thing, ...], machines: tuple[Machine, ...]) -> tuple[Difference, ...]:
    names = {machine.id: machine.name for machine in machines}
    by_machine: dict[str, tuple[str, ...]] = {}
    for thing in things:
        by_machine[thing.machine] = (*by_machine.get(thing.machine, ()), *thing.resources)
    since = desk.clock.now() - BEFORE_A_FINDING

    def read(connection: Connection) -> tuple[Difference, ...]:
        return differences.listing(connection, since=since, limit=_MOST_READ)

    found = await desk.storage.read(read)
    about = (each for each in found if is_about(each, by_machine.get(names.get(each.machine, ""), ())))
    return tuple(about)[:_MOST_CHANGES]


def all_well(standing: Standing, now: datetime) -> str:
    """Say that nothing wrong is known, on what it stands, and how old that is."""
    roots, grounds = standing.roots, standing.grounds
    name = ", ".join(root.name for root in roots[:_FEW]) + (" and more" if len(roots) > _FEW else "")
    if all(root.at is None for root in roots):
        return f"{name} is only declared; nobody has seen it running."
    seen = [each.at for each in (*roots, *grounds) if each.at]
    below = f"; it stands on {plural(len(grounds), 'thing')}, all well" if grounds else ""
    down = [ground.name for ground in grounds if ground.state == "down"]
    if down:
        below = f"; of what it stands on, {', '.join(down[:_FEW])} is down"
    unseen = sum(ground.at is None for ground in grounds)
    only = f" ({unseen} only declared)" if unseen else ""
    is_down = " It is down." if any(root.state == "down" for root in roots) else ""
    return f"Nothing wrong is known of {name}{below}{only}, last seen {age(now - min(seen))} ago.{is_down}"
