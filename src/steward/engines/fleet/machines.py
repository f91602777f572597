"""Machines: add, confirm, promote, check, list, remove.

added (watch, key not confirmed) ─confirm─> watched ─promote─> ask ─promote─> granted
^          └─(another host key)─> quarantined ─confirm─┘
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.ways import autonomy_of, parent_of, require_reachable
from steward.engines.fleet.access import DEFAULT_USER, SUDOERS_FILE, Access, Rights, access, rights_of_guest
from steward.lib.io.ids import new_id
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, InvalidInput
from steward.model.ids import MachineId
from steward.model.machine import FROM_OUTSIDE, THROUGH_ANOTHER, Autonomy, Machine, Transport
from steward.model.resource import ResourceKind
from steward.model.risk import Risk, Strength
from steward.store import differences, facts, findings, history, identity, locks

_KEY_COMMAND = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"


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


@record
class MachineList:
    """Every machine."""

    machines: tuple[MachineCard, ...]
    """In the order of the inventory."""


@record
class AddInput:
    """Add a machine to the inventory; it starts as watch only and is contacted after its host key is confirmed."""

    name: str
    """Name to use: letters, digits, dots and dashes."""
    address: str
    """Host name or address, or a name from your SSH configuration; with `--via`, the container or guest number."""
    transport: Transport = Transport.SSH
    """How commands reach it; `none` only watches whether its port answers."""
    via: str = ""
    """Machine that runs it, for docker, pct and qm."""
    user: str = ""
    """User to log in as, `steward` where none is given; it needs no rights to be watched. In a container: its user."""
    port: int = 22
    """Port of its SSH server."""
    identity_file: str = ""
    """Private key file; empty takes your SSH configuration, then Steward's own key."""
    proxy_jump: str = ""
    """Machines to go through, as in OpenSSH."""
    groups: tuple[str, ...] = ()
    """Groups it belongs to."""


@record
class ConfirmInput:
    """Confirm a machine's host key after comparing it at the machine's own console; lifts a quarantine."""

    machine: str
    """Name of the machine."""
    host_key: str
    """The fingerprint you compared, `SHA256:...`."""


@record
class PromoteInput:
    """Let plans run on a machine, each after your approval, or take that back."""

    machine: str
    """Name of the machine."""
    to: Autonomy = Autonomy.ASK
    """How far Steward may go: `watch`, `ask`, or `granted` where standing grants may cover it."""


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


@record
class Removed:
    """A machine that is looked after no more."""

    machine: str
    """Its name."""
    sentence: str
    """What is left to do."""


@record
class RemoveInput:
    """Remove a machine from the inventory; nothing is changed on the machine."""

    machine: str
    """Name of the machine."""


@record
class TakeOverInput:
    """Make a machine obey this Steward when another one, or a store restored from a backup, looked after it before."""

    machine: str
    """Name of the machine."""


@record
class ListInput:
    """List the machines in Steward's care."""


async def add(desk: Desk, given: AddInput) -> MachineCard:
    """Add a machine and show the key it presents."""
    is_guest = given.transport in THROUGH_ANOTHER
    machine = Machine(
        id=MachineId(new_id("machine")),
        name=given.name,
        transport=given.transport,
        address="" if is_guest else given.address,
        port=given.port,
        user=given.user or (DEFAULT_USER if given.transport is Transport.SSH else ""),
        identity_file=given.identity_file,
        proxy_jump=given.proxy_jump,
        via=given.via,
        guest=given.address if is_guest else "",
        groups=given.groups,
    )
    if desk.workspace.inventory().find(given.name):
        raise Conflict(f"there is a machine called {given.name}", next_step="take another name")
    if is_guest or given.via:
        return await _add_guest(desk, machine)
    key = await desk.executors.host_key(machine)
    await asyncio.to_thread(desk.workspace.add_machine, machine, author=desk.actor)
    return _card(desk, machine, presented=key)


async def _add_guest(desk: Desk, machine: Machine) -> MachineCard:
    """Add what runs on another machine, with the key that was confirmed for that one: there is no other to compare."""
    await asyncio.to_thread(desk.workspace.add_machine, machine, author=desk.actor)
    parent = desk.workspace.require(machine.via)
    change = desk.workspace.change_machine
    await asyncio.to_thread(change, machine.id, author=desk.actor, host_key=parent.host_key)
    added = desk.workspace.require(machine.id)
    return _card(desk, added, problem=await _look_at(desk, added))


async def preview_add(_desk: Desk, given: AddInput) -> str:
    """Say what adding would do."""
    if given.transport in THROUGH_ANOTHER:
        where = f"{given.transport.value} {given.address} on {given.via or 'no machine'}"
        return f"adds {given.name} ({where}) to inventory.yaml as watch only and looks at it"
    if given.transport is not Transport.SSH:
        return f"adds {given.name} ({given.transport.value}) to inventory.yaml; nothing will ever be executed there"
    where = f"{given.user or DEFAULT_USER}@{given.address}:{given.port}"
    return f"adds {given.name} ({where}) to inventory.yaml as watch only"


async def confirm(desk: Desk, given: ConfirmInput) -> MachineCard:
    """Pin the key a person compared, if it is the one the machine presents."""
    machine = desk.workspace.require(given.machine)
    presented = await desk.executors.host_key(machine)
    if presented != given.host_key:
        raise Conflict(
            f"{machine.name} presents another key",
            why=f"it shows {presented}",
            next_step=f"run `{_KEY_COMMAND}` at its console and compare",
        )
    change = desk.workspace.change_machine
    await asyncio.to_thread(change, machine.id, author=desk.actor, host_key=presented, quarantined="")
    confirmed = desk.workspace.require(machine.id)
    return _card(desk, confirmed, presented=presented, problem=await _look_at(desk, confirmed))


async def _look_at(desk: Desk, machine: Machine, *, afresh: bool = False) -> str:
    """Look at a machine now and return why that was not possible, or nothing."""
    await (desk.scan_afresh if afresh else desk.scan)((machine,))
    found = await desk.storage.read(findings.still_open, machine=machine.id)
    unseen = [each for each in found if each.resource.kind is ResourceKind.MACHINE and each.check in _UNSEEN]
    return str(unseen[0].evidence[0].value) if unseen and unseen[0].evidence else ""


async def preview_confirm(_desk: Desk, given: ConfirmInput) -> str:
    """Say what confirming would do."""
    return f"pins {given.host_key} as the host key of {given.machine}; from then on it is looked at"


async def promote(desk: Desk, given: PromoteInput) -> MachineCard:
    """Change how far Steward may go on a machine."""
    machine = desk.workspace.require(given.machine)
    if machine.transport is Transport.SSH and not machine.host_key:
        raise InvalidInput(
            f"the host key of {machine.name} is not confirmed", next_step=f"steward machines check {machine.name}"
        )
    require_reachable(machine)
    parent = parent_of(machine, desk.workspace.inventory())
    if parent is not None and autonomy_of(replace(machine, autonomy=given.to), parent) is not given.to:
        raise InvalidInput(
            f"{machine.name} cannot be raised above {parent.name}, which runs it",
            why=f"{parent.name} is at {parent.autonomy.value}",
            next_step=f"steward machines promote {parent.name} --to {given.to.value}",
        )
    await asyncio.to_thread(desk.workspace.change_machine, machine.id, author=desk.actor, autonomy=given.to)
    return _card(desk, desk.workspace.require(machine.id))


async def preview_promote(desk: Desk, given: PromoteInput) -> str:
    """Say what promoting would do."""
    machine = desk.workspace.require(given.machine)
    edits = [what for what, _ in desk.workspace.loosened(machine.id)]
    by_hand = f"; edited by hand and not in force yet: {', '.join(edits)}" if edits else ""
    return f"changes {machine.name} from {machine.autonomy.value} to {given.to.value}{by_hand}"


async def check(desk: Desk, given: MachineInput) -> MachineCard:
    """Ask a machine for its key and look at it."""
    machine = desk.workspace.require(given.machine)
    presented = await desk.executors.host_key(machine)
    problem = ""
    if presented == machine.host_key and not machine.quarantined:
        problem = await _look_at(desk, machine, afresh=given.afresh)
    return _card(desk, desk.workspace.require(given.machine), presented=presented, problem=problem)


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


async def take_over(desk: Desk, given: TakeOverInput) -> MachineCard:
    """Fence out whoever looked after the machine before."""
    machine = desk.workspace.require(given.machine)
    fence = await desk.storage.read(identity.control_plane)
    await desk.executors.of(machine).take_over(machine, fence)
    return _card(desk, machine)


async def preview_take_over(_desk: Desk, given: TakeOverInput) -> str:
    """Say what taking over would do."""
    return f"{given.machine} obeys this Steward from now on and refuses the one before; nothing else is changed there"


async def remove(desk: Desk, given: RemoveInput) -> Removed:
    """Remove a machine that nothing is running on."""
    machine = desk.workspace.require(given.machine)
    held = await desk.storage.read(locks.holders)
    if any(lock.key == f"machine:{machine.id}" for lock in held):
        raise Conflict(f"a run is working on {machine.name}", next_step="`steward runs ls`")
    await asyncio.to_thread(desk.workspace.remove_machine, machine.id, author=desk.actor)
    await desk.storage.write(facts.forget, machine.id)
    await desk.storage.write(differences.forget, machine.id)
    await desk.storage.write(history.forget, machine.id)
    left = ""
    if machine.transport is Transport.SSH:
        user = machine.user or DEFAULT_USER
        left = f" Nothing was changed on it: {SUDOERS_FILE} and the key of user {user} are there until you remove them."
    return Removed(machine=machine.name, sentence=f"{machine.name} is looked after no more.{left}")


async def preview_remove(_desk: Desk, given: RemoveInput) -> str:
    """Say what removing would do."""
    return f"removes {given.machine} from inventory.yaml; its history stays in the store"


async def listed(desk: Desk, _input: ListInput) -> MachineList:
    """List the machines."""
    seen = {row.machine: row for row in await desk.storage.read(facts.all_latest)}
    cards = [_card(desk, machine, seen=seen.get(machine.id)) for machine in desk.workspace.inventory().machines]
    return MachineList(machines=tuple(cards))


def _card(
    desk: Desk,
    machine: Machine,
    *,
    presented: str = "",
    problem: str = "",
    seen: facts.StoredFacts | None = None,
) -> MachineCard:
    snapshot = desk.seen(machine.id)
    differs = bool(presented) and presented != machine.host_key
    return MachineCard(
        machine=machine,
        seen_at=snapshot.at if snapshot else seen.at if seen else None,
        presented_key=presented,
        compare_with=_KEY_COMMAND if differs else "",
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
            Example(line="machines ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="machines.add",
        right=Right.GOVERN,
        input=AddInput,
        output=MachineCard,
        handler=add,
        preview=preview_add,
        undo="steward machines remove NAME",
        verify="the machine is in inventory.yaml and in `steward machines ls`",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="machines add nas 192.168.1.20", does="Add a machine that logs in as user steward"),
            Example(line="machines add web web --transport docker --via nas", does="Add the container web on nas"),
        ),
    ),
    CommandSpec(
        name="machines.confirm",
        right=Right.GOVERN,
        input=ConfirmInput,
        output=MachineCard,
        handler=confirm,
        preview=preview_confirm,
        undo="steward machines remove NAME",
        verify="the machine is looked at over a connection that presents this key",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines confirm nas SHA256:...", does="Trust the key you compared at the console of nas"),
            Example(line="machines confirm nas SHA256:... --dry-run", does="Only say what would be pinned"),
        ),
    ),
    CommandSpec(
        name="machines.promote",
        right=Right.GOVERN,
        input=PromoteInput,
        output=MachineCard,
        handler=promote,
        preview=preview_promote,
        undo="steward machines promote NAME --to watch",
        verify="`steward machines ls` shows the new autonomy",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines promote nas", does="Let plans run on nas, each after your approval"),
            Example(line="machines promote nas --to watch", does="Go back to only looking"),
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
    CommandSpec(
        name="machines.take_over",
        right=Right.GOVERN,
        input=TakeOverInput,
        output=MachineCard,
        handler=take_over,
        preview=preview_take_over,
        undo="steward machines take-over NAME, from the other Steward",
        verify="the next plan for it runs",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines take-over nas", does="Look after nas, which another Steward looked after before"),
            Example(line="machines take-over nas --dry-run", does="Only say what would happen"),
        ),
    ),
    CommandSpec(
        name="machines.remove",
        right=Right.GOVERN,
        input=RemoveInput,
        output=Removed,
        handler=remove,
        preview=preview_remove,
        undo="steward machines add NAME ADDRESS",
        verify="`steward machines ls` no longer shows it",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines remove nas", does="Stop looking after nas"),
            Example(line="machines remove nas --dry-run", does="Only say what would be removed"),
        ),
    ),
)
