"""Start a unit of systemd."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import (
    is_not,
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
class StartUnit:
    """Start a unit of systemd, and prove that it stays up."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `nginx.service`."""


def build(command: StartUnit, snapshot: Snapshot) -> Blueprint:
    """Work the start out; a unit that runs already is refused."""
    units, unit = unit_of(snapshot, command.unit)
    if unit.active_state == "active":
        next_step = f"`unit restart {snapshot.machine.name} {unit.name}` starts it anew"
        raise InvalidInput(f"`{unit.name}` is active already", where=snapshot.machine.name, next_step=next_step)
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "start", unit),
        says=f"Start {unit.name}",
        effects=(f"{unit.name} is {unit.active_state} now and is started, with the units it needs",),
        preconditions=state_is_unchanged(snapshot, unit),
        verify=is_up(snapshot, unit),
        undo=Undo(
            says=f"Stop {unit.name} again",
            actions=(systemctl(units, "stop", unit),),
            verify=(is_not(snapshot, unit, "active"),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[StartUnit](
    name="unit.start",
    input=StartUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=(*sudoers("start"), *sudoers("stop")),
    examples=(
        Example(line="unit start m1 nginx.service", does="Start the web server on m1."),
        Example(line="unit start nas backup.service", does="Run the backup on nas now."),
    ),
)
