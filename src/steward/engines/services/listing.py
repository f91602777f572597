"""The catalogue of services: what runs on which machine, and where the truth about it lives."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.engines.services.steps import ServiceRow, row_of
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.graph import ThingKind
from steward.model.risk import Risk


class OwnedBy(StrEnum):
    """Which services are listed."""

    ANYBODY = "anybody"
    GIT = "git"
    FLUX = "flux"
    HAND = "hand"


@record
class ServicesInput:
    """List the services of all machines: containers and units that people set up, and what is declared in git."""

    owner: OwnedBy = OwnedBy.ANYBODY
    """Only those whose truth lives here: `git`, `flux` or `hand`."""
    machine: str = ""
    """Only those of this machine, by name."""


@record
class Services:
    """What runs and what is declared."""

    sentence: str
    """The answer in one sentence."""
    services: tuple[ServiceRow, ...]
    """Services, by machine and name."""


async def services(desk: Desk, given: ServicesInput) -> Services:
    """List services."""
    machine = desk.workspace.require(given.machine).name if given.machine else ""
    graph = await desk.graph()
    chosen = [
        row_of(thing)
        for thing in graph.things
        if thing.kind is ThingKind.SERVICE
        and (not machine or thing.machine == machine)
        and given.owner.value in {OwnedBy.ANYBODY.value, thing.owner.value}
    ]
    rows = tuple(sorted(chosen, key=lambda row: (row.machine, row.name)))
    return Services(sentence=_sentence(rows), services=rows)


def _sentence(rows: tuple[ServiceRow, ...]) -> str:
    if not rows:
        return "No service is known here; `steward status` says which machines were looked at."
    states = Counter(row.state for row in rows)
    machines = len({row.machine for row in rows if row.machine})
    parts = [f"{states[state]} {state}" for state in ("up", "down", "declared") if states[state]]
    where = f" on {plural(machines, 'machine')}" if machines else ""
    return f"{plural(len(rows), 'service')}{where}: {', '.join(parts) or 'state unknown'}."


COMMANDS = (
    CommandSpec(
        name="services.ls",
        right=Right.READ,
        input=ServicesInput,
        output=Services,
        handler=services,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="services ls", does="List the services of all machines"),
            Example(line="services ls --machine nas --owner hand", does="List what was set up on nas by hand"),
        ),
    ),
)
