"""Machines as they are shown: the list, one card, what comes next, and the rights a user needs there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.engines.fleet.access import SUDOERS_FILE, Access, Rights, access, rights_of_guest
from steward.knowhow.capabilities import capabilities_of
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.access import Right
from steward.model.capability import Capabilities
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.machine import FROM_OUTSIDE, THROUGH_ANOTHER, Autonomy, Machine
from steward.model.resource import ResourceKind
from steward.model.risk import Risk
from steward.store import facts, findings

KEY_COMMAND = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
"""Prints the true fingerprint, at the machine's own console."""


_UNSEEN = frozenset({"machine_unreachable", "host_key"})
"""Checks whose findings say that a machine could not be looked at."""


@record
class MachineCard:
    """One machine, with what comes next."""

    machine: Machine
    """The inventory's entry."""
    seen_at: datetime | None
    """When it was last looked at."""
    presented_key: str
    """Host key fingerprint it shows now; empty when it was not asked."""
    compare_with: str
    """Command to type at the machine's own console to see the true fingerprint; empty when there is nothing to do."""
    access: Access | None
    """Rights its user needs; None when it needs none."""
    unread: dict[str, str]
    """Facts that cannot be read there, each with the reason."""
    problem: str
    """Why it cannot be looked at now, and what would help; empty when it can, or was not tried."""
    next: str
    """What to type next."""
    capabilities: Capabilities | None = None
    """What it can carry and what it is there for, in `show` and `check`; None when it was never looked at."""


@record
class MachineList:
    """Every machine."""

    machines: tuple[MachineCard, ...]
    """In the order of the inventory."""


@record
class ListInput:
    """List the machines in Steward's care."""

    group: str = ""
    """Only machines of this group."""


@record
class ShowInput:
    """Show one machine: how it is reached, what it can carry, what it is there for. It is not contacted."""

    machine: str
    """Name of the machine."""


@record
class MachineInput:
    """Look at a machine now: is it reachable, is its key the confirmed one, what can be read there."""

    machine: str
    """Name of the machine."""
    afresh: bool = False
    """Read also what is read seldom because it costs much: updates, hashes of files, disks. Takes some seconds."""


@record
class RightsInput:
    """Print the sudoers file a machine needs, as far as its autonomy goes, and nothing else.

    It belongs in /etc/sudoers.d/steward there: `steward machines rights nas | ssh root@nas 'install -m 440
    /dev/stdin /etc/sudoers.d/steward && visudo -c'`. It names exact commands, of programs that were seen there: print
    it again after installing another container engine.
    """

    machine: str
    """Name of the machine."""


async def listed(desk: Desk, given: ListInput) -> MachineList:
    """List the machines, or those of one group."""
    chosen = desk.workspace.inventory().machines
    if given.group:
        known = sorted({group for machine in chosen for group in machine.groups})
        chosen = tuple(machine for machine in chosen if given.group in machine.groups)
        if not chosen:
            near = nearest(given.group, known)
            step = (
                f"did you mean `{near}`?"
                if near
                else f"groups are {', '.join(known)}"
                if known
                else "there is none yet"
            )
            raise NotFound(f"no machine is in a group `{visible_line(given.group[:80])}`", next_step=step)
    seen = {row.machine: row for row in await desk.storage.read(facts.sightings)}
    return MachineList(machines=tuple(card_of(desk, machine, seen=seen.get(machine.id)) for machine in chosen))


async def show(desk: Desk, given: ShowInput) -> MachineCard:
    """Show a machine as the last look saw it."""
    return await _shown(desk, desk.workspace.require(given.machine))


async def _shown(desk: Desk, machine: Machine, *, presented: str = "", problem: str = "") -> MachineCard:
    seen = await desk.storage.read(facts.sighting, machine.id)
    snapshot = (await desk.lab()).seen.get(machine.id)
    card = card_of(desk, machine, presented=presented, problem=problem, seen=seen)
    return replace(card, capabilities=capabilities_of(snapshot) if snapshot else None)


async def check(desk: Desk, given: MachineInput) -> MachineCard:
    """Ask a machine for its key and look at it."""
    machine = desk.workspace.require(given.machine)
    presented = await desk.executors.host_key(machine)
    problem = ""
    if presented == machine.host_key and not machine.quarantined:
        problem = await look_at(desk, machine, afresh=given.afresh)
    return await _shown(desk, desk.workspace.require(given.machine), presented=presented, problem=problem)


async def rights(desk: Desk, given: RightsInput) -> Rights:
    """Write the sudoers file of a machine."""
    machine = desk.workspace.require(given.machine)
    needed = access(desk, machine)
    if needed is None:
        why = "nothing is executed there" if machine.transport in FROM_OUTSIDE else "Steward's own user acts there"
        raise InvalidInput(f"{machine.name} needs no rights", why=why)
    if machine.transport in THROUGH_ANOTHER:
        return rights_of_guest(machine, desk.workspace.require(machine.via))
    is_watched = machine.autonomy is Autonomy.WATCH
    parts = [f"# What Steward's user may do as root on {machine.name}. Belongs in {SUDOERS_FILE}, mode 0440."]
    parts += ["# To look: optional, each line reads what only root may read.", *needed.to_look]
    if is_watched:
        parts.append(f"# Nothing to act: {machine.name} is watch only.")
    else:
        parts += ["# To act: the exact commands plans may run, each after your approval.", *needed.to_act]
    return Rights(path=SUDOERS_FILE, text="\n".join(parts) + "\n")


async def look_at(desk: Desk, machine: Machine, *, afresh: bool = False) -> str:
    """Look at a machine now and return why that was not possible, or nothing."""
    await (desk.scan_afresh if afresh else desk.scan)((machine,))
    found = await desk.storage.read(findings.still_open, machine=machine.id)
    unseen = [each for each in found if each.resource.kind is ResourceKind.MACHINE and each.check in _UNSEEN]
    return str(unseen[0].evidence[0].value) if unseen and unseen[0].evidence else ""


def card_of(
    desk: Desk,
    machine: Machine,
    *,
    presented: str = "",
    problem: str = "",
    seen: facts.Sighting | None = None,
) -> MachineCard:
    """Write the card of a machine, from its entry and the last look at it."""
    snapshot = desk.seen(machine.id)
    differs = bool(presented) and presented != machine.host_key
    return MachineCard(
        machine=machine,
        seen_at=snapshot.at if snapshot else seen.at if seen else None,
        presented_key=presented,
        compare_with=KEY_COMMAND if differs else "",
        access=access(desk, machine) if machine.host_key else None,
        unread=dict(snapshot.unread if snapshot else seen.unread if seen else {}),
        problem=problem,
        next=_next(machine, presented, differs=differs, problem=problem),
    )


def _next(machine: Machine, presented: str, *, differs: bool, problem: str) -> str:
    if differs:
        return f"steward machines confirm {machine.name} {presented}"
    if problem:
        return f"steward machines check {machine.name}"
    if machine.autonomy is Autonomy.WATCH and machine.transport not in FROM_OUTSIDE:
        return f"steward machines promote {machine.name}"
    return f"steward why {machine.name}"


_LIVE = {"machine": "machine"}
COMMANDS = (
    CommandSpec(
        name="machines.ls",
        right=Right.READ,
        input=ListInput,
        output=MachineList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="machines ls", does="List every machine with its autonomy and when it was seen"),
            Example(line="machines ls --group media", does="List those of one group"),
        ),
    ),
    CommandSpec(
        name="machines.show",
        right=Right.READ,
        input=ShowInput,
        output=MachineCard,
        handler=show,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="machines show nas", does="Show what nas is, can carry and is there for"),
            Example(line="machines show nas --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="machines.check",
        right=Right.READ,
        input=MachineInput,
        output=MachineCard,
        handler=check,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="machines check nas", does="See whether nas answers, with which key, and what can be read"),
            Example(line="machines check nas --afresh", does="Read everything anew: after you changed something there"),
        ),
    ),
    CommandSpec(
        name="machines.rights",
        right=Right.READ,
        input=RightsInput,
        output=Rights,
        handler=rights,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="machines rights nas", does="Print the sudoers file for nas"),
            Example(line="machines rights nas --json", does="The same as one JSON object"),
        ),
    ),
)
