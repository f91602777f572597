"""Let a unit of systemd read its configuration anew."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import (
    is_up,
    state_is_unchanged,
    sudoers,
    systemctl,
    unit_of,
    unit_resource,
)
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class ReloadUnit:
    """Let a unit read its configuration and certificates anew without stopping, and prove that it stays up."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `nginx.service`."""


def build(command: ReloadUnit, snapshot: Snapshot) -> Blueprint:
    """Work the reload out; a unit that does not run has nothing to reload and is refused."""
    units, unit = unit_of(snapshot, command.unit)
    if unit.active_state != "active":
        next_step = f"`unit start {snapshot.machine.name} {unit.name}` starts it"
        raise InvalidInput(
            f"`{unit.name}` is {unit.active_state}, so that there is nothing to reload",
            where=snapshot.machine.name,
            next_step=next_step,
        )
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "reload", unit),
        says=f"Reload {unit.name}",
        effects=(
            f"{unit.name} reads its configuration as it lies on disk now, and goes on running",
            "a unit that cannot reload is left as it is",
        ),
        preconditions=state_is_unchanged(snapshot, unit),
        verify=is_up(snapshot, unit),
        undo=Undo(
            says="A reload leaves nothing behind; put the configuration back and reload again to undo what it says",
            verify=is_up(snapshot, unit),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[ReloadUnit](
    name="unit.reload",
    input=ReloadUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=sudoers("reload"),
    examples=(
        Example(line="unit reload m1 nginx.service", does="Let the web server on m1 read its configuration anew."),
        Example(line="unit reload nas smbd.service", does="Let Samba on nas read its shares anew."),
    ),
)
