"""Stop a unit of systemd."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import (
    is_not,
    is_up,
    pulled_down,
    risk_of_stopping,
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
class StopUnit:
    """Stop a unit of systemd until somebody starts it again."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `nginx.service`."""


def build(command: StopUnit, snapshot: Snapshot) -> Blueprint:
    """Work the stop out; a unit that is off already is refused."""
    units, unit = unit_of(snapshot, command.unit)
    if unit.active_state in {"inactive", "failed"}:
        raise InvalidInput(f"`{unit.name}` is {unit.active_state} already", where=snapshot.machine.name)
    effects = [f"{unit.name} is off until it is started again, by a person or at the next boot if it is enabled"]
    if others := pulled_down(units, unit):
        effects.append(f"systemd stops with it: {', '.join(others)}")
    if unit.triggered_by:
        effects.append(f"it may be started again by {', '.join(unit.triggered_by)}")
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "stop", unit),
        says=f"Stop {unit.name}",
        effects=tuple(effects),
        preconditions=state_is_unchanged(snapshot, unit),
        verify=(is_not(snapshot, unit, "active"),),
        undo=Undo(
            says=f"Start {unit.name} again",
            actions=(systemctl(units, "start", unit),),
            verify=is_up(snapshot, unit),
        ),
        risk=risk_of_stopping(unit),
    )


PLUGIN = Operation[StopUnit](
    name="unit.stop",
    input=StopUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=(*sudoers("stop"), *sudoers("start")),
    examples=(
        Example(line="unit stop m1 nginx.service", does="Stop the web server on m1."),
        Example(line="unit stop nas photo-import.timer", does="Let the photo import on nas not start by itself."),
    ),
)
