"""Read a filesystem of btrfs through and mend what can be mended."""

from __future__ import annotations

import re

from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.knowhow.mount_operations import PLACE_IN_SUDOERS
from steward.knowhow.storage_operations import differs, expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import size, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAMS = ("/usr/bin/btrfs", "/usr/sbin/btrfs", "/sbin/btrfs")
_PLACE = f"(/|{PLACE_IN_SUDOERS})"


@record
class ScrubBtrfs:
    """Read all data of a filesystem of btrfs, and write anew what is damaged and has a good copy."""

    machine: str
    """Machine, by name or id."""
    place: str
    """The place it is known by, one it is mounted at: `/srv/data`."""


def build(command: ScrubBtrfs, snapshot: Snapshot) -> Blueprint:
    """Work the scrub out; a filesystem that is read already, or whose scrubs cannot be seen, is refused."""
    found, place = snapshot.of(BTRFS), command.place
    if found is None:
        raise unread(snapshot, BTRFS, "btrfs")
    one = found.filesystems.get(place)
    if one is None:
        raise not_there(snapshot, "btrfs at", place, found.filesystems)
    why = "its path is unusual" if re.fullmatch(_PLACE, place) is None or found.program not in _PROGRAMS else ""
    why = why or ("its scrubs cannot be seen, so that nothing could be proven" if not one.scrub_state else "")
    why = why or ("a scrub runs already" if one.scrub_state == "running" else "")
    if why:
        what = f"btrfs at {visible_line(place)} cannot be scrubbed"
        raise InvalidInput(what, where=snapshot.machine.name, why=why)
    scrub, state = ("filesystems", place, "scrub"), ("filesystems", place, "scrub_state")
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, place),
        action=Action(argv=(found.program, "scrub", "start", place)),
        says=f"Scrub btrfs at {place}",
        effects=(
            f"reads all data on {len(one.devices)} devices, {size(one.size_bytes)} at most; it is slower meanwhile",
            "damaged blocks are written anew from a good copy; nothing else is changed",
        ),
        preconditions=(expects(snapshot, BTRFS, scrub, "no other scrub began", is_now=one.scrub),),
        verify=(differs(snapshot, BTRFS, scrub, f"a scrub of {place} runs or has ended", was=one.scrub, within=30),),
        undo=Undo(
            says="Stop the scrub",
            actions=(Action(argv=(found.program, "scrub", "cancel", place)),),
            verify=(differs(snapshot, BTRFS, state, f"no scrub of {place} runs", was="running", within=30),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[ScrubBtrfs](
    name="btrfs.scrub",
    input=ScrubBtrfs,
    risk=Risk.REVERSIBLE,
    needs=(BTRFS.name,),
    build=build,
    sudoers=tuple(f"{program} ^scrub (start|cancel) {_PLACE}$" for program in _PROGRAMS),
    examples=(
        Example(line="btrfs scrub nas /srv/data", does="Read the data of nas through."),
        Example(line="btrfs scrub m1 /", does="Read the filesystem of the system through."),
    ),
)
