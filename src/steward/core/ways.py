"""What the way to a machine means for everybody: whom it leads through, and what cannot be done at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from steward.core.sources import Source
from steward.lib.text import nearest, visible_line
from steward.model.errors import NotAllowed
from steward.model.machine import FROM_OUTSIDE, THROUGH_ANOTHER, Autonomy, Machine, Transport
from steward.model.plan import Target, target_of
from steward.model.workspace import Inventory

_LEVELS = tuple(Autonomy)
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")
_NUMBER = re.compile(r"[1-9][0-9]{2,8}")
_LEADING = frozenset({Transport.SSH, Transport.LOCAL})


def parent_of(machine: Machine, inventory: Inventory) -> Machine | None:
    """Return the machine that runs this one, or None."""
    return inventory.find(machine.via) if machine.transport in THROUGH_ANOTHER else None


def autonomy_of(machine: Machine, parent: Machine | None) -> Autonomy:
    """Return how far Steward may go: in a guest never further than on the machine that runs it."""
    return machine.autonomy if parent is None else min(machine.autonomy, parent.autonomy, key=_LEVELS.index)


def quarantine_of(machine: Machine, parent: Machine | None) -> str:
    """Return why nothing is sent to a machine, or nothing; a quarantine holds for everything behind it."""
    if machine.quarantined or parent is None or not parent.quarantined:
        return machine.quarantined
    return f"it is reached through {parent.name}, which is quarantined: {parent.quarantined}"


def why_another(target: Target, inventory: Inventory) -> str:
    """Say why a target is no longer the machine a plan was made for, or no longer reached as it was; or nothing."""
    machine = inventory.find(target.machine)
    if machine is None:
        return f"{target.name} is no longer in the inventory"
    if target_of(machine) != target:
        return f"{target.name} changed its name, address, user, host key or way"
    if target.transport not in THROUGH_ANOTHER:
        return ""
    parent = inventory.find(target.via)
    if parent is None:
        return f"{target.via}, through which {target.name} is reached, is no longer in the inventory"
    if parent.host_key != target.host_key:
        return f"{target.via}, through which {target.name} is reached, has another host key"
    return ""


def require_reachable(machine: Machine) -> None:
    """Refuse to plan for a machine that nothing can be executed on.

    Raises:
        NotAllowed: with what would have to change.
    """
    if machine.transport in FROM_OUTSIDE:
        raise NotAllowed(
            f"nothing can be done on {machine.name}",
            why=f"it is only watched from outside (transport `{machine.transport.value}`)",
            next_step=f"give it a transport that leads to a shell: `steward machines remove {machine.name}`, "
            "then add it with ssh, docker, pct or qm",
        )


def check_ways(source: Source, machines: Sequence[Machine | None]) -> None:
    """Note what is wrong with the ways of an inventory: every guest needs a machine that leads to it, and its name."""
    names = {machine.name: machine for machine in machines if machine is not None}
    taken: dict[tuple[str, str, str], str] = {}
    for index, machine in enumerate(machines):
        if machine is None:
            continue
        at = ("machines", index)
        if machine.transport not in THROUGH_ANOTHER:
            _refuse_way(source, at, machine)
            continue
        _check_via(source, at, machine, names)
        _check_guest(source, at, machine)
        first = taken.setdefault((machine.via, machine.transport, machine.guest), machine.name)
        if first != machine.name:
            what = f"`{visible_line(machine.guest)}` on {visible_line(machine.via)} is the machine `{first}` already"
            source.note((*at, "guest"), what, next_step="keep one of the two")


def _refuse_way(source: Source, at: tuple[str | int, ...], machine: Machine) -> None:
    """Refuse `via` and `guest` where they would mean nothing."""
    for field in ("via", "guest"):
        if getattr(machine, field):
            what = f"`{field}` means nothing with the transport `{machine.transport.value}`"
            step = "to go through another machine over SSH, write `proxy_jump`; to reach a guest, write its `transport`"
            source.note((*at, field), what, next_step=step)


def _check_via(source: Source, at: tuple[str | int, ...], machine: Machine, names: dict[str, Machine]) -> None:
    known = ", ".join(sorted(name for name, each in names.items() if each.transport in _LEADING)) or "none yet"
    parent = names.get(machine.via)
    if not machine.via:
        what = f"`{visible_line(machine.name)}` does not say which machine runs it"
        source.note((*at, "via"), what, next_step=f"write a line `via: NAME`; there are: {known}")
    elif machine.via == machine.name:
        source.note((*at, "via"), f"`{visible_line(machine.name)}` runs on itself", next_step=f"there are: {known}")
    elif parent is None:
        near = nearest(machine.via, names)
        step = f"did you mean `{near}`?" if near else f"add it first; there are: {known}"
        source.note((*at, "via"), f"there is no machine `{visible_line(machine.via)}`", next_step=step)
    elif parent.transport not in _LEADING:
        loop = f": {parent.name} runs on {parent.via}" if parent.transport in THROUGH_ANOTHER else ""
        what = f"`{parent.name}` cannot lead to another machine{visible_line(loop)}"
        source.note((*at, "via"), what, next_step=f"name one that is reached over ssh or is local: {known}")


def _check_guest(source: Source, at: tuple[str | int, ...], machine: Machine) -> None:
    is_container = machine.transport is Transport.DOCKER
    form = _CONTAINER if is_container else _NUMBER
    step = (
        "write `guest:` with the container's name" if is_container else 'write `guest: "105"`, the number of the guest'
    )
    if not machine.guest:
        source.note((*at, "guest"), f"`{visible_line(machine.name)}` does not say which guest it is", next_step=step)
    elif not form.fullmatch(machine.guest):
        what = f"`{visible_line(machine.guest)}` cannot be a {'container' if is_container else 'guest'}"
        source.note((*at, "guest"), what, next_step=step)
    if not is_container and machine.user not in ("", "root"):
        source.note((*at, "user"), "commands in a guest of Proxmox run as its root", next_step="leave `user` out")
