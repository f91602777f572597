"""Where a service could run."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.things import find_things
from steward.knowhow.container_services import container_services
from steward.knowhow.facts.container_usage import PLUGIN as USAGE
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.placement import Wanted, architecture_of, fit_of, room_of
from steward.lib.amount import bytes_of
from steward.lib.record import record
from steward.lib.text import plural, size
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.graph import Thing
from steward.model.risk import Risk


@record
class PlaceInput:
    """Tell which machines have room for a service that runs already, or for what is asked for."""

    name: str = ""
    """Service that runs: its memory now and the architecture of its machine are what is needed."""
    memory: str = ""
    """Memory it needs: `2G`, `512M`."""
    storage: str = ""
    """Room it needs on one filesystem: `50G`."""
    processors: int = 0
    """Processors it needs."""
    architecture: str = ""
    """Architecture its image is made for: `amd64`, `arm64`."""
    gpu: bool = False
    """Whether it needs a graphics processor."""


@record
class Candidate:
    """One machine as a place for it."""

    machine: str
    """Name."""
    answer: str
    """`yes`, `no` or `unknown`."""
    why: str
    """What is missing, else what cannot be told, else what it has."""


@record
class Places:
    """The machines, the fitting ones first."""

    sentence: str
    """The answer in one sentence."""
    needs: str
    """What was looked for."""
    machines: tuple[Candidate, ...]
    """Every machine of the inventory."""


async def place(desk: Desk, given: PlaceInput) -> Places:
    """Judge every machine."""
    lab = await desk.lab()
    wanted = _asked(given)
    if given.name:
        things = find_things(await desk.graph(), given.name, only_services=True)
        wanted = _with_what_runs(wanted, things, lab.snapshots())
    found: list[Candidate] = []
    for machine in lab.machines:
        snapshot = lab.seen.get(machine.id)
        fit = fit_of(wanted, room_of(snapshot)) if snapshot else None
        why = "; ".join(fit.reasons) if fit else "it was never looked at"
        found.append(Candidate(machine=machine.name, answer=fit.answer if fit else "unknown", why=why))
    order = {"yes": 0, "unknown": 1, "no": 2}
    found.sort(key=lambda one: (order[one.answer], one.machine))
    fitting = [one.machine for one in found if one.answer == "yes"]
    return Places(sentence=_sentence(fitting, len(found)), needs=_told(wanted), machines=tuple(found))


def _sentence(fitting: list[str], count: int) -> str:
    if not fitting:
        return f"None of {plural(count, 'machine')} is known to have room for it."
    return f"{len(fitting)} of {plural(count, 'machine')} {'has' if len(fitting) == 1 else 'have'} room for it."


def _asked(given: PlaceInput) -> Wanted:
    """Read what is asked for.

    Raises:
        InvalidInput: it is no amount, or nothing is asked for at all.
    """
    if not (given.name or given.memory or given.storage or given.processors > 0 or given.architecture or given.gpu):
        raise InvalidInput("nothing is asked for", next_step="name a service, or say `--memory 2G`")
    return Wanted(
        architecture=architecture_of(given.architecture),
        processors=max(0, given.processors),
        memory_bytes=_bytes("memory", given.memory),
        storage_bytes=_bytes("storage", given.storage),
        needs_gpu=given.gpu,
    )


def _bytes(option: str, text: str) -> int:
    count = bytes_of(text) if text else 0
    if count is None:
        raise InvalidInput(f"`{text}` is no amount", next_step=f"write `--{option} 2G`")
    return count


def _with_what_runs(wanted: Wanted, things: tuple[Thing, ...], looks: tuple[Snapshot, ...]) -> Wanted:
    """Fill in what the services use now, where it was not said otherwise."""
    here = next((one for one in looks if one.machine.name == things[0].machine), None)
    system = here.of(SYSTEM) if here else None
    usage = here.of(USAGE) if here else None
    services = container_services(here) if here else {}
    members = [member for thing in things for member in services.get(thing.name, ())]
    held = [
        usage.containers[one.container.id].held_bytes
        for one in members
        if usage and one.container.id in usage.containers
    ]
    return Wanted(
        architecture=wanted.architecture or (architecture_of(system.architecture) if system else ""),
        processors=wanted.processors,
        memory_bytes=wanted.memory_bytes or sum(held),
        storage_bytes=wanted.storage_bytes,
        needs_gpu=wanted.needs_gpu,
    )


def _told(wanted: Wanted) -> str:
    parts = (
        wanted.architecture,
        plural(wanted.processors, "processor") if wanted.processors else "",
        f"{size(wanted.memory_bytes)} memory" if wanted.memory_bytes else "",
        f"{size(wanted.storage_bytes)} storage" if wanted.storage_bytes else "",
        "a GPU" if wanted.needs_gpu else "",
    )
    return ", ".join(part for part in parts if part)


COMMANDS = (
    CommandSpec(
        name="services.place",
        right=Right.READ,
        input=PlaceInput,
        output=Places,
        handler=place,
        risk=Risk.READ,
        live={"name": "service"},
        examples=(
            Example(line="services place photos", does="Tell where photos could run as well"),
            Example(line="services place --memory 2G --storage 50G", does="Tell which machines have that much room"),
        ),
    ),
)
