"""Detach a mount from another machine that does not answer any more."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
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
class DetachMount:
    """Take a mount out of the folders that hangs or fails, so that programs stop waiting for it."""

    machine: str
    """Machine, by name or id."""
    place: str
    """Mount point, as fstab names it: `/srv/media`."""


def build(command: DetachMount, snapshot: Snapshot) -> Blueprint:
    """Work it out; a mount that answers, or that fstab could not bring back, is refused."""
    mounts, one = declared_mount(snapshot, command.place)
    network = snapshot.of(NETWORK_MOUNTS)
    mount = None if network is None else network.mounts.get(command.place)
    if mount is None or mount.state == "answers" or not one.is_mounted:
        why = "it answers" if mount is not None else "no mount from another machine is there"
        raise InvalidInput(f"{visible_line(command.place)} is not stuck", where=snapshot.machine.name, why=why)
    return Blueprint(
        resource=mount_resource(snapshot, command.place),
        action=Action(argv=(mounts.umount_program, "-f", "-l", command.place), timeout_seconds=60),
        says=f"Detach {command.place}, which {mount.state}",
        effects=(
            f"{command.place} ({visible_line(mount.source)}) is taken out of the folders at once",
            "programs that wait for it get an error; files they have open there are lost to them",
        ),
        preconditions=(
            expects(
                snapshot,
                NETWORK_MOUNTS,
                ("mounts", command.place, "state"),
                f"{command.place} still {mount.state}",
                is_now=mount.state,
            ),
        ),
        verify=(
            expects(
                snapshot,
                MOUNTS,
                ("declared", command.place, "is_mounted"),
                f"{command.place} is not mounted",
                is_now=False,
                within=30,
            ),
        ),
        undo=Undo(says="A mount that hangs is not brought back; `mount mount` mounts it anew"),
        risk=Risk.RISKY,
    )


PLUGIN = Operation[DetachMount](
    name="mount.detach",
    input=DetachMount,
    risk=Risk.RISKY,
    needs=(MOUNTS.name, NETWORK_MOUNTS.name),
    build=build,
    sudoers=sudoers("umount", "-f -l"),
    examples=(
        Example(line="mount detach m1 /srv/media", does="Detach the share that hangs."),
        Example(line="mount detach nas /mnt/offsite", does="Detach the mount whose server is gone."),
    ),
)
