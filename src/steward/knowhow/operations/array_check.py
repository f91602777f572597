"""Let an array compare its copies."""

from __future__ import annotations

import re

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.storage_operations import expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import size
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAM = "/usr/sbin/mdadm"
_DEVICE = re.compile(r"md[0-9]{1,3}")


@record
class CheckArray:
    """Let an array of md read all its disks and count where copies differ. It changes nothing on them."""

    machine: str
    """Machine, by name or id."""
    array: str
    """Kernel's name of the array: `md0`."""


def build(command: CheckArray, snapshot: Snapshot) -> Blueprint:
    """Work the check out; an array that is degraded or busy is refused."""
    arrays, name = snapshot.of(ARRAYS), command.array
    if arrays is None:
        raise unread(snapshot, ARRAYS, "arrays")
    one = arrays.arrays.get(name)
    if one is None:
        raise not_there(snapshot, "array", name, arrays.arrays)
    why = "mdadm is not installed" if arrays.program != _PROGRAM else ""
    why = why or ("its name is unusual" if _DEVICE.fullmatch(name) is None else "")
    why = why or ("it has no copies" if not one.is_redundant else "")
    why = why or (f"it has lost {one.missing_members} disks" if one.missing_members else "")
    why = why or (f"it is at another thing: {one.sync_action}" if one.sync_action != "idle" else "")
    if why:
        raise InvalidInput(f"array `{name}` cannot be checked", where=snapshot.machine.name, why=why)
    action, device = ("arrays", name, "sync_action"), f"/dev/{name}"
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.ARRAY, name),
        action=Action(argv=(_PROGRAM, "--action=check", device)),
        says=f"Check array {name}",
        effects=(
            f"reads all of {name}, {size(one.size_bytes)} on {len(one.members)} disks; it is slower for hours",
            "nothing is changed; sectors that cannot be read are written anew from the other copies",
        ),
        preconditions=(
            expects(snapshot, ARRAYS, action, f"{name} is idle", is_now="idle"),
            expects(snapshot, ARRAYS, ("arrays", name, "missing_members"), f"{name} has all its disks", is_now=0),
        ),
        verify=(expects(snapshot, ARRAYS, action, f"{name} is being checked", is_now="check", within=30),),
        undo=Undo(
            says="Stop the check",
            actions=(Action(argv=(_PROGRAM, "--action=idle", device)),),
            verify=(expects(snapshot, ARRAYS, action, f"{name} is idle", is_now="idle", within=30),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[CheckArray](
    name="array.check",
    input=CheckArray,
    risk=Risk.REVERSIBLE,
    needs=(ARRAYS.name,),
    build=build,
    sudoers=(f"{_PROGRAM} ^--action=(check|idle) /dev/md[0-9]{{1,3}}$",),
    examples=(
        Example(line="array check nas md0", does="Compare the copies on md0."),
        Example(line="array check m1 md127", does="Compare the copies on md127."),
    ),
)
