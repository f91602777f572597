"""Mount what fstab declares."""

from __future__ import annotations

from dataclasses import replace

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.facts.mounts import Declared
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.knowhow.mount_operations import declared_mount, mount_resource, sudoers
from steward.knowhow.storage_operations import expects
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class MountDeclared:
    """Mount a filesystem as /etc/fstab declares it."""

    machine: str
    """Machine, by name or id."""
    place: str
    """Mount point, as fstab names it: `/mnt/backup`."""


def build(command: MountDeclared, snapshot: Snapshot) -> Blueprint:
    """Work the mount out; what is mounted is refused, unless it is a mount that hangs and is detached before."""
    mounts, one = declared_mount(snapshot, command.place)
    if one.is_mounted and not is_stuck(snapshot, one):
        raise InvalidInput(f"{visible_line(command.place)} is mounted already", where=snapshot.machine.name)
    path = ("declared", command.place, "is_mounted")
    is_there = expects(snapshot, MOUNTS, path, f"{command.place} is mounted", is_now=True, within=30)
    is_gone = expects(snapshot, MOUNTS, path, f"{command.place} is not mounted", is_now=False)
    return Blueprint(
        resource=mount_resource(snapshot, command.place),
        action=Action(argv=(mounts.mount_program, command.place), timeout_seconds=120),
        says=f"Mount {command.place}",
        effects=(
            f"mounts {visible_line(one.source)} ({one.type}) at {command.place}, with the options of fstab",
            f"what lies in the folder {command.place} now is hidden, not removed, while it is mounted",
        ),
        preconditions=(is_gone,),
        verify=(replace(is_there, hold_seconds=5),),
        undo=Undo(
            says=f"Unmount {command.place} again",
            actions=(Action(argv=(mounts.umount_program, command.place), timeout_seconds=120),),
            verify=(replace(is_gone, within_seconds=30),),
        ),
        risk=Risk.REVERSIBLE,
    )


def is_stuck(snapshot: Snapshot, one: Declared) -> bool:
    """Tell whether a mount from another machine is there and does not answer."""
    network = snapshot.of(NETWORK_MOUNTS)
    mount = None if network is None else network.mounts.get(one.mount_point)
    return mount is not None and mount.state != "answers"


PLUGIN = Operation[MountDeclared](
    name="mount.mount",
    input=MountDeclared,
    risk=Risk.REVERSIBLE,
    needs=(MOUNTS.name, NETWORK_MOUNTS.name),
    build=build,
    sudoers=(*sudoers("mount", ""), *sudoers("umount", "")),
    examples=(
        Example(line="mount mount nas /mnt/backup", does="Mount the backup disk as fstab says."),
        Example(line="mount mount m1 /srv/media", does="Mount the share for media again."),
    ),
)
