"""Let systemd forget that a unit has failed, once the reason is known."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import (
    is_not,
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
class ResetFailedUnit:
    """Take a unit out of the failed state without starting it."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `backup.service`."""


def build(command: ResetFailedUnit, snapshot: Snapshot) -> Blueprint:
    """Work it out; a unit that has not failed is refused."""
    units, unit = unit_of(snapshot, command.unit)
    if unit.active_state != "failed":
        raise InvalidInput(
            f"`{unit.name}` has not failed", where=snapshot.machine.name, why=f"it is {unit.active_state}"
        )
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "reset-failed", unit),
        says=f"Forget that {unit.name} has failed",
        effects=(
            f"{unit.name} counts as off instead of failed; it is not started, and why it failed is not cured",
            "what it wrote stays in the journal",
        ),
        preconditions=state_is_unchanged(snapshot, unit),
        verify=(is_not(snapshot, unit, "failed"),),
        undo=Undo(says="Nothing was changed but what systemd remembers"),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[ResetFailedUnit](
    name="unit.reset_failed",
    input=ResetFailedUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=sudoers("reset-failed"),
    examples=(
        Example(line="unit reset_failed m1 backup.service", does="Forget that the backup on m1 has failed."),
        Example(line="unit reset_failed nas old.mount", does="Forget that a mount on nas has failed."),
    ),
)
