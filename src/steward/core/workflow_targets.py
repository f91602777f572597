"""Machines that a step is done on: by name, group, capability and condition; what is left out is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steward.core.ways import autonomy_of, parent_of, quarantine_of
from steward.core.workflow_values import Known, LookFirst
from steward.knowhow.capabilities import capabilities_of
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.machine import FROM_OUTSIDE, Autonomy, Machine
from steward.model.workflow import Targets
from steward.model.workspace import Inventory


def machines_of(targets: Targets, known: Known, inventory: Inventory) -> tuple[tuple[Machine, ...], tuple[str, ...]]:
    """Return the machines that fit everything said, in the order of the inventory, and why others are left out.

    Machines that are named must be there and answer, as for every plan; a machine that a group or a condition brings
    in and that cannot be acted on now is left out, and told.

    Raises:
        InvalidInput: a machine or a group that is not there.
        LookFirst: facts of machines that nobody looked at yet decide.
    """
    named = _named(targets, known, inventory)
    chosen = [machine for machine in (named if targets.machines else inventory.machines) if _is_in(machine, targets)]
    _refuse_unknown(targets, known, inventory)
    if targets.machines and not targets.has and not targets.where and not targets.groups:
        return tuple(chosen), ()
    able = [(machine, _why_not(machine, inventory)) for machine in chosen]
    left = [f"{machine.name} is left out: {why}" for machine, why in able if why]
    looked = _looked([machine for machine, why in able if not why], known)
    left += [
        f"{machine.name} is left out: {known.looks.unreachable[machine.id]}" for machine, at in looked if at is None
    ]
    fitting = [machine for machine, at in looked if at is not None and _fits(machine, at, targets, known)]
    return tuple(fitting), tuple(left)


def machine_of(name: object, known: Known, inventory: Inventory) -> Machine:
    """Return the machine of a name.

    Raises:
        InvalidInput: it is not in the inventory.
    """
    machine = inventory.find(name) if isinstance(name, str) else None
    if machine is None:
        near = nearest(str(name), [each.name for each in inventory.machines])
        hint = f"did you mean `{near}`?" if near else "see `steward machines ls`"
        what = f"there is no machine `{visible_line(str(name)[:80])}`"
        raise InvalidInput(what, where=known.place, next_step=hint)
    return machine


def capability_names(snapshot: Snapshot) -> frozenset[str]:
    """Return what `has` may ask of a machine: its roles, `gpu`, its processor's kind, its system, its engines."""
    able, system, containers = capabilities_of(snapshot), snapshot.of(SYSTEM), snapshot.of(CONTAINERS)
    names = {each.role.value.replace(" ", "-") for each in able.roles}
    names |= {"gpu"} if any(gpu.is_usable for gpu in able.gpus) else set()
    names |= {able.architecture, system.id if system else ""}
    names |= set(containers.engine.split(" and ")) - {"none"} if containers else set()
    names |= {"systemd"} if system and system.is_systemd else set()
    return frozenset(name for name in names if name)


def _named(targets: Targets, known: Known, inventory: Inventory) -> tuple[Machine, ...]:
    names: list[object] = []
    for each in targets.machines:
        value = known.value(each)
        names += value if isinstance(value, list) else [value]
    found = {(machine := machine_of(name, known, inventory)).id: machine for name in names}
    return tuple(found.values())


def _is_in(machine: Machine, targets: Targets) -> bool:
    return not targets.groups or bool(set(machine.groups) & set(targets.groups))


def _refuse_unknown(targets: Targets, known: Known, inventory: Inventory) -> None:
    groups = sorted({group for machine in inventory.machines for group in machine.groups})
    for group in targets.groups:
        if group not in groups:
            near = nearest(group, groups)
            hint = f"did you mean `{near}`?" if near else f"groups are {', '.join(groups) or 'none'}"
            raise InvalidInput(f"there is no group `{visible_line(group)}`", where=known.place, next_step=hint)


def _why_not(machine: Machine, inventory: Inventory) -> str:
    parent = parent_of(machine, inventory)
    if machine.transport in FROM_OUTSIDE:
        return "nothing can be executed there"
    if quarantined := quarantine_of(machine, parent):
        return f"it is quarantined: {quarantined}"
    return "it is only watched" if autonomy_of(machine, parent) is Autonomy.WATCH else ""


def _looked(machines: Sequence[Machine], known: Known) -> list[tuple[Machine, Snapshot | None]]:
    """Return each machine with its look; ask for all that are missing at once."""
    looks = known.looks
    missing = tuple(each.id for each in machines if each.id not in looks.snapshots and each.id not in looks.unreachable)
    if missing:
        raise LookFirst(missing)
    return [(machine, looks.at(machine)) for machine in machines]


def _fits(machine: Machine, snapshot: Snapshot, targets: Targets, known: Known) -> bool:
    if targets.has and not set(targets.has) <= capability_names(snapshot):
        return False
    return not targets.where or replace(known, machine=machine).holds(targets.where)
