"""One service on one page: what it stands on, what breaks with it, its data, what is wrong and what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.things import dependents, find_things, findings_of, foundations, is_about
from steward.engines.services.members import Backup, Part, backups_of, how_to_change, parts_of, secrets_of
from steward.engines.services.steps import ServiceRow, Step, row_of, steps_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.difference import Difference
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.graph import Graph, Thing, ThingKind, Tie
from steward.model.risk import Risk
from steward.store import differences, findings
from steward.store.database import Connection

_WEEK = timedelta(days=7)
_MOST_CHANGES = 20


@record
class ShowInput:
    """Show one service: what it stands on, what breaks with it, its data and backups, what is wrong, what changed."""

    name: str
    """Name, `machine/name`, a container or a unit; the name of a project shows all its services."""


@record
class Data:
    """A place where a service keeps data."""

    place: str
    """Volume or folder; from outside."""
    lies_on: str
    """The filesystem it is on; empty where nobody can tell."""
    backups: tuple[str, ...]
    """Backup jobs that copy all of it; none means that none is known."""


@record
class Trouble:
    """A finding about a service."""

    id: str
    """Id of the finding."""
    title: str
    """What is wrong."""
    severity: Severity
    """How bad it is."""


@record
class ServicePage:
    """Everything about one service, or about the services of one project."""

    sentence: str
    """The answer in one sentence."""
    services: tuple[ServiceRow, ...]
    """The service; several for a project."""
    stands_on: tuple[Step, ...]
    """What it stands on, nearest first."""
    breaks: tuple[Step, ...]
    """What stops working when it stops, nearest first."""
    data: tuple[Data, ...]
    """Where it keeps data."""
    parts: tuple[Part, ...]
    """Its containers; none for a unit or what is only declared."""
    backups: tuple[Backup, ...]
    """Jobs that copy its data."""
    secrets: tuple[str, ...]
    """Names of the secrets that its files name; never a value."""
    how_to_change: str
    """Where a change of it belongs, so that it lasts."""
    findings: tuple[Trouble, ...]
    """What is wrong with it."""
    changed: tuple[Difference, ...]
    """What changed about it in a week, newest first; at most twenty."""
    next: str
    """What to type next."""


async def show(desk: Desk, given: ShowInput) -> ServicePage:
    """Show a service."""
    graph = await desk.graph()
    chosen = find_things(graph, given.name, only_services=True)
    open_findings = await desk.storage.read(findings.still_open)
    by_thing = findings_of(graph, open_findings, desk.workspace.inventory().machines)
    troubles = tuple(_trouble(finding) for thing in chosen for finding in by_thing.get(thing.id, ()))
    below = foundations(graph, chosen)
    data = tuple(_data(graph, chosen))
    snapshot = await _snapshot(desk, chosen[0].machine)
    jobs = {job for place in data for job in place.backups}
    return ServicePage(
        sentence=_sentence(chosen, troubles),
        services=tuple(row_of(thing) for thing in chosen),
        stands_on=steps_of(graph, below),
        breaks=steps_of(graph, dependents(graph, chosen)),
        data=data,
        parts=parts_of(snapshot, (thing.name for thing in chosen)) if snapshot else (),
        backups=backups_of(snapshot, jobs) if snapshot else (),
        secrets=secrets_of(await asyncio.to_thread(desk.declared), chosen),
        how_to_change=how_to_change(chosen[0]),
        findings=troubles,
        changed=await _changed(desk, chosen),
        next=f"steward why {chosen[0].machine}/{chosen[0].name}" if troubles else "",
    )


async def _snapshot(desk: Desk, machine: str) -> Snapshot | None:
    """Return the newest look at the machine of this name; it may be newer than what the graph was made of."""
    lab = await desk.lab()
    found = next((one for one in lab.snapshots() if one.machine.name == machine), None)
    return (desk.seen(found.machine.id) or found) if found else None


def _sentence(chosen: tuple[Thing, ...], troubles: tuple[Trouble, ...]) -> str:
    names = chosen[0].name if len(chosen) == 1 else plural(len(chosen), "service")
    down = [thing.name for thing in chosen if thing.state == "down"]
    where = f" on {chosen[0].machine}" if chosen[0].machine else ""
    only_declared = all(thing.state == "declared" for thing in chosen)
    state = f"{', '.join(down)} down" if down else "declared, not seen running" if only_declared else "up"
    wrong = plural(len(troubles), "finding") if troubles else "nothing wrong is known"
    return f"{names}{where}: {state}; {wrong}."


def _trouble(finding: Finding) -> Trouble:
    return Trouble(id=finding.id, title=finding.title, severity=finding.severity)


def _data(graph: Graph, chosen: Iterable[Thing]) -> Iterable[Data]:
    """Yield the volumes of these services, each with where it lies and what copies it."""
    keys = {thing.id for thing in chosen}
    things = {thing.id: thing for thing in graph.things}
    used = {edge.on for edge in graph.edges if edge.of in keys and edge.tie is Tie.STORED_ON}
    for volume in (thing for thing in graph.things if thing.id in used and thing.kind is ThingKind.VOLUME):
        own = [edge for edge in graph.edges if edge.of == volume.id]
        lies_on = [things[edge.on] for edge in own if edge.tie is Tie.STORED_ON]
        own += [edge for edge in graph.edges if edge.of in {place.id for place in lies_on}]
        backups = [things[edge.on].name for edge in own if edge.tie is Tie.BACKED_UP_BY]
        yield Data(
            place=volume.name,
            lies_on=", ".join(place.name for place in lies_on),
            backups=tuple(dict.fromkeys(backups)),
        )


async def _changed(desk: Desk, chosen: tuple[Thing, ...]) -> tuple[Difference, ...]:
    """Return what changed about the containers and units of these services: the subjects begin with their names."""
    machines = {machine.name: machine.id for machine in desk.workspace.inventory().machines}
    since = desk.clock.now() - _WEEK
    machine = machines.get(chosen[0].machine)
    if machine is None:
        return ()

    def read(connection: Connection) -> tuple[Difference, ...]:
        return differences.listing(connection, since=since, machine=machine, limit=1_000)

    subjects = tuple(each for thing in chosen for each in thing.resources)
    found = await desk.storage.read(read)
    return tuple(each for each in found if is_about(each, subjects))[:_MOST_CHANGES]


COMMANDS = (
    CommandSpec(
        name="services.show",
        right=Right.READ,
        input=ShowInput,
        output=ServicePage,
        handler=show,
        risk=Risk.READ,
        live={"name": "service"},
        examples=(
            Example(line="services show photos", does="Show the service photos, or all services of that project"),
            Example(line="services show nas/nginx", does="Show one of several services of that name"),
        ),
    ),
)
