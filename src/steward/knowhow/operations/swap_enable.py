"""Use the swap that fstab declares."""

from __future__ import annotations

from dataclasses import replace

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.storage_operations import expects, unread
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_ON, _OFF = "/usr/sbin/swapon", "/usr/sbin/swapoff"


@record
class EnableSwap:
    """Use all swap that /etc/fstab declares, where none is in use."""

    machine: str
    """Machine, by name or id."""


def build(_command: EnableSwap, snapshot: Snapshot) -> Blueprint:
    """Work it out; where swap is in use already, taking it back would take that too, so it is refused."""
    mounts = snapshot.of(MOUNTS)
    if mounts is None:
        raise unread(snapshot, MOUNTS, "swap")
    if mounts.swap_count or not mounts.swap_declared:
        why = "some is in use already" if mounts.swap_count else "fstab declares none"
        raise InvalidInput("swap is not turned on", where=snapshot.machine.name, why=why)
    none = expects(snapshot, MOUNTS, ("swap_count",), "no swap is in use", is_now=0)
    some = replace(none, says="swap is in use", comparison=Comparison.MORE, within_seconds=15)
    declared = visible_line(", ".join(mounts.swap_declared[:5]))
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.MEMORY, "swap"),
        action=Action(argv=(_ON, "-a")),
        says="Use the swap that fstab declares",
        effects=(f"uses {declared} as swap", "a kubelet that was told to want none does not start again with it"),
        preconditions=(none,),
        verify=(some,),
        undo=Undo(
            says="Use no swap again, as before",
            actions=(Action(argv=(_OFF, "-a"), timeout_seconds=300),),
            verify=(replace(none, within_seconds=15),),
        ),
        risk=Risk.RISKY,
    )


PLUGIN = Operation[EnableSwap](
    name="swap.enable",
    input=EnableSwap,
    risk=Risk.RISKY,
    needs=(MOUNTS.name,),
    build=build,
    sudoers=(f"{_ON} -a", f"{_OFF} -a"),
    examples=(
        Example(line="swap enable m1", does="Use the swap that fstab of m1 declares."),
        Example(line="swap enable nas", does="The same on nas."),
    ),
)
