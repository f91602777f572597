"""Put the options of fstab in force on what is mounted."""

from __future__ import annotations

from steward.knowhow.facts.mounts import OPPOSITES
from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.mount_operations import declared_mount, mount_resource, sudoers
from steward.knowhow.storage_operations import expects
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.risk import Risk

_BACK = "|".join(OPPOSITES.values())


@record
class RemountDeclared:
    """Mount again, in place, with the options that /etc/fstab asks for."""

    machine: str
    """Machine, by name or id."""
    place: str
    """Mount point, as fstab names it."""


def build(command: RemountDeclared, snapshot: Snapshot) -> Blueprint:
    """Work it out; where all options are in force, or where only a new mount brings them, it is refused."""
    mounts, one = declared_mount(snapshot, command.place)
    why = "it is not mounted" if not one.is_mounted else ""
    why = why or ("all options of fstab are in force" if not one.missing_options else "")
    why = why or ("it is a second place of the same files" if {"bind", "rbind"} & set(one.wanted_options) else "")
    if why:
        raise InvalidInput(f"{visible_line(command.place)} is not remounted", where=snapshot.machine.name, why=why)
    missing = one.missing_options.split(",")
    path, back = ("declared", command.place, "missing_options"), ",".join(OPPOSITES[option] for option in missing)
    becomes = "; programs that write there fail from then on" if "ro" in missing else ""
    return Blueprint(
        resource=mount_resource(snapshot, command.place),
        action=Action(argv=(mounts.mount_program, "-o", "remount", command.place)),
        says=f"Remount {command.place} with {one.missing_options}",
        effects=(f"puts {one.missing_options} in force on {command.place}, as fstab says{becomes}",),
        preconditions=(
            expects(snapshot, MOUNTS, path, f"{one.missing_options} still missing", is_now=one.missing_options),
        ),
        verify=(expects(snapshot, MOUNTS, path, "all options of fstab are in force", is_now="", within=15),),
        undo=Undo(
            says=f"Remount it with {back}, as it was",
            actions=(Action(argv=(mounts.mount_program, "-o", f"remount,{back}", command.place)),),
            verify=(
                expects(
                    snapshot,
                    MOUNTS,
                    path,
                    f"it is without {one.missing_options}",
                    is_now=one.missing_options,
                    within=15,
                ),
            ),
        ),
        risk=Risk.RISKY if {"ro", "noexec"} & set(missing) else Risk.REVERSIBLE,
    )


PLUGIN = Operation[RemountDeclared](
    name="mount.remount",
    input=RemountDeclared,
    risk=Risk.REVERSIBLE,
    needs=(MOUNTS.name,),
    build=build,
    sudoers=sudoers("mount", f"-o remount(,({_BACK}))*"),
    examples=(
        Example(line="mount remount nas /mnt/backup", does="Put the options of fstab in force there."),
        Example(line="mount remount m1 /srv/media", does="The same for the media."),
    ),
)
