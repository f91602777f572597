"""Give back what the data of a btrfs was promised and does not use."""

from __future__ import annotations

import re

from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.mount_operations import PLACE_IN_SUDOERS
from steward.knowhow.storage_operations import expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import size, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAMS = ("/usr/bin/btrfs", "/usr/sbin/btrfs", "/sbin/btrfs")
_PLACE = f"(/|{PLACE_IN_SUDOERS})"
_MINUTES = 15


@record
class BalanceBtrfs:
    """Pack data of a btrfs from pieces that are hardly used into others, so that room can be given to metadata."""

    machine: str
    """Machine, by name or id."""
    place: str
    """The place it is known by, one it is mounted at: `/srv/data`."""
    usage_percent: int
    """Pieces used up to so much are packed, from 5 to 75; the more, the longer it takes and the more it gives."""


def build(command: BalanceBtrfs, snapshot: Snapshot) -> Blueprint:
    """Work the balance out; what is not there or would not be allowed is refused."""
    found, place = snapshot.of(BTRFS), command.place
    if found is None:
        raise unread(snapshot, BTRFS, "btrfs")
    one = found.filesystems.get(place)
    if one is None:
        raise not_there(snapshot, "btrfs at", place, found.filesystems)
    why = "its path is unusual" if re.fullmatch(_PLACE, place) is None or found.program not in _PROGRAMS else ""
    why = why or ("it misses a device" if one.missing_devices else "")
    why = why or ("`usage_percent` must be from 5 to 75" if not 5 <= command.usage_percent <= 75 else "")
    if why:
        what = f"btrfs at {visible_line(place)} cannot be balanced"
        raise InvalidInput(what, where=snapshot.machine.name, why=why)
    path, left = ("filesystems", place, "unallocated_bytes"), one.unallocated_bytes
    more = Probe(
        machine=snapshot.machine.id,
        says=f"more than {size(left)} of {place} can be given to what needs it",
        fact=BTRFS.name,
        path=path,
        comparison=Comparison.MORE,
        expected=left,
        within_seconds=_MINUTES * 60,
    )
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, place),
        action=Action(argv=(found.program, "balance", "start", "--bg", f"-dusage={command.usage_percent}", place)),
        says=f"Balance btrfs at {place}",
        effects=(
            f"rewrites data of {place} from pieces used up to {command.usage_percent} %; no file is changed",
            f"it is slower until that has ended; {size(left)} can be given away now",
        ),
        preconditions=(
            expects(snapshot, BTRFS, ("filesystems", place, "uuid"), "it is the same filesystem", is_now=one.uuid),
        ),
        verify=(more,),
        undo=Undo(says=f"A balance changes no file; `btrfs balance cancel {place}` stops one that still runs"),
        risk=Risk.RISKY,
    )


PLUGIN = Operation[BalanceBtrfs](
    name="btrfs.balance",
    input=BalanceBtrfs,
    risk=Risk.RISKY,
    needs=(BTRFS.name,),
    build=build,
    sudoers=tuple(f"{program} ^balance start --bg -dusage=[1-7]?[0-9] {_PLACE}$" for program in _PROGRAMS),
    examples=(
        Example(line="btrfs balance nas /srv/data 50", does="Pack data from pieces that are at most half full."),
        Example(line="btrfs balance m1 / 10", does="Give back the pieces that are nearly empty; that is quick."),
    ),
)
