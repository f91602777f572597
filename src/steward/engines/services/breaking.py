"""What stops working when something stops."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.things import dependents, find_things
from steward.engines.services.steps import Step, steps_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.graph import Graph, Thing, ThingKind
from steward.model.risk import Risk

_FEW = 3
_HOSTS = frozenset({ThingKind.MACHINE, ThingKind.GUEST})


@record
class BreaksInput:
    """Tell what stops working when this stops: a service, a machine, a pool, a disk, a power supply."""

    name: str
    """Name, `machine/name` or id."""


@record
class Breaks:
    """What stops with it."""

    sentence: str
    """The answer in one sentence."""
    of: tuple[str, ...]
    """What was asked about; several where a project has several services."""
    broken: tuple[Step, ...]
    """What stops working, nearest first; what is only reached, named or backed up otherwise is not among it."""
    untold: str
    """What nobody can tell."""


async def breaks(desk: Desk, given: BreaksInput) -> Breaks:
    """Tell what stops with it."""
    graph = await desk.graph()
    roots = find_things(graph, given.name)
    broken = steps_of(graph, dependents(graph, roots))
    return Breaks(
        sentence=_sentence(roots, broken),
        of=tuple(root.name for root in roots),
        broken=broken,
        untold=_untold(graph, roots),
    )


def _sentence(roots: tuple[Thing, ...], broken: tuple[Step, ...]) -> str:
    names = ", ".join(root.name for root in roots[:_FEW]) + (" and more" if len(roots) > _FEW else "")
    if not broken:
        return f"Nothing that Steward knows of stops working when {names} stops."
    services = [step for step in broken if step.kind is ThingKind.SERVICE]
    machines = sum(step.kind in {ThingKind.MACHINE, ThingKind.GUEST} for step in broken)
    parts = [plural(len(services), "service")] if services else []
    parts += [plural(machines, "machine")] if machines else []
    others = len(broken) - len(services) - machines
    parts += [plural(others, "other thing")] if others else []
    only = sum(step.state == "declared" for step in broken)
    told = f"; {only} of that is only declared" if only else ""
    verb = "stops" if len(broken) == 1 else "stop"
    return f"When {names} stops, {' and '.join(parts)} {verb} working{told}."


def _untold(graph: Graph, roots: tuple[Thing, ...]) -> str:
    """Say what is missing: machines nobody looked at, and that services talk to each other unseen."""
    dark = sorted(thing.name for thing in graph.things if thing.kind in _HOSTS and thing.at is None)
    never = f"Never looked at: {', '.join(dark[:_FEW])}. " if dark else ""
    unseen = "What services ask of each other over the network is known only where a file declares it."
    return never + unseen if any(root.kind is ThingKind.SERVICE for root in roots) else never.strip()


COMMANDS = (
    CommandSpec(
        name="breaks",
        right=Right.READ,
        input=BreaksInput,
        output=Breaks,
        handler=breaks,
        risk=Risk.READ,
        live={"name": "service"},
        examples=(
            Example(line="breaks nas", does="Tell what stops working when the machine nas stops"),
            Example(line='breaks "pool tank"', does="Tell what stops working when a pool fails"),
        ),
    ),
)
