"""Read a ZFS pool through and mend what can be mended."""

from __future__ import annotations

import re

from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.storage_operations import differs, expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import size
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAM = "/usr/sbin/zpool"
_NAME = "[A-Za-z][A-Za-z0-9_.:-]*"


@record
class ScrubPool:
    """Read all data of a ZFS pool, and write anew what is damaged and has a good copy."""

    machine: str
    """Machine, by name or id."""
    pool: str
    """Name of the pool."""


def build(command: ScrubPool, snapshot: Snapshot) -> Blueprint:
    """Work the scrub out; a pool that is read already, or that stands still, is refused."""
    pools, name = snapshot.of(POOLS), command.pool
    if pools is None:
        raise unread(snapshot, POOLS, "pools")
    one = pools.pools.get(name)
    if one is None:
        raise not_there(snapshot, "pool", name, pools.pools)
    why = "its name is unusual" if re.fullmatch(_NAME, name) is None or pools.program != _PROGRAM else ""
    why = why or (f"it is {one.health.lower()}" if one.health not in {"ONLINE", "DEGRADED"} else "")
    why = why or (f"a {one.scan_kind} is {one.scan_state}" if one.scan_state in {"running", "paused"} else "")
    if why:
        raise InvalidInput(f"pool `{name}` cannot be scrubbed", where=snapshot.machine.name, why=why)
    used = (one.size_bytes or 0) - (one.free_bytes or 0)
    scan, state = ("pools", name, "scan"), ("pools", name, "scan_state")
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.POOL, name),
        action=Action(argv=(_PROGRAM, "scrub", name)),
        says=f"Scrub pool {name}",
        effects=(
            f"reads {size(used)} of {name} in the background; it is slower for as long as that takes",
            "damaged blocks are written anew from a good copy; nothing else is changed",
        ),
        preconditions=(expects(snapshot, POOLS, scan, f"no other scan of {name} began", is_now=one.scan),),
        verify=(differs(snapshot, POOLS, scan, f"a scrub of {name} runs or has ended", was=one.scan, within=30),),
        undo=Undo(
            says="Stop the scrub",
            actions=(Action(argv=(_PROGRAM, "scrub", "-s", name)),),
            verify=(differs(snapshot, POOLS, state, f"no scrub of {name} runs", was="running", within=30),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[ScrubPool](
    name="pool.scrub",
    input=ScrubPool,
    risk=Risk.REVERSIBLE,
    needs=(POOLS.name,),
    build=build,
    sudoers=(f"{_PROGRAM} ^scrub (-s )?{_NAME}$",),
    examples=(
        Example(line="pool scrub nas tank", does="Read the pool tank through."),
        Example(line="pool scrub pve rpool", does="Read the pool of the system through."),
    ),
)
