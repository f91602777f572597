"""Tell, while a workflow runs, whether a machine asks to be restarted."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_SCRIPT = "if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then echo true; else echo false; fi"


@record
class TellRestart:
    """Print `true` where the distribution asks for a restart of the machine, else `false`; nothing is changed."""

    machine: str
    """Machine, by name or id."""


def build(_command: TellRestart, snapshot: Snapshot) -> Blueprint:
    """Look for the sign that updates leave behind; later steps may depend on what is printed."""
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.MACHINE, snapshot.machine.name),
        action=Action(argv=("/bin/sh", "-c", _SCRIPT), needs_root=False),
        says=f"Tell whether {snapshot.machine.name} asks to be restarted",
        effects=("nothing changes; what is printed decides about later steps of a workflow",),
        preconditions=(),
        verify=(),
        undo=Undo(says="Nothing was changed"),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[TellRestart](
    name="machine.tell_restart",
    input=TellRestart,
    risk=Risk.REVERSIBLE,
    needs=(),
    build=build,
    sudoers=(),
    examples=(
        Example(line="machine tell_restart m1", does="Print whether m1 asks to be restarted."),
        Example(line="machine tell_restart nas", does="Print whether nas asks to be restarted."),
    ),
)
